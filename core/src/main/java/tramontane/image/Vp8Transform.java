package tramontane.image;

/** The inverse transforms (RFC 6386, section 14). */
final class Vp8Transform {
    /** The square root of 2 times the cosine of an eighth of pi, less 1, in 65536ths. */
    private static final int COSINE = 20_091;

    /** The square root of 2 times the sine of an eighth of pi, in 65536ths. */
    private static final int SINE = 35_468;

    private final int[] work = new int[16];

    /** The first coefficients of 16 luma blocks from their own transform. */
    void firstCoefficients(int[] from, int[] to) {
        for (int i = 0; i < 4; i++) {
            int a0 = from[i] + from[12 + i];
            int a1 = from[4 + i] + from[8 + i];
            int a2 = from[4 + i] - from[8 + i];
            int a3 = from[i] - from[12 + i];
            work[i] = a0 + a1;
            work[8 + i] = a0 - a1;
            work[4 + i] = a3 + a2;
            work[12 + i] = a3 - a2;
        }
        for (int i = 0; i < 4; i++) {
            int dc = work[4 * i] + 3;
            int a0 = dc + work[4 * i + 3];
            int a1 = work[4 * i + 1] + work[4 * i + 2];
            int a2 = work[4 * i + 1] - work[4 * i + 2];
            int a3 = dc - work[4 * i + 3];
            to[64 * i] = a0 + a1 >> 3;
            to[64 * i + 16] = a3 + a2 >> 3;
            to[64 * i + 32] = a0 - a1 >> 3;
            to[64 * i + 48] = a3 - a2 >> 3;
        }
    }

    /** Adds a block's transform to its prediction. */
    void add(int[] in, int at, Vp8Plane plane, int to) {
        for (int i = 0; i < 4; i++) {
            int a = in[at + i] + in[at + 8 + i];
            int b = in[at + i] - in[at + 8 + i];
            int c = sine(in[at + 4 + i]) - cosine(in[at + 12 + i]);
            int d = cosine(in[at + 4 + i]) + sine(in[at + 12 + i]);
            work[4 * i] = a + d;
            work[4 * i + 1] = b + c;
            work[4 * i + 2] = b - c;
            work[4 * i + 3] = a - d;
        }
        for (int i = 0; i < 4; i++) {
            int dc = work[i] + 4;
            int a = dc + work[8 + i];
            int b = dc - work[8 + i];
            int c = sine(work[4 + i]) - cosine(work[12 + i]);
            int d = cosine(work[4 + i]) + sine(work[12 + i]);
            int row = to + i * plane.stride();
            plane.add(row, a + d >> 3);
            plane.add(row + 1, b + c >> 3);
            plane.add(row + 2, b - c >> 3);
            plane.add(row + 3, a - d >> 3);
        }
    }

    private static int cosine(int value) {
        return (value * COSINE >> 16) + value;
    }

    private static int sine(int value) {
        return value * SINE >> 16;
    }
}
