package tramontane.backend;

import java.util.List;

/**
 * Finds stop strings in text that comes in pieces, and holds back what may be the beginning of one.
 */
final class StopScanner {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopScanner(List<String> stops) {
        this.stops = stops;
    }

    /** Whether a stop string has been found; no text follows. */
    boolean stopped() {
        return stopped;
    }

    /** The text that is now known to stand before any stop string. */
    String push(String text) {
        if (stopped) {
            return "";
        }
        if (stops.isEmpty()) {
            return text;
        }
        held.append(text);
        int found = earliest();
        if (found >= 0) {
            stopped = true;
            return held.substring(0, found);
        }
        return take(held.length() - longestBeginning());
    }

    /** What was held back, once no more text comes. */
    String flush() {
        return stopped ? "" : take(held.length());
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    private int earliest() {
        int earliest = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (earliest < 0 || at < earliest)) {
                earliest = at;
            }
        }
        return earliest;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length());
                    length > longest;
                    length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
