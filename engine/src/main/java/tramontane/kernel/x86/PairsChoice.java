package tramontane.kernel.x86;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * The code for products of bf16 that an instruction set uses: with AMX, else with fp32
 * instructions. Code that gives other bits than the definition is not used, and the log says so.
 *
 * @param code empty if none can be used
 */
record PairsChoice(Optional<EmittedPairs> code) {
    private static final Logger LOG = System.getLogger(PairsChoice.class.getName());

    static PairsChoice of(InstructionSet set, int tileRows) {
        if (set == InstructionSet.AMX) {
            Optional<EmittedPairs> amx =
                    CpuFeatures.ofThisMachine().hasAmxBf16()
                            ? right(set, tileRows)
                            : Optional.empty();
            return new PairsChoice(
                    amx.isPresent() ? amx : right(InstructionSet.AVX512_VNNI, tileRows));
        }
        return new PairsChoice(right(set, tileRows));
    }

    private static Optional<EmittedPairs> right(InstructionSet set, int tileRows) {
        Optional<EmittedPairs> right =
                EmittedPairs.emit(set).filter(pairs -> PairsCheck.isRight(pairs, tileRows));
        if (right.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    set.label
                            + " code for products of bf16 cannot be used, slower code computes them;"
                            + " please report this with the name of the CPU");
        }
        return right;
    }
}
