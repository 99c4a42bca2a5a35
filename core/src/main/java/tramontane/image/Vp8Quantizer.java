package tramontane.image;

/** By what the coefficients of a segment are multiplied (RFC 6386, sections 9.6 and 14.1). */
record Vp8Quantizer(int yDc, int yAc, int y2Dc, int y2Ac, int uvDc, int uvAc) {
    private static final int MAX_INDEX = 127;
    private static final int MAX_CHROMA_DC = 117;
    private static final int MIN_Y2_AC = 8;

    static Vp8Quantizer of(Vp8Header header, int segment) {
        int index = header.index(segment);
        int[] differences = header.quantizer();
        return new Vp8Quantizer(
                dc(index + differences[1], MAX_INDEX),
                ac(index),
                2 * dc(index + differences[2], MAX_INDEX),
                Math.max(ac(index + differences[3]) * 155 / 100, MIN_Y2_AC),
                dc(index + differences[4], MAX_CHROMA_DC),
                ac(index + differences[5]));
    }

    private static int dc(int index, int max) {
        return Vp8Tables.DC[Math.clamp(index, 0, max)];
    }

    private static int ac(int index) {
        return Vp8Tables.AC[Math.clamp(index, 0, MAX_INDEX)];
    }
}
