package tramontane.image;

/** Reads the orientation from Exif data, which have the form of a TIFF file. */
final class Exif {
    static final int UPRIGHT = 1;

    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;

    private Exif() {}

    /**
     * The orientation from 1 to 8; upright if there is none, since a damaged note about a picture
     * does not damage the picture.
     *
     * @param start where the TIFF header begins
     */
    static int orientation(byte[] bytes, int start, int end) {
        try {
            return read(new ByteReader(bytes), start, end);
        } catch (ImageException e) {
            return UPRIGHT;
        }
    }

    private static int read(ByteReader bytes, int start, int end) throws ImageException {
        boolean little = bytes.has(start, "II*\0");
        if (!little && !bytes.has(start, "MM\0*")) {
            return UPRIGHT;
        }
        long directory =
                start + (long) (little ? bytes.u31Little(start + 4) : bytes.u31(start + 4));
        if (directory > end - 2) {
            return UPRIGHT;
        }
        int at = (int) directory;
        int entries = u16(bytes, at, little);
        for (int i = 0; i < entries; i++) {
            int entry = at + 2 + i * ENTRY_BYTES;
            if (entry > end - ENTRY_BYTES) {
                return UPRIGHT;
            }
            if (u16(bytes, entry, little) == ORIENTATION
                    && u16(bytes, entry + 2, little) == SHORT) {
                int value = u16(bytes, entry + 8, little);
                return value >= 1 && value <= 8 ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    private static int u16(ByteReader bytes, int at, boolean little) throws ImageException {
        return little ? bytes.u16Little(at) : bytes.u16(at);
    }
}
