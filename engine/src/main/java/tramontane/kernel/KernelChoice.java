package tramontane.kernel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Chooses the kernels, once, at start-up: the fastest that this machine runs and that give the
 * right bits.
 */
public final class KernelChoice {
    private static final Logger LOG = System.getLogger(KernelChoice.class.getName());

    private KernelChoice() {}

    /**
     * @param wanted scalar, vector, avx2, avxvnni or avx512; empty for the fastest
     * @throws IllegalArgumentException for another name, or where this machine cannot run what is
     *     wanted
     */
    public static Kernels of(String wanted) {
        return switch (wanted) {
            case "" -> emitted().or(KernelChoice::vector).orElseGet(ScalarKernels::new);
            case "scalar" -> new ScalarKernels();
            case "vector" -> vector().orElseThrow(() -> refused(wanted));
            case "avx2" -> emitted(InstructionSet.AVX2).orElseThrow(() -> refused(wanted));
            case "avxvnni" -> emitted(InstructionSet.AVX_VNNI).orElseThrow(() -> refused(wanted));
            case "avx512" -> emitted(InstructionSet.AVX512_VNNI).orElseThrow(() -> refused(wanted));
            default ->
                    throw new IllegalArgumentException(
                            "kernels are scalar, vector, avx2, avxvnni or avx512, not " + wanted);
        };
    }

    // The best set that this machine has; if that one cannot be used, nor can the others.
    private static Optional<Kernels> emitted() {
        CpuFeatures cpu = CpuFeatures.ofThisMachine();
        for (InstructionSet set : InstructionSet.values()) {
            if (set.runsOn(cpu)) {
                return emitted(set);
            }
        }
        LOG.log(
                Level.INFO,
                "this machine has none of the instruction sets that code is emitted for");
        return Optional.empty();
    }

    private static IllegalArgumentException refused(String wanted) {
        return new IllegalArgumentException(
                "kernels " + wanted + " cannot run here; the log says why");
    }

    private static Optional<Kernels> vector() {
        Optional<String> refusal = VectorKernels.refusal();
        refusal.ifPresent(reason ->
                LOG.log(Level.WARNING, "the scalar kernels are used, they are slow: " + reason));
        return refusal.isPresent() ? Optional.empty() : Optional.of(new VectorKernels());
    }

    private static Optional<Kernels> emitted(InstructionSet set) {
        if (!set.runsOn(CpuFeatures.ofThisMachine())) {
            LOG.log(Level.INFO, "this machine does not run " + set.label + " kernels");
            return Optional.empty();
        }
        // What has no emitted form runs as the Vector API's.
        if (VectorKernels.refusal().isPresent()) {
            return Optional.empty();
        }
        Optional<NativeKernels> kernels = NativeKernels.emit(set);
        if (kernels.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "this host forbids executable memory, so slower kernels are used; allow it"
                            + " (systemd: MemoryDenyWriteExecute=no, SELinux: execmem) for full speed");
            return Optional.empty();
        }
        if (!KernelCheck.isQuantizeRight(kernels.get())) {
            LOG.log(
                    Level.WARNING,
                    set.label
                            + " kernels gave other bits than the scalar ones, so slower ones are used;"
                            + " please report this with the name of the CPU");
            return Optional.empty();
        }
        return Optional.of(kernels.get());
    }
}
