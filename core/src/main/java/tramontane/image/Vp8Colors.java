package tramontane.image;

/**
 * Converts a frame to RGB as libwebp does: chroma is interpolated from the four nearest samples,
 * with weights of 9, 3, 3 and 1 sixteenths, and colours are of BT.601 with 14 bits of precision.
 */
final class Vp8Colors {
    private static final int SHIFT = 6;

    private Vp8Colors() {}

    static byte[] rgb(Vp8Plane[] planes, ImageSize size) {
        byte[] rgb = new byte[Math.toIntExact(size.pixels() * Picture.CHANNELS)];
        int[] u = new int[size.width()];
        int[] v = new int[size.width()];
        int lastRow = (size.height() + 1) / 2 - 1;
        int at = 0;
        for (int y = 0; y < size.height(); y++) {
            int near = y / 2;
            int far = Math.clamp(y % 2 == 0 ? near - 1 : near + 1, 0, lastRow);
            interpolate(planes[1], near, far, u);
            interpolate(planes[2], near, far, v);
            int row = planes[0].at(0, y);
            for (int x = 0; x < size.width(); x++) {
                int luma = high(planes[0].get(row + x), 19_077);
                rgb[at++] = clipped(luma + high(v[x], 26_149) - 14_234);
                rgb[at++] = clipped(luma - high(u[x], 6_419) - high(v[x], 13_320) + 8_708);
                rgb[at++] = clipped(luma + high(u[x], 33_050) - 17_685);
            }
        }
        return rgb;
    }

    private static void interpolate(Vp8Plane plane, int near, int far, int[] out) {
        int nearRow = plane.at(0, near);
        int farRow = plane.at(0, far);
        int last = (out.length + 1) / 2 - 1;
        for (int x = 0; x < out.length; x++) {
            int own = x / 2;
            int other = x % 2 == 0 ? own - 1 : own + 1;
            int a = plane.get(nearRow + own);
            int c = plane.get(farRow + own);
            if (other < 0 || other > last) {
                out[x] = 3 * a + c + 2 >> 2;
                continue;
            }
            int b = plane.get(nearRow + other);
            int d = plane.get(farRow + other);
            // The same steps as libwebp's, whose rounding is not that of one division.
            int diagonal = a + b + c + d + 8 + 2 * (b + c) >> 3;
            out[x] = diagonal + a >> 1;
        }
    }

    private static int high(int value, int factor) {
        return value * factor >> 8;
    }

    private static byte clipped(int value) {
        return (byte) Math.clamp(value >> SHIFT, 0, 255);
    }
}
