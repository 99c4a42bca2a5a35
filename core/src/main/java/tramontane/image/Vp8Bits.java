package tramontane.image;

/**
 * The boolean decoder of VP8: an arithmetic decoder whose bits have probabilities in 256ths (RFC
 * 6386, section 7). Behind its end it reads zeros.
 */
final class Vp8Bits {
    private static final int EVEN = 128;

    private final byte[] data;
    private final int end;
    private int at;
    private int range = 255;
    private int value;
    private int bits;

    Vp8Bits(byte[] data, int from, int to) {
        this.data = data;
        this.at = from;
        this.end = to;
        value = next() << 8 | next();
    }

    private int next() {
        return at < end ? data[at++] & 0xff : 0;
    }

    /** A bit that is 0 with the probability {@code zero} in 256. */
    int bit(int zero) {
        int split = 1 + ((range - 1) * zero >> 8);
        int bound = split << 8;
        int bit;
        if (value >= bound) {
            bit = 1;
            range -= split;
            value -= bound;
        } else {
            bit = 0;
            range = split;
        }
        while (range < EVEN) {
            range <<= 1;
            value <<= 1;
            if (++bits == 8) {
                bits = 0;
                value |= next();
            }
        }
        return bit;
    }

    boolean flag() {
        return bit(EVEN) == 1;
    }

    /** An unsigned number, the highest bit first. */
    int number(int length) {
        int number = 0;
        for (int i = 0; i < length; i++) {
            number = number << 1 | bit(EVEN);
        }
        return number;
    }

    /** A number and its sign. */
    int signed(int length) {
        int number = number(length);
        return flag() ? -number : number;
    }

    /** A number with a sign if a flag says so, else 0. */
    int optional(int length) {
        return flag() ? signed(length) : 0;
    }
}
