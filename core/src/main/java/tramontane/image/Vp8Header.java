package tramontane.image;

/**
 * The header of a key frame (RFC 6386, sections 9.2 to 9.11 and 19.2).
 *
 * @param segments the segments' quantizers and filter levels, and how blocks choose one
 * @param filter the loop filter
 * @param quantizer index and differences: y1 dc, y2 dc, y2 ac, uv dc, uv ac
 * @param coefficients probabilities, in the order of {@link Vp8Tables#COEFFICIENTS}
 * @param skip probability that a block has coefficients; negative if all say so themselves
 * @param partitions of the coefficients, as many as a power of two
 */
record Vp8Header(
        Segments segments,
        Filter filter,
        int[] quantizer,
        int[] coefficients,
        int skip,
        Vp8Bits modes,
        Vp8Bits[] partitions) {
    private static final int TAG_BYTES = 10;

    /**
     * Four classes of blocks.
     *
     * @param map probabilities of the classes; empty if no block chooses one
     */
    record Segments(boolean used, boolean absolute, int[] quantizers, int[] levels, int[] map) {
        private static final Segments NONE =
                new Segments(false, false, new int[4], new int[4], new int[0]);
    }

    /**
     * The loop filter.
     *
     * @param delta added for blocks of a key frame, and {@code subdividedDelta} for those whose 4x4
     *     parts have modes of their own
     */
    record Filter(boolean simple, int level, int sharpness, int delta, int subdividedDelta) {}

    /** Reads it from a frame, whose size was read before. */
    static Vp8Header read(byte[] frame) throws ImageException {
        ByteReader bytes = new ByteReader(frame);
        int tag = bytes.u24Little(0);
        int firstBytes = tag >> 5;
        if ((tag & 1) != 0 || firstBytes > frame.length - TAG_BYTES) {
            throw ByteReader.damaged();
        }
        Vp8Bits bits = new Vp8Bits(frame, TAG_BYTES, TAG_BYTES + firstBytes);
        // The colour space, and whether samples need not be clamped.
        bits.number(2);
        Segments segments = bits.flag() ? segments(bits) : Segments.NONE;
        Filter filter = filter(bits);
        Vp8Bits[] partitions = partitions(bytes, TAG_BYTES + firstBytes, 1 << bits.number(2));
        int[] quantizer = new int[6];
        quantizer[0] = bits.number(7);
        for (int i = 1; i < quantizer.length; i++) {
            quantizer[i] = bits.optional(4);
        }
        // Whether the probabilities are kept for later frames.
        bits.flag();
        int[] coefficients = Vp8Tables.COEFFICIENTS.clone();
        for (int i = 0; i < coefficients.length; i++) {
            if (bits.bit(Vp8Tables.UPDATE[i]) == 1) {
                coefficients[i] = bits.number(8);
            }
        }
        int skip = bits.flag() ? bits.number(8) : -1;
        return new Vp8Header(segments, filter, quantizer, coefficients, skip, bits, partitions);
    }

    private static Segments segments(Vp8Bits bits) {
        boolean mapped = bits.flag();
        boolean absolute = true;
        int[] quantizers = new int[4];
        int[] levels = new int[4];
        if (bits.flag()) {
            absolute = bits.flag();
            for (int i = 0; i < 4; i++) {
                quantizers[i] = bits.optional(7);
            }
            for (int i = 0; i < 4; i++) {
                levels[i] = bits.optional(6);
            }
        }
        int[] map = new int[mapped ? 3 : 0];
        for (int i = 0; i < map.length; i++) {
            map[i] = bits.flag() ? bits.number(8) : 255;
        }
        return new Segments(true, absolute, quantizers, levels, map);
    }

    private static Filter filter(Vp8Bits bits) {
        boolean simple = bits.flag();
        int level = bits.number(6);
        int sharpness = bits.number(3);
        int[] deltas = new int[8];
        boolean used = bits.flag();
        boolean updated = used && bits.flag();
        if (updated) {
            for (int i = 0; i < deltas.length; i++) {
                deltas[i] = bits.optional(6);
            }
        }
        // The first of four for the frame of reference, and the first of four for modes.
        return new Filter(simple, level, sharpness, deltas[0], deltas[4]);
    }

    private static Vp8Bits[] partitions(ByteReader bytes, int sizes, int count)
            throws ImageException {
        Vp8Bits[] partitions = new Vp8Bits[count];
        int from = sizes + 3 * (count - 1);
        if (from > bytes.length()) {
            throw ByteReader.damaged();
        }
        for (int i = 0; i < count; i++) {
            int length = i == count - 1 ? bytes.length() - from : bytes.u24Little(sizes + 3 * i);
            int to = Math.min(bytes.length(), from + length);
            partitions[i] = new Vp8Bits(bytes.bytes(), from, to);
            from = to;
        }
        return partitions;
    }

    /** The quantizer index of a segment. */
    int index(int segment) {
        if (!segments.used) {
            return quantizer[0];
        }
        int own = segments.quantizers[segment];
        return Math.clamp(segments.absolute ? own : quantizer[0] + own, 0, 127);
    }

    /** The filter level of a block. */
    int level(int segment, boolean subdivided) {
        int level = filter.level;
        if (segments.used) {
            int own = segments.levels[segment];
            level = segments.absolute ? own : level + own;
        }
        return Math.clamp(level + filter.delta + (subdivided ? filter.subdividedDelta : 0), 0, 63);
    }
}
