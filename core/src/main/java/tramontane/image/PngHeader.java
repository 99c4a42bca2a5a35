package tramontane.image;

import java.io.ByteArrayOutputStream;
import java.util.List;

/** Reads the header of a PNG file and leaves out the chunks that do not decide a pixel. */
final class PngHeader {
    private static final int SIGNATURE_BYTES = 8;
    private static final int CHUNK_BYTES = 12;
    private static final int HEADER_BYTES = 13;
    private static final List<String> NEEDED = List.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

    private PngHeader() {}

    static EncodedImage read(byte[] file) throws ImageException {
        ByteReader bytes = new ByteReader(file);
        if (!bytes.has(SIGNATURE_BYTES + 4, "IHDR") || bytes.u31(SIGNATURE_BYTES) != HEADER_BYTES) {
            throw ByteReader.damaged();
        }
        int header = SIGNATURE_BYTES + 8;
        ImageSize size = EncodedImage.size(bytes.u31(header), bytes.u31(header + 4));
        int depth = bytes.u8(header + 8);
        ByteArrayOutputStream stream = new ByteArrayOutputStream(file.length);
        stream.write(file, 0, SIGNATURE_BYTES);
        int orientation = Exif.UPRIGHT;
        boolean ended = false;
        int at = SIGNATURE_BYTES;
        while (!ended) {
            int length = bytes.u31(at);
            if (length > file.length - CHUNK_BYTES - at) {
                throw ByteReader.damaged();
            }
            int chunk = at + 4;
            if (NEEDED.stream().anyMatch(name -> bytes.has(chunk, name))) {
                stream.write(file, at, length + CHUNK_BYTES);
            } else if (bytes.has(chunk, "eXIf")) {
                orientation = Exif.orientation(file, chunk + 4, chunk + 4 + length);
            }
            ended = bytes.has(chunk, "IEND");
            at += length + CHUNK_BYTES;
        }
        return new EncodedImage(
                ImageFormat.PNG,
                size,
                EncodedImage.Frame.whole(size),
                orientation,
                depth == 16 ? 8 : 4,
                EncodedImage.FourChannels.NONE,
                stream.toByteArray());
    }
}
