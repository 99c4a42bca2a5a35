package tramontane.image;

/**
 * Checks the structure of a lossless WebP picture (RFC 9649) up to its pixels, before it is
 * decoded. The decoder takes each of its parts at its word: a transform takes a quarter of a byte a
 * pixel and can be written in four bytes, and a group of prefix codes takes kilobytes and can be
 * written in three. So a small file could ask for any amount of memory and time.
 */
final class LosslessWebp {
    /** RIFF header and the head of the only chunk. */
    private static final int CONTENT = 20;

    /** The encoder of libwebp writes up to 2600. */
    private static final int MAX_GROUPS = 4096;

    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;
    private static final int MAX_CACHE_BITS = 11;

    private final LeastBits bits;

    private LosslessWebp(byte[] webp) {
        bits = new LeastBits(webp, CONTENT);
    }

    /**
     * @param webp a file with one lossless picture
     * @throws ImageException if it is damaged, or asks for more than usual pictures need
     */
    static void check(byte[] webp, ImageSize size) throws ImageException {
        new LosslessWebp(webp).check(size);
    }

    private void check(ImageSize size) throws ImageException {
        // Signature, width and height, which were read already; then alpha and version.
        bits.read(8);
        bits.read(28);
        bits.read(4);
        int width = size.width();
        int seen = 0;
        while (bits.flag()) {
            int kind = bits.read(2);
            if ((seen & 1 << kind) != 0) {
                throw ByteReader.damaged();
            }
            seen |= 1 << kind;
            width = transform(kind, width, size.height());
        }
        cacheBits();
        if (bits.flag()) {
            int shift = bits.read(3) + 2;
            int groups = 1 + image(blocks(width, shift), blocks(size.height(), shift));
            if (groups > MAX_GROUPS) {
                throw new ImageException(
                        "The WebP image has more than "
                                + MAX_GROUPS
                                + " groups of codes; save it as a usual one");
            }
        }
    }

    /** Reads a transform; the width of what follows. */
    private int transform(int kind, int width, int height) throws ImageException {
        switch (kind) {
            case 0, 1 -> {
                int shift = bits.read(3) + 2;
                image(blocks(width, shift), blocks(height, shift));
            }
            case 2 -> {
                // Green is subtracted from red and blue, which takes no data.
            }
            default -> {
                int colors = bits.read(8) + 1;
                image(colors, 1);
                return blocks(width, colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3);
            }
        }
        return width;
    }

    private static int blocks(int pixels, int shift) {
        return pixels + (1 << shift) - 1 >> shift;
    }

    private int cacheBits() throws ImageException {
        if (!bits.flag()) {
            return 0;
        }
        int cacheBits = bits.read(4);
        if (cacheBits < 1 || cacheBits > MAX_CACHE_BITS) {
            throw ByteReader.damaged();
        }
        return cacheBits;
    }

    /**
     * Reads a picture within the file; the maximum of its red and green as one number. Copied
     * pixels do not change that.
     */
    private int image(int width, int height) throws ImageException {
        int cacheBits = cacheBits();
        int cached = cacheBits == 0 ? 0 : 1 << cacheBits;
        PrefixCode green = PrefixCode.read(bits, LITERALS + LENGTHS + cached);
        PrefixCode red = PrefixCode.read(bits, LITERALS);
        PrefixCode blue = PrefixCode.read(bits, LITERALS);
        PrefixCode alpha = PrefixCode.read(bits, LITERALS);
        PrefixCode distance = PrefixCode.read(bits, DISTANCES);
        long pixels = (long) width * height;
        int max = 0;
        long at = 0;
        while (at < pixels) {
            int symbol = green.next(bits);
            if (symbol < LITERALS) {
                max = Math.max(max, red.next(bits) << 8 | symbol);
                blue.next(bits);
                alpha.next(bits);
                at++;
            } else if (symbol < LITERALS + LENGTHS) {
                at += number(symbol - LITERALS);
                number(distance.next(bits));
            } else {
                at++;
            }
        }
        if (at > pixels) {
            throw ByteReader.damaged();
        }
        return max;
    }

    /** A length or a distance, whose lower bits follow its symbol. */
    private int number(int symbol) throws ImageException {
        if (symbol < 4) {
            return symbol + 1;
        }
        int extra = symbol - 2 >> 1;
        return (2 + (symbol & 1) << extra) + bits.read(extra) + 1;
    }
}
