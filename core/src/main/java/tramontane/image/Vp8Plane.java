package tramontane.image;

import java.util.Arrays;

/**
 * The samples of a component, with a border above and on the left from which the first blocks are
 * predicted, and four samples on the right for predictions that look ahead.
 */
final class Vp8Plane {
    private static final int ABOVE = 127;
    private static final int LEFT = 129;
    private static final int AHEAD = 4;

    private final byte[] samples;
    private final int stride;

    Vp8Plane(int width, int height) {
        stride = width + 1 + AHEAD;
        samples = new byte[Math.multiplyExact(stride, height + 1)];
        Arrays.fill(samples, 0, stride, (byte) ABOVE);
        for (int y = 1; y <= height; y++) {
            samples[y * stride] = (byte) LEFT;
        }
    }

    int stride() {
        return stride;
    }

    /** The index of a sample. */
    int at(int x, int y) {
        return (y + 1) * stride + x + 1;
    }

    int get(int at) {
        return samples[at] & 0xff;
    }

    void set(int at, int value) {
        samples[at] = (byte) value;
    }

    void add(int at, int difference) {
        samples[at] = (byte) Math.clamp(get(at) + difference, 0, 255);
    }

    void fill(int at, int size, int value) {
        for (int y = 0; y < size; y++) {
            Arrays.fill(samples, at + y * stride, at + y * stride + size, (byte) value);
        }
    }
}
