package tramontane.gguf;

/**
 * Writes a block of 256 columns in one of the LUT4 formats.
 *
 * <pre>
 * scale fp32 | table 16 | factors i8, 8 or 16 | 8 x 16 bytes: low halves are columns 0-15 of 32, high halves 16-31
 * </pre>
 */
record LutBlock(byte[] to, int start, int factors) {
    /** The scale must be exact: an fp16 number times a power of two. */
    void scale(float scale) {
        int bits = Float.floatToRawIntBits(scale);
        for (int i = 0; i < 4; i++) {
            to[start + i] = (byte) (bits >> 8 * i);
        }
    }

    /** The values that the indices stand for, which are stored plus 128. */
    void table(byte[] values) {
        for (int i = 0; i < values.length; i++) {
            to[start + 4 + i] = (byte) (values[i] + 128);
        }
    }

    /** The factor of the scale for 32 columns, or for 16. */
    void factor(int i, int factor) {
        to[start + 20 + i] = (byte) factor;
    }

    /** A value by its index in the table; the block's bytes must be 0 before. */
    void index(int column, int index) {
        int at = start + 20 + factors + column / 32 * 16 + column % 16;
        to[at] |= (byte) (index << (column / 16 % 2 * 4));
    }
}
