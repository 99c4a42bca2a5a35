package tramontane.grammar.format;

import tramontane.grammar.automaton.Automaton;

/**
 * The regular expressions that all dialects read alike: characters, classes, the common escapes,
 * quantifiers, and groups and look-aheads up to a small nesting depth.
 */
final class RegexFormat {
    private static final int DEPTH = 3;

    private static final String CHARACTER = "[^\\x00-\\x1f\\\\^$.*+?()\\[\\]{}|]";
    private static final String HEX = "[\\da-fA-F]";

    /** Escapes for a character or a class of characters, also allowed within brackets. */
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

    /** A dash is literal only at the start and the end. Ranges are the most common ones. */
    private static String brackets() {
        String range = "a-[a-z]|A-[A-Z]|0-\\d|1-[1-9]";
        String item = "(?:[^\\x00-\\x1f\\\\^\\[\\]-]|" + range + "|" + ESCAPE + ")";
        return "\\[\\^?(?:-" + item + "*|" + item + "+)-?\\]";
    }

    /** A quantifier. In {m,n}, n is not less than m. */
    private static String count() {
        StringBuilder two = new StringBuilder("[1-9]?\\d,[1-9]\\d{2}|\\d,[1-9]\\d");
        for (int min = 0; min < 100; min++) {
            int tens = min / 10;
            String sameTens = (tens == 0 ? "" : "" + tens) + "[" + min % 10 + "-9]";
            two.append('|').append(min).append(",(?:").append(sameTens);
            if (tens > 0 && tens < 9) {
                two.append("|[").append(tens + 1).append("-9]\\d");
            }
            two.append(')');
        }
        return "(?:(?:[*+?]|\\{(?:(?:0|[1-9]\\d{0,2}),?|" + two + ")\\})\\??)";
    }
}
