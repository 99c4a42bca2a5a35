package tramontane.image;

/** Reads bits of untrusted bytes, those of lowest value first, as lossless WebP has them. */
final class LeastBits {
    private final byte[] bytes;
    private long at;

    /**
     * @param from index of the first byte
     */
    LeastBits(byte[] bytes, int from) {
        this.bytes = bytes;
        this.at = 8L * from;
    }

    /** A number of up to 31 bits. */
    int read(int count) throws ImageException {
        int value = 0;
        for (int i = 0; i < count; i++) {
            int index = (int) (at >> 3);
            if (index >= bytes.length) {
                throw ByteReader.damaged();
            }
            value |= (bytes[index] >> (at & 7) & 1) << i;
            at++;
        }
        return value;
    }

    boolean flag() throws ImageException {
        return read(1) == 1;
    }
}
