package tramontane.grammar.automaton;

import java.util.Arrays;
import java.util.List;

/** An immutable set of Unicode scalar values, that is, code points without surrogates. */
public final class CharSet {
    public static final int END = 0x110000;
    static final int SURROGATES = 0xD800;
    static final int AFTER_SURROGATES = 0xE000;

    private static final CharSet NONE = new CharSet(new int[0]);
    private static final CharSet ALL =
            new CharSet(new int[] {0, SURROGATES, AFTER_SURROGATES, END});

    /**
     * The code points where membership changes, ascending. Those at even indexes start a range,
     * those at odd indexes end one.
     */
    private final int[] bounds;

    private CharSet(int[] bounds) {
        this.bounds = bounds;
    }

    public static CharSet none() {
        return NONE;
    }

    public static CharSet all() {
        return ALL;
    }

    public static CharSet union(List<CharSet> sets) {
        if (sets.size() <= 1) {
            return sets.isEmpty() ? NONE : sets.getFirst();
        }
        // Join halves, because each union copies both operands.
        int middle = sets.size() / 2;
        return union(sets.subList(0, middle)).or(union(sets.subList(middle, sets.size())));
    }

    /** The code points from {@code low} to {@code high}, both included. */
    public static CharSet range(int low, int high) {
        if (low > high) {
            return NONE;
        }
        CharSet set = new CharSet(new int[] {low, high + 1});
        boolean plain = high < SURROGATES || low >= AFTER_SURROGATES;
        return plain ? set : set.and(ALL);
    }

    public static CharSet of(String characters) {
        int[] sorted = characters.codePoints().sorted().distinct().toArray();
        Ranges ranges = new Ranges();
        for (int c : sorted) {
            ranges.add(c, c);
        }
        return ranges.toSet();
    }

    public CharSet or(CharSet other) {
        return combine(other, 0b1110);
    }

    public CharSet and(CharSet other) {
        return combine(other, 0b1000);
    }

    public CharSet minus(CharSet other) {
        return combine(other, 0b0010);
    }

    public CharSet complement() {
        return ALL.minus(this);
    }

    /**
     * @param truth truth table of the operation: bit (2·inOther + inThis) is the result
     */
    private CharSet combine(CharSet other, int truth) {
        int[] out = new int[bounds.length + other.bounds.length];
        int size = 0;
        int i = 0;
        int j = 0;
        boolean inside = false;
        while (i < bounds.length || j < other.bounds.length) {
            int a = i < bounds.length ? bounds[i] : END;
            int b = j < other.bounds.length ? other.bounds[j] : END;
            int at = Math.min(a, b);
            if (i < bounds.length && a == at) {
                i++;
            }
            if (j < other.bounds.length && b == at) {
                j++;
            }
            boolean now = (truth >> ((j & 1) * 2 + (i & 1)) & 1) == 1;
            if (now != inside) {
                out[size++] = at;
                inside = now;
            }
        }
        return size == 0 ? NONE : new CharSet(Arrays.copyOf(out, size));
    }

    public boolean contains(int codePoint) {
        int at = Arrays.binarySearch(bounds, codePoint);
        return at >= 0 ? (at & 1) == 0 : (-at - 1 & 1) == 1;
    }

    public boolean isEmpty() {
        return bounds.length == 0;
    }

    /** The number of ranges. */
    public int ranges() {
        return bounds.length / 2;
    }

    /** The first code point of a range. */
    public int low(int range) {
        return bounds[2 * range];
    }

    /** The last code point of a range. */
    public int high(int range) {
        return bounds[2 * range + 1] - 1;
    }

    public int[] bounds() {
        return bounds;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CharSet other && Arrays.equals(bounds, other.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < ranges(); i++) {
            text.append(String.format("%x-%x ", low(i), high(i)));
        }
        return text.append(']').toString();
    }

    /** Collects ranges in ascending order. Adjacent ranges are merged. */
    public static final class Ranges {
        private int[] bounds = new int[8];
        private int size;

        public void add(int low, int high) {
            if (size > 0 && bounds[size - 1] == low) {
                bounds[size - 1] = high + 1;
                return;
            }
            if (size + 2 > bounds.length) {
                bounds = Arrays.copyOf(bounds, bounds.length * 2);
            }
            bounds[size++] = low;
            bounds[size++] = high + 1;
        }

        public CharSet toSet() {
            return new CharSet(Arrays.copyOf(bounds, size)).and(ALL);
        }
    }
}
