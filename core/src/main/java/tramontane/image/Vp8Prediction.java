package tramontane.image;

/** Predicts blocks from the samples above and on the left (RFC 6386, section 12). */
final class Vp8Prediction {
    /** Modes; the first four are also those of whole blocks. */
    static final int DC = 0;

    static final int TRUE_MOTION = 1;
    static final int VERTICAL = 2;
    static final int HORIZONTAL = 3;
    private static final int RIGHT_DOWN = 4;
    private static final int VERTICAL_RIGHT = 5;
    private static final int LEFT_DOWN = 6;
    private static final int VERTICAL_LEFT = 7;
    private static final int HORIZONTAL_DOWN = 8;
    private static final int HORIZONTAL_UP = 9;
    static final int MODES = 10;

    private final Vp8Plane plane;

    /**
     * From the lowest sample on the left, over the corner, to the last one above: L K J I X A … H.
     */
    private final int[] edge = new int[13];

    Vp8Prediction(Vp8Plane plane) {
        this.plane = plane;
    }

    /** Predicts a block of 16 or 8 samples on a side. */
    void whole(int at, int size, int mode, boolean first, boolean top) {
        int stride = plane.stride();
        switch (mode) {
            case TRUE_MOTION -> trueMotion(at, size);
            case VERTICAL -> {
                for (int y = 0; y < size; y++) {
                    for (int x = 0; x < size; x++) {
                        plane.set(at + y * stride + x, plane.get(at - stride + x));
                    }
                }
            }
            case HORIZONTAL -> {
                for (int y = 0; y < size; y++) {
                    for (int x = 0; x < size; x++) {
                        plane.set(at + y * stride + x, plane.get(at + y * stride - 1));
                    }
                }
            }
            default -> plane.fill(at, size, average(at, size, first, top));
        }
    }

    /** The average of what is there: the border above and on the left is not. */
    private int average(int at, int size, boolean first, boolean top) {
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += top ? 0 : plane.get(at - plane.stride() + i);
            sum += first ? 0 : plane.get(at + i * plane.stride() - 1);
        }
        int count = (top ? 0 : size) + (first ? 0 : size);
        return count == 0 ? 128 : (sum + count / 2) / count;
    }

    private void trueMotion(int at, int size) {
        int stride = plane.stride();
        int corner = plane.get(at - stride - 1);
        for (int y = 0; y < size; y++) {
            int left = plane.get(at + y * stride - 1) - corner;
            for (int x = 0; x < size; x++) {
                int value = plane.get(at - stride + x) + left;
                plane.set(at + y * stride + x, Math.clamp(value, 0, 255));
            }
        }
    }

    /**
     * Predicts a block of 4 samples on a side.
     *
     * @param ahead where the four samples above on the right are
     */
    void part(int at, int mode, int ahead) {
        int stride = plane.stride();
        for (int i = 0; i < 4; i++) {
            edge[3 - i] = plane.get(at + i * stride - 1);
            edge[5 + i] = plane.get(at - stride + i);
            edge[9 + i] = plane.get(ahead + i);
        }
        edge[4] = plane.get(at - stride - 1);
        switch (mode) {
            case DC -> plane.fill(at, 4, average(at, 4, false, false));
            case TRUE_MOTION -> trueMotion(at, 4);
            case VERTICAL -> {
                for (int x = 0; x < 4; x++) {
                    for (int y = 0; y < 4; y++) {
                        put(at, x, y, three(5 + x));
                    }
                }
            }
            case HORIZONTAL -> {
                for (int y = 0; y < 4; y++) {
                    int value = y == 3 ? weighted(edge[1], edge[0], edge[0]) : three(3 - y);
                    for (int x = 0; x < 4; x++) {
                        put(at, x, y, value);
                    }
                }
            }
            default -> diagonal(at, mode);
        }
    }

    private void diagonal(int at, int mode) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                put(
                        at,
                        x,
                        y,
                        switch (mode) {
                            case RIGHT_DOWN -> three(4 + x - y);
                            case LEFT_DOWN ->
                                    x + y == 6
                                            ? weighted(edge[11], edge[12], edge[12])
                                            : three(6 + x + y);
                            case VERTICAL_RIGHT -> verticalRight(x, y);
                            case VERTICAL_LEFT -> verticalLeft(x, y);
                            case HORIZONTAL_DOWN -> horizontalDown(x, y);
                            case HORIZONTAL_UP -> horizontalUp(x, y);
                            default -> throw new IllegalArgumentException("mode " + mode);
                        });
            }
        }
    }

    private int verticalRight(int x, int y) {
        int along = 2 * x - y;
        if (along < 0) {
            return along == -1 ? three(4) : three(4 + along + 1);
        }
        return along % 2 == 0 ? two(4 + along / 2) : three(4 + (along + 1) / 2);
    }

    private int verticalLeft(int x, int y) {
        if (x == 3 && y >= 2) {
            return three(y == 2 ? 10 : 11);
        }
        return y % 2 == 0 ? two(5 + x + y / 2) : three(6 + x + y / 2);
    }

    private int horizontalDown(int x, int y) {
        int along = 2 * y - x;
        if (along < 0) {
            return along == -1 ? three(4) : three(4 - along - 1);
        }
        return along % 2 == 0 ? two(3 - along / 2) : three(4 - (along + 1) / 2);
    }

    private int horizontalUp(int x, int y) {
        int along = x + 2 * y;
        if (along >= 6) {
            return edge[0];
        }
        if (along == 5) {
            return weighted(edge[1], edge[0], edge[0]);
        }
        return along % 2 == 0 ? two(2 - along / 2) : three(2 - along / 2);
    }

    /** The average of two neighbours on the edge. */
    private int two(int at) {
        return edge[at] + edge[at + 1] + 1 >> 1;
    }

    /** The weighted average of three neighbours on the edge. */
    private int three(int middle) {
        return weighted(edge[middle - 1], edge[middle], edge[middle + 1]);
    }

    private static int weighted(int a, int b, int c) {
        return a + 2 * b + c + 2 >> 2;
    }

    private void put(int at, int x, int y, int value) {
        plane.set(at + y * plane.stride() + x, value);
    }
}
