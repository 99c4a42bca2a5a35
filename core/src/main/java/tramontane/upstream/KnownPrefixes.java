package tramontane.upstream;

import java.util.Arrays;

/**
 * Hashes of the prompt beginnings that an address was sent last: 32,768 of them in 256 KiB. It is a
 * table of sets of eight, like a processor's cache; within a set the least recently used hash is
 * forgotten first. Guarded by its monitor.
 */
final class KnownPrefixes {
    private static final int WAYS = 8;
    private static final int SETS = 1 << 12;

    /** The most hashes that are known at a time. */
    static final int MAX = SETS * WAYS;

    /** Zero is an empty place. */
    private final long[] hashes = new long[MAX];

    /** How many of the leading hashes are known, if the last of these is. */
    synchronized int matching(long[] prefixes) {
        for (int i = prefixes.length; i > 0; i--) {
            if (place(prefixes[i - 1]) >= 0) {
                return i;
            }
        }
        return 0;
    }

    synchronized void add(long[] prefixes) {
        for (long prefix : prefixes) {
            int set = set(prefix);
            int place = place(prefix);
            int last = place >= 0 ? place : set + WAYS - 1;
            System.arraycopy(hashes, set, hashes, set + 1, last - set);
            hashes[set] = prefix;
        }
    }

    synchronized void clear() {
        Arrays.fill(hashes, 0);
    }

    private int place(long prefix) {
        int set = set(prefix);
        for (int i = set; i < set + WAYS; i++) {
            if (hashes[i] == prefix) {
                return i;
            }
        }
        return -1;
    }

    private static int set(long prefix) {
        return (int) (prefix & SETS - 1) * WAYS;
    }
}
