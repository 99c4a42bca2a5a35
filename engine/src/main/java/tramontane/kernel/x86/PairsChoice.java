package tramontane.kernel.x86;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * The code for products of bf16 that an instruction set uses: with AMX, with VDPBF16PS where it is
 * fast, else with fp32 instructions. Code that gives other bits than the definition is not used,
 * and the log says so.
 *
 * @param code empty if none can be used
 * @param packing of rows and columns; empty if none can be used
 */
record PairsChoice(Optional<EmittedPairs> code, Optional<EmittedPairPacking> packing) {
    private static final Logger LOG = System.getLogger(PairsChoice.class.getName());

    static PairsChoice of(InstructionSet set, int tileRows) {
        return new PairsChoice(products(set, tileRows), right(EmittedPairPacking.emit(set), set));
    }

    private static Optional<EmittedPairs> products(InstructionSet set, int tileRows) {
        CpuFeatures cpu = CpuFeatures.ofThisMachine();
        Optional<EmittedPairs> best = Optional.empty();
        if (set == InstructionSet.AMX && cpu.hasAmxBf16()) {
            best = right(EmittedPairs.emit(set), set.label, tileRows);
        } else if (set == InstructionSet.AVX512_VNNI && cpu.hasFastBf16Dots()) {
            best = right(EmittedPairs.emitDots(tileRows), "VDPBF16PS", tileRows);
        }
        if (best.isPresent()) {
            return best;
        }
        InstructionSet fma = set == InstructionSet.AMX ? InstructionSet.AVX512_VNNI : set;
        return right(EmittedPairs.emit(fma), fma.label, tileRows);
    }

    private static Optional<EmittedPairPacking> right(
            Optional<EmittedPairPacking> emitted, InstructionSet set) {
        Optional<EmittedPairPacking> right = emitted.filter(PairsCheck::isRight);
        if (emitted.isPresent() && right.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    set.label
                            + " code that packs pairs of bf16 gave other bits than the scalar kernels,"
                            + " so slower code is used; please report this with the name of the CPU");
        }
        return right;
    }

    private static Optional<EmittedPairs> right(
            Optional<EmittedPairs> emitted, String label, int tileRows) {
        Optional<EmittedPairs> right = emitted.filter(pairs -> PairsCheck.isRight(pairs, tileRows));
        if (right.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    label
                            + " code for products of bf16 cannot be used, slower code computes them;"
                            + " please report this with the name of the CPU");
        }
        return right;
    }
}
