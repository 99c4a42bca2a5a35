package tramontane.kernel.x86;

import java.util.Optional;
import tramontane.tensor.DType;

/**
 * How the integer sums of a format become fp32 sums, and with that the layout of a panel: some
 * columns of one or two groups of weights, unpacked.
 *
 * <pre>
 * block of 32 columns   group 0: 8 lines of codes, line i, lane r, byte j: row r, column 4 i + j
 *                       group 1: the same
 *                       scale fp32 x 16 of group 0, of group 1
 *                       second fp32 x 16 of group 0, of group 1      unless the kind is SCALE
 * </pre>
 *
 * The drawing has two groups together. With AVX2 each is alone ({@link
 * InstructionSet#panelGroups}).
 */
enum PanelKind {
    /** A block has one scale. */
    SCALE(1),
    /** A block has a scale and a signed minimum, the second number. */
    MINIMUM(2),
    /** The first 16 columns of a block have one scale, the last 16 another. */
    TWO_SCALES(2);

    /** Bytes of the codes of one group. */
    static final int GROUP_CODES = 512;

    private static final int GROUP_NUMBERS = 64;

    private final int numbers;

    PanelKind(int numbers) {
        this.numbers = numbers;
    }

    /** Offset of the scales in a block. */
    static int scales(int groups) {
        return groups * GROUP_CODES;
    }

    /** Offset of the second numbers in a block. */
    static int second(int groups) {
        return scales(groups) + groups * GROUP_NUMBERS;
    }

    int blockBytes(int groups) {
        return scales(groups) + numbers * groups * GROUP_NUMBERS;
    }

    /** Empty for formats that are not unpacked to panels with an instruction set. */
    static Optional<PanelKind> of(InstructionSet set, DType dtype) {
        if (!set.hasPanels()) {
            return Optional.empty();
        }
        return switch (dtype) {
            case Q4_0, Q5_0, Q8_0, IQ4_NL, FP4_32 -> Optional.of(SCALE);
            case Q4_1, Q5_1, Q4_K, Q5_K -> Optional.of(MINIMUM);
            case Q6_K, INT3_16, FP4_16 -> Optional.of(TWO_SCALES);
            case LUT4_32 -> Optional.of(SCALE);
            // The start values of halves are for other codes than its, so they must be signed.
            case LUT4_16 ->
                    Optional.of(TWO_SCALES).filter(kind -> set != InstructionSet.AVX512_VNNI);
            case Q2_K, F16, BF16, F32, BF16_PAIRS -> Optional.empty();
        };
    }
}
