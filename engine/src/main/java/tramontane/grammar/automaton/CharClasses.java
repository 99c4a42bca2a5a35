package tramontane.grammar.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * A partition of the code points into equivalence classes: the columns of a transition table. Code
 * points of one class belong to the same sets, so an automaton treats them alike.
 *
 * <pre>
 * starts   0     'a'    'g'    'z'+1          ascending, starts[0] = 0
 * classOf  0      1      2      0             the class of starts[i] .. starts[i+1]-1
 * </pre>
 *
 * Surrogates belong to the interval before them, so that they never form a class of their own.
 */
public final class CharClasses {
    private static final int ASCII = 128;

    private final int[] starts;
    private final int[] classOf;
    private final int count;
    private final byte[] asciiClass;

    CharClasses(int[] starts, int[] classOf, int count) {
        this.starts = starts;
        this.classOf = classOf;
        this.count = count;
        this.asciiClass = count <= 128 ? new byte[ASCII] : new byte[0];
        for (int c = 0; c < asciiClass.length; c++) {
            asciiClass[c] = (byte) classOf[interval(c)];
        }
    }

    /** The coarsest partition in which each set is a union of classes. */
    public static CharClasses of(Collection<CharSet> sets) {
        List<CharSet> distinct = new ArrayList<>(new LinkedHashSet<>(sets));
        if (distinct.size() > AutomatonLimits.MAX_SETS) {
            throw new TooComplexException(
                    "has more than " + AutomatonLimits.MAX_SETS + " sets of characters");
        }
        long[] events = events(distinct);
        WorkBudget.spend((long) events.length * (1 + distinct.size() / Long.SIZE));
        IntervalList intervals = new IntervalList(events.length + 1);
        Map<BitSet, Integer> classes = new HashMap<>();
        BitSet inside = new BitSet(distinct.size());
        int at = 0;
        for (int e = 0; e <= events.length; ) {
            int until = e < events.length ? (int) (events[e] >> 32) : CharSet.END;
            boolean surrogates = at == CharSet.SURROGATES && until == CharSet.AFTER_SURROGATES;
            if (until > at && !surrogates) {
                Integer known = classes.get(inside);
                if (known == null) {
                    known = classes.size();
                    classes.put((BitSet) inside.clone(), known);
                }
                intervals.add(at, known);
            }
            at = until;
            if (e == events.length) {
                break;
            }
            while (e < events.length && (int) (events[e] >> 32) == at) {
                inside.flip((int) events[e++]);
            }
        }
        return intervals.toClasses(classes.size());
    }

    /**
     * The code points at which membership in a set changes, each with the index of the set, in
     * order.
     */
    private static long[] events(List<CharSet> sets) {
        int size = 0;
        for (CharSet set : sets) {
            size += set.bounds().length;
        }
        long[] events = new long[size];
        int e = 0;
        for (int i = 0; i < sets.size(); i++) {
            for (int bound : sets.get(i).bounds()) {
                events[e++] = (long) bound << 32 | i;
            }
        }
        Arrays.sort(events);
        return events;
    }

    public int count() {
        return count;
    }

    int intervals() {
        return starts.length;
    }

    int start(int interval) {
        return starts[interval];
    }

    /** The last code point of an interval. The interval may contain surrogates before it. */
    int end(int interval) {
        return interval + 1 < starts.length ? starts[interval + 1] - 1 : CharSet.END - 1;
    }

    int classOfInterval(int interval) {
        return classOf[interval];
    }

    public int classOf(int codePoint) {
        return codePoint < asciiClass.length ? asciiClass[codePoint] : classOf[interval(codePoint)];
    }

    int interval(int codePoint) {
        int low = 0;
        int high = starts.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (starts[middle] <= codePoint) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The classes whose union is {@code set}. The partition must have been made from this set. */
    public int[] members(CharSet set) {
        int[] members = new int[count];
        boolean[] seen = new boolean[count];
        int size = 0;
        for (int i = 0; i < starts.length; i++) {
            int c = classOf[i];
            if (!seen[c]) {
                seen[c] = true;
                if (set.contains(starts[i])) {
                    members[size++] = c;
                }
            }
        }
        return Arrays.copyOf(members, size);
    }

    /** The number of code points in each class. */
    int[] sizes() {
        int[] sizes = new int[count];
        for (int i = 0; i < starts.length; i++) {
            int low = start(i);
            int high = end(i);
            int surrogates = 0;
            if (low < CharSet.SURROGATES && high >= CharSet.SURROGATES) {
                surrogates = CharSet.AFTER_SURROGATES - CharSet.SURROGATES;
            }
            sizes[classOf[i]] += high - low + 1 - surrogates;
        }
        return sizes;
    }

    /**
     * The common refinement of two partitions.
     *
     * @param first maps a class of the refinement to the class of the first partition that contains
     *     it
     */
    record Refined(CharClasses classes, int[] first, int[] second) {}

    Refined refine(CharClasses other) {
        IntervalList intervals = new IntervalList(starts.length + other.starts.length);
        Map<Long, Integer> pairs = new HashMap<>();
        List<Long> order = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < starts.length && j < other.starts.length) {
            long pair = (long) classOf[i] << 32 | other.classOf[j];
            Integer known = pairs.get(pair);
            if (known == null) {
                known = order.size();
                pairs.put(pair, known);
                order.add(pair);
            }
            intervals.add(Math.max(starts[i], other.starts[j]), known);
            int endOfThis = end(i);
            int endOfOther = other.end(j);
            i += endOfThis <= endOfOther ? 1 : 0;
            j += endOfOther <= endOfThis ? 1 : 0;
        }
        int[] first = order.stream().mapToInt(p -> (int) (p >> 32)).toArray();
        int[] second = order.stream().mapToInt(Long::intValue).toArray();
        return new Refined(intervals.toClasses(order.size()), first, second);
    }

    /** The same partition with classes merged and renumbered by {@code to}. */
    CharClasses merge(int[] to, int newCount) {
        IntervalList intervals = new IntervalList(starts.length);
        for (int i = 0; i < starts.length; i++) {
            intervals.add(starts[i], to[classOf[i]]);
        }
        return intervals.toClasses(newCount);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CharClasses other
                && Arrays.equals(starts, other.starts)
                && Arrays.equals(classOf, other.classOf);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(starts) + Arrays.hashCode(classOf);
    }

    /** Intervals in ascending order. Adjacent intervals of the same class are merged. */
    private static final class IntervalList {
        private final int[] starts;
        private final int[] classes;
        private int size;

        IntervalList(int capacity) {
            starts = new int[capacity];
            classes = new int[capacity];
        }

        void add(int start, int classOfIt) {
            if (size > 0 && classes[size - 1] == classOfIt) {
                return;
            }
            starts[size] = start;
            classes[size++] = classOfIt;
        }

        CharClasses toClasses(int count) {
            return new CharClasses(
                    Arrays.copyOf(starts, size), Arrays.copyOf(classes, size), count);
        }
    }
}
