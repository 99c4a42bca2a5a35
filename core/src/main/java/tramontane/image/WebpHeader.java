package tramontane.image;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads the chunks of a WebP file and writes a file with the first picture only.
 *
 * <pre>
 *   RIFF size WEBP  VP8  or VP8L                                      a plain picture
 *   RIFF size WEBP  VP8X [ICCP] [ALPH] VP8 or VP8L [EXIF] [XMP]       with transparency or notes
 *   RIFF size WEBP  VP8X [ICCP] ANIM ANMF(place [ALPH] VP8 or VP8L)+  an animation
 * </pre>
 */
final class WebpHeader {
    private static final int RIFF_BYTES = 12;
    private static final int CHUNK_BYTES = 8;
    private static final int PLACE_BYTES = 16;
    private static final int ALPHA_FLAG = 0x10;

    /** The decoder reads eight bytes at a time, and tiny pictures have fewer. */
    private static final int MIN_LOSSLESS_BYTES = 24;

    private final ByteReader bytes;
    private Optional<ImageSize> canvas = Optional.empty();
    private Optional<EncodedImage.Frame> frame = Optional.empty();
    private Optional<Part> alpha = Optional.empty();
    private Optional<Part> picture = Optional.empty();
    private int orientation = Exif.UPRIGHT;

    /** Content of a chunk; its header is before it. */
    private record Part(int from, int length) {}

    private WebpHeader(byte[] file) {
        this.bytes = new ByteReader(file);
    }

    static EncodedImage read(byte[] file) throws ImageException {
        WebpHeader header = new WebpHeader(file);
        long end = CHUNK_BYTES + (long) header.bytes.u31Little(4);
        header.chunks(RIFF_BYTES, (int) Math.min(file.length, end));
        Part picture = header.picture.orElseThrow(ByteReader::damaged);
        ImageSize size = header.size(picture);
        return new EncodedImage(
                ImageFormat.WEBP,
                header.canvas.orElse(size),
                header.frame.orElse(EncodedImage.Frame.whole(size)).size().equals(size)
                        ? header.frame.orElse(EncodedImage.Frame.whole(size))
                        : mismatch(),
                header.orientation,
                4,
                EncodedImage.FourChannels.NONE,
                header.stream(picture, size));
    }

    private static EncodedImage.Frame mismatch() throws ImageException {
        throw ByteReader.damaged();
    }

    private void chunks(int from, int end) throws ImageException {
        int at = from;
        while (at <= end - CHUNK_BYTES) {
            int length = bytes.u31Little(at + 4);
            int content = at + CHUNK_BYTES;
            if (length > end - content) {
                throw ByteReader.damaged();
            }
            chunk(at, new Part(content, length));
            at = content + length + (length & 1);
        }
    }

    private void chunk(int at, Part part) throws ImageException {
        if (bytes.has(at, "VP8X") && canvas.isEmpty()) {
            canvas =
                    Optional.of(
                            new ImageSize(
                                    bytes.u24Little(part.from + 4) + 1,
                                    bytes.u24Little(part.from + 7) + 1));
        } else if (bytes.has(at, "ALPH") && picture.isEmpty()) {
            alpha = Optional.of(part);
        } else if ((bytes.has(at, "VP8 ") || bytes.has(at, "VP8L")) && picture.isEmpty()) {
            picture = Optional.of(part);
        } else if (bytes.has(at, "ANMF") && frame.isEmpty() && part.length > PLACE_BYTES) {
            frame =
                    Optional.of(
                            new EncodedImage.Frame(
                                    2 * bytes.u24Little(part.from),
                                    2 * bytes.u24Little(part.from + 3),
                                    new ImageSize(
                                            bytes.u24Little(part.from + 6) + 1,
                                            bytes.u24Little(part.from + 9) + 1)));
            chunks(part.from + PLACE_BYTES, part.from + part.length);
        } else if (bytes.has(at, "EXIF")) {
            int skipped = bytes.has(part.from, "Exif\0\0") ? 6 : 0;
            orientation =
                    Exif.orientation(bytes.bytes(), part.from + skipped, part.from + part.length);
        }
    }

    private ImageSize size(Part part) throws ImageException {
        int at = part.from;
        if (bytes.has(at - CHUNK_BYTES, "VP8L")) {
            if (bytes.u8(at) != 0x2f) {
                throw ByteReader.damaged();
            }
            int low = bytes.u16Little(at + 1);
            int high = bytes.u16Little(at + 3);
            return EncodedImage.size((low & 0x3fff) + 1, (low >> 14 | (high & 0xfff) << 2) + 1);
        }
        if (bytes.u24Little(at + 3) != 0x2a019d) {
            throw ByteReader.damaged();
        }
        return EncodedImage.size(
                bytes.u16Little(at + 6) & 0x3fff, bytes.u16Little(at + 8) & 0x3fff);
    }

    private byte[] stream(Part part, ImageSize size) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream(part.length + 64);
        if (bytes.has(part.from - CHUNK_BYTES, "VP8L")) {
            return lossless(Arrays.copyOfRange(bytes.bytes(), part.from, part.from + part.length));
        }
        if (alpha.isPresent()) {
            byte[] extended = new byte[10];
            extended[0] = ALPHA_FLAG;
            put24(extended, 4, size.width() - 1);
            put24(extended, 7, size.height() - 1);
            put(chunks, "VP8X", extended, new Part(0, extended.length));
            put(chunks, "ALPH", bytes.bytes(), alpha.get());
        }
        put(chunks, "VP8 ", bytes.bytes(), part);
        return riff(chunks);
    }

    /** A file with one lossless picture. */
    static byte[] lossless(byte[] content) {
        ByteArrayOutputStream chunk =
                new ByteArrayOutputStream(content.length + 2 * MIN_LOSSLESS_BYTES);
        byte[] padded = Arrays.copyOf(content, Math.max(content.length, MIN_LOSSLESS_BYTES));
        put(chunk, "VP8L", padded, new Part(0, padded.length));
        return riff(chunk);
    }

    private static byte[] riff(ByteArrayOutputStream chunks) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream(chunks.size() + RIFF_BYTES);
        ascii(stream, "RIFF");
        putLength(stream, chunks.size() + 4);
        ascii(stream, "WEBP");
        stream.writeBytes(chunks.toByteArray());
        return stream.toByteArray();
    }

    private static void put(ByteArrayOutputStream to, String name, byte[] from, Part part) {
        ascii(to, name);
        putLength(to, part.length);
        to.write(from, part.from, part.length);
        if ((part.length & 1) == 1) {
            to.write(0);
        }
    }

    private static void ascii(ByteArrayOutputStream to, String text) {
        text.chars().forEach(to::write);
    }

    private static void putLength(ByteArrayOutputStream to, int length) {
        for (int shift = 0; shift < 32; shift += 8) {
            to.write(length >> shift);
        }
    }

    private static void put24(byte[] to, int at, int value) {
        for (int i = 0; i < 3; i++) {
            to[at + i] = (byte) (value >> 8 * i);
        }
    }
}
