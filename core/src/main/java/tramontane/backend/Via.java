package tramontane.backend;

import java.util.Collections;

/**
 * The header that gateways add to what they pass on (RFC 9110, 7.6.3). The Tramontanes in it are
 * counted, since servers that have each other as upstream would pass a request on for ever.
 */
public final class Via {
    /** Of a request: more gateways than these in a row are no design but a loop. */
    public static final int MAX_HOPS = 4;

    private static final String SELF = "1.1 tramontane";

    private Via() {}

    /** True if an entry of the header stands for a Tramontane. */
    public static boolean isTramontane(String entry) {
        return entry.strip().equalsIgnoreCase(SELF);
    }

    /** The header of a request that so many Tramontanes have passed on. */
    public static String of(int hops) {
        return String.join(", ", Collections.nCopies(hops, SELF));
    }
}
