package tramontane.kernel.choice;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import tramontane.kernel.Kernels;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.kernel.vector.VectorKernels;
import tramontane.kernel.x86.InstructionSet;
import tramontane.kernel.x86.NativeKernels;

/**
 * Chooses the kernels at start-up: the fastest ones that run on this machine and give the right
 * bits.
 */
public final class KernelChoice {
    private static final Logger LOG = System.getLogger(KernelChoice.class.getName());

    private KernelChoice() {}

    /**
     * @param wanted scalar, vector, avx2, avxvnni, avx512 or amx; empty for the fastest
     * @throws IllegalArgumentException for another name, or if this machine cannot run the wanted
     *     kernels
     */
    public static Kernels of(String wanted) {
        return switch (wanted) {
            case "" -> NativeKernels.best().or(KernelChoice::vector).orElseGet(ScalarKernels::new);
            case "scalar" -> new ScalarKernels();
            case "vector" -> vector().orElseThrow(() -> refused(wanted));
            case "avx2" -> NativeKernels.of(InstructionSet.AVX2).orElseThrow(() -> refused(wanted));
            case "avxvnni" ->
                    NativeKernels.of(InstructionSet.AVX_VNNI).orElseThrow(() -> refused(wanted));
            case "amx" -> NativeKernels.of(InstructionSet.AMX).orElseThrow(() -> refused(wanted));
            case "avx512" ->
                    NativeKernels.of(InstructionSet.AVX512_VNNI).orElseThrow(() -> refused(wanted));
            default ->
                    throw new IllegalArgumentException(
                            "kernels are scalar, vector, avx2, avxvnni, avx512 or amx, not "
                                    + wanted);
        };
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
}
