package tramontane.image;

/**
 * A prefix code of lossless WebP (RFC 9649, 6.2). The codes of a length are consecutive numbers, in
 * the order of their symbols, so only the number of codes of each length is needed.
 */
final class PrefixCode {
    private static final int MAX_LENGTH = 15;
    private static final int[] LENGTH_ORDER = {
        17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    };

    private final int[] counts = new int[MAX_LENGTH + 1];

    /** By length, then by number. */
    private final int[] symbols;

    /**
     * @param lengths of the code of each symbol; 0 if it has none
     * @throws ImageException if it is not a complete code
     */
    private PrefixCode(int[] lengths) throws ImageException {
        int used = 0;
        long space = 0;
        for (int length : lengths) {
            counts[length]++;
            if (length > 0) {
                used++;
                space += 1L << MAX_LENGTH - length;
            }
        }
        // A single symbol takes no bits, whatever its length is.
        if (used == 0 || used > 1 && space != 1L << MAX_LENGTH) {
            throw ByteReader.damaged();
        }
        symbols = new int[used];
        int at = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            for (int symbol = 0; symbol < lengths.length && counts[length] > 0; symbol++) {
                if (lengths[symbol] == length) {
                    symbols[at++] = symbol;
                }
            }
        }
    }

    /** Reads the description of a code. */
    static PrefixCode read(LeastBits bits, int alphabet) throws ImageException {
        int[] lengths = new int[alphabet];
        if (bits.flag()) {
            boolean two = bits.flag();
            add(lengths, bits.read(bits.flag() ? 8 : 1));
            if (two) {
                add(lengths, bits.read(8));
            }
            return new PrefixCode(lengths);
        }
        int[] lengthsOfLengths = new int[LENGTH_ORDER.length];
        int described = 4 + bits.read(4);
        for (int i = 0; i < described; i++) {
            lengthsOfLengths[LENGTH_ORDER[i]] = bits.read(3);
        }
        PrefixCode code = new PrefixCode(lengthsOfLengths);
        int coded = bits.flag() ? 2 + bits.read(2 + 2 * bits.read(3)) : alphabet;
        int previous = 8;
        int symbol = 0;
        for (int i = 0; i < coded && symbol < alphabet; i++) {
            int length = code.next(bits);
            if (length <= MAX_LENGTH) {
                lengths[symbol++] = length;
                previous = length == 0 ? previous : length;
                continue;
            }
            int repeat =
                    switch (length) {
                        case 16 -> 3 + bits.read(2);
                        case 17 -> 3 + bits.read(3);
                        default -> 11 + bits.read(7);
                    };
            for (int end = symbol + repeat; symbol < end; symbol++) {
                if (symbol >= alphabet) {
                    throw ByteReader.damaged();
                }
                lengths[symbol] = length == 16 ? previous : 0;
            }
        }
        return new PrefixCode(lengths);
    }

    private static void add(int[] lengths, int symbol) throws ImageException {
        if (symbol >= lengths.length || lengths[symbol] != 0) {
            throw ByteReader.damaged();
        }
        lengths[symbol] = 1;
    }

    /** Reads a symbol. */
    int next(LeastBits bits) throws ImageException {
        if (symbols.length == 1) {
            return symbols[0];
        }
        int code = 0;
        int first = 0;
        int index = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            code |= bits.read(1);
            if (code - first < counts[length]) {
                return symbols[index + code - first];
            }
            index += counts[length];
            first = first + counts[length] << 1;
            code <<= 1;
        }
        throw ByteReader.damaged();
    }
}
