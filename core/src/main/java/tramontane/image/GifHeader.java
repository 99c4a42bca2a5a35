package tramontane.image;

import java.util.Arrays;

/** Reads the header of a GIF file up to its first picture, and cuts off the others. */
final class GifHeader {
    private static final int HEADER_BYTES = 13;
    private static final int EXTENSION = 0x21;
    private static final int PICTURE = 0x2c;
    private static final int TRAILER = 0x3b;
    private static final int PICTURE_BYTES = 10;

    private GifHeader() {}

    static EncodedImage read(byte[] file) throws ImageException {
        ByteReader bytes = new ByteReader(file);
        ImageSize canvas = EncodedImage.size(bytes.u16Little(6), bytes.u16Little(8));
        int at = HEADER_BYTES + palette(bytes.u8(10));
        while (bytes.u8(at) == EXTENSION) {
            at = afterBlocks(bytes, at + 2);
        }
        if (bytes.u8(at) != PICTURE) {
            throw ByteReader.damaged();
        }
        EncodedImage.Frame frame =
                new EncodedImage.Frame(
                        bytes.u16Little(at + 1),
                        bytes.u16Little(at + 3),
                        EncodedImage.size(bytes.u16Little(at + 5), bytes.u16Little(at + 7)));
        // One byte after the palette: the size of the first codes.
        int end = afterBlocks(bytes, at + PICTURE_BYTES + palette(bytes.u8(at + 9)) + 1);
        byte[] stream = Arrays.copyOf(file, end + 1);
        stream[end] = TRAILER;
        return new EncodedImage(
                ImageFormat.GIF,
                canvas,
                frame,
                Exif.UPRIGHT,
                4,
                EncodedImage.FourChannels.NONE,
                stream);
    }

    private static int palette(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << (flags & 7) + 1;
    }

    /** Follows blocks, each with its length before it, to the empty one that ends them. */
    private static int afterBlocks(ByteReader bytes, int from) throws ImageException {
        int at = from;
        int length;
        do {
            length = bytes.u8(at);
            at += 1 + length;
        } while (length > 0);
        return at;
    }
}
