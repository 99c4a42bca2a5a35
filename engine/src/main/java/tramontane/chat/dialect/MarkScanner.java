package tramontane.chat.dialect;

import java.util.List;

/** Finds the first of several marks in a stream of text, and holds back an incomplete one. */
final class MarkScanner {
    private final List<String> marks;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    MarkScanner(List<String> marks) {
        this.marks = List.copyOf(marks);
    }

    /** Adds text, and returns the text that is now known to be before the first mark. */
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
        return take(held.length() - longestPartialMark());
    }

    /** True if a mark was found. The held text starts with it. */
    boolean found() {
        return found;
    }

    /** Returns and removes the held text. */
    String flush() {
        return take(held.length());
    }

    private String take(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /** The length of the longest suffix of the held text that is a prefix of a mark. */
    private int longestPartialMark() {
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
