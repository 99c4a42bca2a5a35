package tramontane.grammar.automaton;

/**
 * A refinable partition of the numbers below {@code size}: members are marked, then every set is
 * split into its marked and its unmarked members.
 *
 * <pre>
 * members   [ marked of set 0 | others of set 0 | marked of set 1 | ... ]
 *             ^first[0]        ^first[0]+marked[0] ^past[0] = first[1]
 * </pre>
 */
final class Partition {
    private final int[] members;
    private final int[] place;
    private final int[] setOf;
    private final int[] first;
    private final int[] past;
    private final int[] marked;
    private final int[] touched;
    private int touchedCount;
    private int sets;

    Partition(int size) {
        members = new int[size];
        place = new int[size];
        setOf = new int[size];
        first = new int[size + 1];
        past = new int[size + 1];
        marked = new int[size + 1];
        touched = new int[size + 1];
        for (int i = 0; i < size; i++) {
            members[i] = i;
            place[i] = i;
        }
        sets = size == 0 ? 0 : 1;
        past[0] = size;
    }

    int sets() {
        return sets;
    }

    int setOf(int member) {
        return setOf[member];
    }

    int first(int set) {
        return first[set];
    }

    int past(int set) {
        return past[set];
    }

    int member(int at) {
        return members[at];
    }

    void mark(int member) {
        int set = setOf[member];
        int from = place[member];
        int to = first[set] + marked[set];
        if (from < to) {
            return;
        }
        int other = members[to];
        members[from] = other;
        place[other] = from;
        members[to] = member;
        place[member] = to;
        if (marked[set]++ == 0) {
            touched[touchedCount++] = set;
        }
    }

    /** Splits each set that has marked members. The smaller part becomes the new set. */
    void split() {
        while (touchedCount > 0) {
            int set = touched[--touchedCount];
            int middle = first[set] + marked[set];
            int marks = marked[set];
            marked[set] = 0;
            if (middle == past[set]) {
                continue;
            }
            if (marks <= past[set] - middle) {
                first[sets] = first[set];
                past[sets] = middle;
                first[set] = middle;
            } else {
                first[sets] = middle;
                past[sets] = past[set];
                past[set] = middle;
            }
            for (int i = first[sets]; i < past[sets]; i++) {
                setOf[members[i]] = sets;
            }
            sets++;
        }
    }
}
