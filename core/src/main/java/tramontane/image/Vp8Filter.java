package tramontane.image;

/** The loop filter, which smooths the edges of blocks and of their parts (RFC 6386, section 15). */
final class Vp8Filter {
    private final Vp8Plane[] planes;
    private final Vp8Header.Filter filter;

    /** Limits of the block at hand. */
    private int edgeLimit;

    private int innerLimit;
    private int highVariance;

    Vp8Filter(Vp8Plane[] planes, Vp8Header.Filter filter) {
        this.planes = planes;
        this.filter = filter;
    }

    /**
     * @param inside true if the edges of its parts are filtered too
     */
    void block(int x, int y, int level, boolean inside) {
        if (level == 0 || filter.level() == 0) {
            return;
        }
        innerLimit = level;
        if (filter.sharpness() > 0) {
            innerLimit >>= filter.sharpness() > 4 ? 2 : 1;
            innerLimit = Math.min(innerLimit, 9 - filter.sharpness());
        }
        innerLimit = Math.max(innerLimit, 1);
        highVariance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        int parts = 2 * level + innerLimit;
        int whole = parts + 4;
        int count = filter.simple() ? 1 : planes.length;
        direction(x, y, true, new int[] {x > 0 ? whole : 0, inside ? parts : 0, count});
        direction(x, y, false, new int[] {y > 0 ? whole : 0, inside ? parts : 0, count});
    }

    /**
     * Filters the edges of one direction, first the block's own, then those inside.
     *
     * @param limits of the block's edge and of those inside, 0 for none; and the number of planes
     */
    private void direction(int x, int y, boolean columns, int[] limits) {
        for (int i = 0; i < limits[2]; i++) {
            Vp8Plane plane = planes[i];
            int size = i == 0 ? 16 : 8;
            int at = plane.at(x * size, y * size);
            int across = columns ? 1 : plane.stride();
            int along = columns ? plane.stride() : 1;
            if (limits[0] > 0) {
                edgeLimit = 2 * limits[0] + 1;
                for (int k = 0; k < size; k++) {
                    edge(plane, at + k * along, across, true);
                }
            }
            if (limits[1] > 0) {
                edgeLimit = 2 * limits[1] + 1;
                for (int part = 4; part < size; part += 4) {
                    for (int k = 0; k < size; k++) {
                        edge(plane, at + part * across + k * along, across, false);
                    }
                }
            }
        }
    }

    /**
     * @param ofBlock false for an edge inside a block, where less is smoothed
     */
    private void edge(Vp8Plane plane, int at, int step, boolean ofBlock) {
        if (filter.simple()) {
            simple(plane, at, step);
        } else if (isSmooth(plane, at, step)) {
            if (varies(plane, at, step)) {
                adjustTwo(plane, at, step);
            } else if (ofBlock) {
                adjustSix(plane, at, step);
            } else {
                adjustFour(plane, at, step);
            }
        }
    }

    private void simple(Vp8Plane plane, int at, int step) {
        if (isLow(plane, at, step)) {
            adjustTwo(plane, at, step);
        }
    }

    private static int apart(Vp8Plane plane, int a, int b) {
        return Math.abs(plane.get(a) - plane.get(b));
    }

    private boolean isLow(Vp8Plane plane, int at, int step) {
        return 4 * apart(plane, at - step, at) + apart(plane, at - 2 * step, at + step)
                <= edgeLimit;
    }

    private boolean isSmooth(Vp8Plane plane, int at, int step) {
        return isLow(plane, at, step)
                && apart(plane, at - 4 * step, at - 3 * step) <= innerLimit
                && apart(plane, at - 3 * step, at - 2 * step) <= innerLimit
                && apart(plane, at - 2 * step, at - step) <= innerLimit
                && apart(plane, at + 3 * step, at + 2 * step) <= innerLimit
                && apart(plane, at + 2 * step, at + step) <= innerLimit
                && apart(plane, at + step, at) <= innerLimit;
    }

    private boolean varies(Vp8Plane plane, int at, int step) {
        return apart(plane, at - 2 * step, at - step) > highVariance
                || apart(plane, at + step, at) > highVariance;
    }

    private static int signed(int value) {
        return Math.clamp(value, -128, 127);
    }

    private static int eighth(int value) {
        return Math.clamp(value >> 3, -16, 15);
    }

    private static void adjustTwo(Vp8Plane plane, int at, int step) {
        int a =
                3 * (plane.get(at) - plane.get(at - step))
                        + signed(plane.get(at - 2 * step) - plane.get(at + step));
        plane.add(at - step, eighth(a + 3));
        plane.add(at, -eighth(a + 4));
    }

    private static void adjustFour(Vp8Plane plane, int at, int step) {
        int a = 3 * (plane.get(at) - plane.get(at - step));
        int right = eighth(a + 4);
        int left = eighth(a + 3);
        int outer = right + 1 >> 1;
        plane.add(at - 2 * step, outer);
        plane.add(at - step, left);
        plane.add(at, -right);
        plane.add(at + step, -outer);
    }

    private static void adjustSix(Vp8Plane plane, int at, int step) {
        int a =
                signed(
                        3 * (plane.get(at) - plane.get(at - step))
                                + signed(plane.get(at - 2 * step) - plane.get(at + step)));
        int near = 27 * a + 63 >> 7;
        int middle = 18 * a + 63 >> 7;
        int far = 9 * a + 63 >> 7;
        plane.add(at - 3 * step, far);
        plane.add(at - 2 * step, middle);
        plane.add(at - step, near);
        plane.add(at, -near);
        plane.add(at + step, -middle);
        plane.add(at + 2 * step, -far);
    }
}
