package tramontane.image;

import java.io.ByteArrayOutputStream;

/** Reads the segments of a JPEG file and leaves out notes and colour profiles. */
final class JpegHeader {
    /** Each scan of a progressive file visits every block. Usual files have about ten. */
    private static final int MAX_SCANS = 64;

    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int APP0 = 0xe0;
    private static final int APP1 = 0xe1;
    private static final int APP14 = 0xee;
    private static final int APP15 = 0xef;
    private static final int COMMENT = 0xfe;

    private final ByteReader bytes;
    private final ByteArrayOutputStream stream;
    private int width;
    private int height;
    private int channels;
    private int orientation = Exif.UPRIGHT;
    private int adobeTransform = -1;

    private JpegHeader(byte[] file) {
        this.bytes = new ByteReader(file);
        this.stream = new ByteArrayOutputStream(file.length);
    }

    static EncodedImage read(byte[] file) throws ImageException {
        JpegHeader header = new JpegHeader(file);
        header.segments();
        ImageSize size = EncodedImage.size(header.width, header.height);
        return new EncodedImage(
                ImageFormat.JPEG,
                size,
                EncodedImage.Frame.whole(size),
                header.orientation,
                4,
                header.scheme(),
                header.stream.toByteArray());
    }

    private EncodedImage.FourChannels scheme() throws ImageException {
        return switch (channels) {
            case 1, 3 -> EncodedImage.FourChannels.NONE;
            case 4 ->
                    adobeTransform == 2
                            ? EncodedImage.FourChannels.YCCK
                            : EncodedImage.FourChannels.CMYK;
            default -> throw new ImageException("A JPEG must have 1, 3 or 4 colour channels");
        };
    }

    private void segments() throws ImageException {
        stream.write(0xff);
        stream.write(SOI);
        int at = 2;
        while (true) {
            // Any number of fill bytes may precede a marker.
            while (bytes.u8(at) == 0xff && bytes.u8(at + 1) == 0xff) {
                at++;
            }
            int marker = bytes.u8(at + 1);
            if (bytes.u8(at) != 0xff || marker == 0 || marker == EOI) {
                throw ByteReader.damaged();
            }
            int length = bytes.u16(at + 2);
            int next = at + 2 + length;
            if (length < 2 || next > bytes.length()) {
                throw ByteReader.damaged();
            }
            if (marker == SOS) {
                scans(at);
                return;
            }
            segment(marker, at + 4, next);
            boolean note = marker > APP0 && marker <= APP15 && marker != APP14;
            if (!note && marker != COMMENT) {
                stream.write(bytes.bytes(), at, next - at);
            }
            at = next;
        }
    }

    private void segment(int marker, int from, int to) throws ImageException {
        if (isFrame(marker)) {
            if (height != 0 || bytes.u8(from) != 8) {
                throw new ImageException("A JPEG must have one picture of 8 bits a channel");
            }
            height = bytes.u16(from + 1);
            width = bytes.u16(from + 3);
            channels = bytes.u8(from + 5);
        } else if (marker == APP1 && bytes.has(from, "Exif\0\0") && orientation == Exif.UPRIGHT) {
            orientation = Exif.orientation(bytes.bytes(), from + 6, to);
        } else if (marker == APP14 && bytes.has(from, "Adobe") && to - from >= 12) {
            adobeTransform = bytes.u8(from + 11);
        }
    }

    /** SOF0 to SOF15 without DHT, JPG and DAC, which share their numbers. */
    private static boolean isFrame(int marker) {
        return marker >= 0xc0
                && marker <= 0xcf
                && marker != 0xc4
                && marker != 0xc8
                && marker != 0xcc;
    }

    /** Copies from the first scan to the end of the picture. */
    private void scans(int from) throws ImageException {
        int scans = 0;
        int at = from;
        byte[] file = bytes.bytes();
        while (at < file.length - 1) {
            if (file[at] == (byte) 0xff) {
                int marker = file[at + 1] & 0xff;
                if (marker == EOI) {
                    break;
                }
                if (isFrame(marker)) {
                    throw ByteReader.damaged();
                }
                if (marker == SOS && ++scans > MAX_SCANS) {
                    throw new ImageException(
                            "The JPEG has more than "
                                    + MAX_SCANS
                                    + " scans; save it as a usual one");
                }
            }
            at++;
        }
        stream.write(file, from, at - from);
        stream.write(0xff);
        stream.write(EOI);
    }
}
