package tramontane.image;

import java.util.Arrays;

/**
 * Resizes pictures with exactly the arithmetic of Pillow's {@code Image.resize} for 8-bit pixels:
 * first along the rows, then along the columns, with weights in fixed point and a rounding to 8
 * bits after each pass. When a picture shrinks, the filter grows with it, so that every source
 * pixel counts. The source is Pillow's {@code Resample.c}.
 */
public enum Resampler {
    BILINEAR(1) {
        @Override
        double weight(double x) {
            double distance = Math.abs(x);
            return distance < 1 ? 1 - distance : 0;
        }
    },
    /** Keys's cubic convolution with a = -0.5. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double a = -0.5;
            double distance = Math.abs(x);
            if (distance < 1) {
                return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
            }
            return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0;
        }
    };

    /** Bits of a weight behind the point: 32, less 8 for the pixel and 2 for sums beyond 1. */
    private static final int PRECISION_BITS = 32 - 8 - 2;

    private final double support;

    Resampler(double support) {
        this.support = support;
    }

    abstract double weight(double x);

    /** The picture with another size; the same picture if it has that size already. */
    public Picture resize(Picture picture, ImageSize size) {
        if (picture.width() == size.width() && picture.height() == size.height()) {
            return picture;
        }
        byte[] rows = picture.rgb();
        if (picture.width() != size.width()) {
            rows = acrossRows(picture, Taps.of(this, picture.width(), size.width()));
        }
        if (picture.height() != size.height()) {
            rows = downColumns(rows, size.width(), Taps.of(this, picture.height(), size.height()));
        }
        return new Picture(size.width(), size.height(), rows);
    }

    /**
     * For each output position: the first source position that counts, and the weights from there.
     *
     * @param weights {@code length} for each output position, in fixed point
     */
    private record Taps(int[] first, int[] count, int length, int[] weights) {
        static Taps of(Resampler filter, int from, int to) {
            double scale = (double) from / to;
            double filterScale = Math.max(scale, 1);
            double support = filter.support * filterScale;
            int length = (int) Math.ceil(support) * 2 + 1;
            int[] first = new int[to];
            int[] count = new int[to];
            int[] weights = new int[Math.multiplyExact(to, length)];
            double[] exact = new double[length];
            for (int out = 0; out < to; out++) {
                double center = (out + 0.5) * scale;
                // Rounding toward zero after adding a half, as in C.
                int low = Math.max((int) (center - support + 0.5), 0);
                int high = Math.min((int) (center + support + 0.5), from);
                double sum = 0;
                double inverse = 1 / filterScale;
                for (int i = 0; i < high - low; i++) {
                    exact[i] = filter.weight((i + low - center + 0.5) * inverse);
                    sum += exact[i];
                }
                for (int i = 0; i < high - low; i++) {
                    double weight = (sum == 0 ? exact[i] : exact[i] / sum) * (1 << PRECISION_BITS);
                    weights[out * length + i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
                }
                first[out] = low;
                count[out] = high - low;
            }
            return new Taps(first, count, length, weights);
        }
    }

    private static byte[] acrossRows(Picture picture, Taps taps) {
        int width = taps.first.length;
        byte[] source = picture.rgb();
        byte[] target = new byte[Math.multiplyExact(width * Picture.CHANNELS, picture.height())];
        int at = 0;
        for (int y = 0; y < picture.height(); y++) {
            int row = y * picture.width();
            for (int x = 0; x < width; x++) {
                int from = (row + taps.first[x]) * Picture.CHANNELS;
                int weights = x * taps.length;
                int red = 1 << PRECISION_BITS - 1;
                int green = red;
                int blue = red;
                for (int i = 0; i < taps.count[x]; i++) {
                    int weight = taps.weights[weights + i];
                    red += (source[from] & 0xff) * weight;
                    green += (source[from + 1] & 0xff) * weight;
                    blue += (source[from + 2] & 0xff) * weight;
                    from += Picture.CHANNELS;
                }
                target[at++] = clipped(red);
                target[at++] = clipped(green);
                target[at++] = clipped(blue);
            }
        }
        return target;
    }

    private static byte[] downColumns(byte[] source, int width, Taps taps) {
        int stride = width * Picture.CHANNELS;
        byte[] target = new byte[Math.multiplyExact(stride, taps.first.length)];
        int[] sums = new int[stride];
        for (int y = 0; y < taps.first.length; y++) {
            Arrays.fill(sums, 1 << PRECISION_BITS - 1);
            for (int i = 0; i < taps.count[y]; i++) {
                int weight = taps.weights[y * taps.length + i];
                int from = (taps.first[y] + i) * stride;
                for (int x = 0; x < stride; x++) {
                    sums[x] += (source[from + x] & 0xff) * weight;
                }
            }
            for (int x = 0; x < stride; x++) {
                target[y * stride + x] = clipped(sums[x]);
            }
        }
        return target;
    }

    private static byte clipped(int sum) {
        return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
    }
}
