package tramontane.chat.dialect;

import java.util.List;

/**
 * Finds the first of some texts in text that comes in pieces, and holds back a beginning of one.
 */
final class MarkScanner {
    private final List<String> marks;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    MarkScanner(List<String> marks) {
        this.marks = List.copyOf(marks);
    }

    /** The text that is now known to stand before the first mark. */
    String push(String text) {
        held.append(text);
        int earliest = -1;
        for (String mark : marks) {
            int at = held.indexOf(mark);
            if (at >= 0 && (earliest < 0 || at < earliest)) {
                earliest = at;
            }
        }
        if (earliest >= 0) {
            found = true;
            return take(earliest);
        }
        return take(held.length() - longestBeginning());
    }

    /** Whether a mark was found; what is held begins with it. */
    boolean found() {
        return found;
    }

    /** All that is held back. */
    String flush() {
        return take(held.length());
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /** Length of the longest end of the held text that begins a mark. */
    private int longestBeginning() {
        int longest = 0;
        for (String mark : marks) {
            for (int length = Math.min(mark.length() - 1, held.length());
                    length > longest;
                    length--) {
                if (mark.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
