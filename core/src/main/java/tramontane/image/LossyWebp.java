package tramontane.image;

import java.io.IOException;
import java.util.Arrays;

/**
 * Lossy WebP: a key frame of VP8, and transparency beside it. The library's own decoder of VP8 is
 * far from libwebp's pixels and slow, so this one takes its place.
 */
final class LossyWebp {
    private static final int RIFF_BYTES = 12;
    private static final int CHUNK_BYTES = 8;
    private static final int LOSSLESS_HEADER = 5;
    private static final int SIGNATURE = 0x2f;

    private LossyWebp() {}

    static boolean is(EncodedImage image) {
        return image.format() == ImageFormat.WEBP
                && !new ByteReader(image.stream()).has(RIFF_BYTES, "VP8L");
    }

    static byte[] rgb(EncodedImage image) throws IOException, ImageException {
        ByteReader bytes = new ByteReader(image.stream());
        ImageSize size = image.frame().size();
        byte[] alpha = new byte[0];
        int at = RIFF_BYTES;
        while (!bytes.has(at, "VP8 ")) {
            if (bytes.has(at, "ALPH")) {
                alpha = alpha(content(bytes, at), size);
            }
            int length = bytes.u31Little(at + 4);
            at += CHUNK_BYTES + length + (length & 1);
        }
        byte[] rgb = Vp8Frame.decode(content(bytes, at), size);
        for (int i = 0; i < alpha.length; i++) {
            for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                int sample = i * Picture.CHANNELS + channel;
                rgb[sample] = RgbRows.overWhite(rgb[sample] & 0xff, alpha[i] & 0xff);
            }
        }
        return rgb;
    }

    private static byte[] content(ByteReader bytes, int chunk) throws ImageException {
        int from = chunk + CHUNK_BYTES;
        return Arrays.copyOfRange(bytes.bytes(), from, from + bytes.u31Little(chunk + 4));
    }

    /** The alpha chunk: a byte with the filter and the compression, then the samples. */
    private static byte[] alpha(byte[] chunk, ImageSize size) throws IOException, ImageException {
        int flags = new ByteReader(chunk).u8(0);
        int pixels = Math.toIntExact(size.pixels());
        byte[] alpha =
                switch (flags & 3) {
                    case 0 -> {
                        if (chunk.length - 1 < pixels) {
                            throw ByteReader.damaged();
                        }
                        yield Arrays.copyOfRange(chunk, 1, 1 + pixels);
                    }
                    case 1 -> ImageDecoder.green(lossless(chunk, size), size);
                    default -> throw ByteReader.damaged();
                };
        for (int y = 0; y < size.height(); y++) {
            unfilter(alpha, y, size.width(), flags >> 2 & 3);
        }
        return alpha;
    }

    /** The chunk has a lossless picture without the header that says its size. */
    private static byte[] lossless(byte[] chunk, ImageSize size) {
        byte[] content = new byte[chunk.length - 1 + LOSSLESS_HEADER];
        content[0] = SIGNATURE;
        int dimensions = size.width() - 1 | size.height() - 1 << 14;
        for (int i = 0; i < 4; i++) {
            content[1 + i] = (byte) (dimensions >> 8 * i);
        }
        System.arraycopy(chunk, 1, content, LOSSLESS_HEADER, chunk.length - 1);
        return WebpHeader.lossless(content);
    }

    /** Adds to each sample what was predicted for it: from the left, from above, or from both. */
    private static void unfilter(byte[] alpha, int y, int width, int filter) {
        int row = y * width;
        for (int x = 0; x < width && filter != 0; x++) {
            int left = x > 0 ? alpha[row + x - 1] & 0xff : 0;
            int above = y > 0 ? alpha[row + x - width] & 0xff : 0;
            int predicted;
            if (y == 0) {
                predicted = left;
            } else if (x == 0) {
                predicted = above;
            } else if (filter == 1) {
                predicted = left;
            } else if (filter == 2) {
                predicted = above;
            } else {
                int corner = alpha[row + x - width - 1] & 0xff;
                predicted = Math.clamp(left + above - corner, 0, 255);
            }
            alpha[row + x] += (byte) predicted;
        }
    }
}
