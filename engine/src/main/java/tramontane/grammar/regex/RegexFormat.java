package tramontane.grammar.regex;

/**
 * The part of regular expressions that every dialect reads alike: characters, classes, the common
 * escapes, counts, and groups and look-aheads within groups a few deep.
 */
final class RegexFormat {
    private static final int DEPTH = 3;

    private static final String CHARACTER = "[^\\x00-\\x1f\\\\^$.*+?()\\[\\]{}|]";
    private static final String HEX = "[\\da-fA-F]";

    /** What stands for a character or a class of them, within brackets too. */
    private static final String ESCAPE =
            "\\\\(?:[dDwWsSfnrtv^$\\\\.*+?()\\[\\]{}|/]|x" + HEX + "{2}|u" + HEX + "{4})";

    private static final String ATOM =
            "(?:" + CHARACTER + "|\\.|" + ESCAPE + "|" + brackets() + ")";
    private static final String COUNT = count();

    private RegexFormat() {}

    static Automaton regex() {
        return Formats.whole(body(DEPTH));
    }

    private static String body(int depth) {
        String flat = ATOM + COUNT + "?|[|^$]|\\\\[bB]";
        if (depth == 0) {
            return "(?:" + flat + ")*";
        }
        String inner = body(depth - 1);
        String group = "\\((?:\\?:)?" + inner + "\\)" + COUNT + "?";
        String look = "\\(\\?[=!]" + inner + "\\)";
        return "(?:" + flat + "|" + group + "|" + look + ")*";
    }

    /** A dash is itself only at the beginning and the end; ranges are those mostly written. */
    private static String brackets() {
        String range = "a-[a-z]|A-[A-Z]|0-\\d|1-[1-9]";
        String item = "(?:[^\\x00-\\x1f\\\\^\\[\\]-]|" + range + "|" + ESCAPE + ")";
        return "\\[\\^?(?:-" + item + "*|" + item + "+)-?\\]";
    }

    /** A quantifier; of two counts the second is no less than the first. */
    private static String count() {
        StringBuilder two = new StringBuilder("[1-9]?\\d,[1-9]\\d{2}|\\d,[1-9]\\d");
        for (int least = 0; least < 100; least++) {
            int tens = least / 10;
            String sameTens = (tens == 0 ? "" : "" + tens) + "[" + least % 10 + "-9]";
            two.append('|').append(least).append(",(?:").append(sameTens);
            if (tens > 0 && tens < 9) {
                two.append("|[").append(tens + 1).append("-9]\\d");
            }
            two.append(')');
        }
        return "(?:(?:[*+?]|\\{(?:(?:0|[1-9]\\d{0,2}),?|" + two + ")\\})\\??)";
    }
}
