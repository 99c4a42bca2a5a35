package tramontane.backend;

import java.util.List;

/** Finds stop strings in streamed text, and holds back text that may be the start of one. */
final class StopScanner {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopScanner(List<String> stops) {
        this.stops = stops;
    }

    /** True if a stop string was found; the text ends there. */
    boolean stopped() {
        return stopped;
    }

    /** Adds text, and returns what is certain to precede any stop string. */
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

    /** The text held back; called at the end of the answer. */
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

    /** Length of the longest suffix of the held text that is a prefix of a stop string. */
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
