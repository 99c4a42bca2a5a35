package tramontane.image;

import java.nio.charset.StandardCharsets;

/** Reads numbers from untrusted bytes; every position is checked. */
record ByteReader(byte[] bytes) {
    int length() {
        return bytes.length;
    }

    int u8(int at) throws ImageException {
        if (at < 0 || at >= bytes.length) {
            throw damaged();
        }
        return bytes[at] & 0xff;
    }

    int u16(int at) throws ImageException {
        return u8(at) << 8 | u8(at + 1);
    }

    int u16Little(int at) throws ImageException {
        return u8(at) | u8(at + 1) << 8;
    }

    int u24Little(int at) throws ImageException {
        return u16Little(at) | u8(at + 2) << 16;
    }

    /** A number of 32 bits that must fit in an int. */
    int u31(int at) throws ImageException {
        return positive(u16(at) << 16 | u16(at + 2));
    }

    int u31Little(int at) throws ImageException {
        return positive(u16Little(at) | u16Little(at + 2) << 16);
    }

    private static int positive(int value) throws ImageException {
        if (value < 0) {
            throw damaged();
        }
        return value;
    }

    /** True if the bytes at a position are those of a text in Latin-1. */
    boolean has(int at, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
        if (at < 0 || at > bytes.length - wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (bytes[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    static ImageException damaged() {
        return new ImageException("The image is damaged or incomplete");
    }
}
