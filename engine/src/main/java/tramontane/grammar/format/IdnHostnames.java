package tramontane.grammar.format;

import java.text.Normalizer;
import java.util.Locale;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.CharSet;
import tramontane.grammar.pattern.EcmaPattern;
import tramontane.grammar.pattern.UnicodeSets;

/**
 * Internationalized host names: RFC 5891 with the code points and contextual rules of RFC 5892, and
 * RFC 5893 for scripts written from right to left.
 *
 * <p>The automaton accepts less than the RFCs: a zero-width non-joiner needs a virama before it,
 * and lengths are counted with an upper bound for each code point.
 */
final class IdnHostnames {
    private static final CharSet SEPARATORS = CharSet.of(".\u3002\uff0e\uff61");
    private static final CharSet ALLOWED_BY_NAME =
            CharSet.of("\u00df\u03c2\u06fd\u06fe\u0f0b\u3007");
    private static final CharSet FORBIDDEN_BY_NAME =
            CharSet.of("\u0640\u07fa\u302e\u302f\u303b").or(CharSet.range(0x3031, 0x3035));

    private final CharSet allowed = allowed();
    private final CharSet marks = allowed.and(property("M"));

    private IdnHostnames() {}

    static Automaton hostname() {
        return new IdnHostnames().build();
    }

    private Automaton build() {
        String separator = text(SEPARATORS);
        String plain = "[a-zA-Z\\d](?:[a-zA-Z\\d-]*[a-zA-Z\\d])?";
        String leftToRight = "(?:" + plain + "|" + leftToRight() + ")";
        String rightToLeft =
                "(?:"
                        + rightToLeft("\\d\\u06f0-\\u06f9")
                        + "|"
                        + rightToLeft("\\u0660-\\u0669")
                        + ")";
        String noDigitFirst = "(?![\\d\\u06f0-\\u06f9])" + leftToRight;
        String mixed = "(?:" + noDigitFirst + "|" + rightToLeft + ")";
        Automaton oneWay = names(leftToRight, separator);
        Automaton bothWays = names(mixed, separator);
        Automaton reserved = EcmaPattern.search("(?:^|" + separator + ")..--");
        return oneWay.or(bothWays).minus(reserved).and(HostnameLength.shortEnough(SEPARATORS, 32));
    }

    private static Automaton names(String label, String separator) {
        return Formats.whole(label + "(?:" + separator + label + ")*");
    }

    private String leftToRight() {
        CharSet letters = allowed.and(directed(Character.DIRECTIONALITY_LEFT_TO_RIGHT));
        CharSet digits = UnicodeSets.DIGIT.or(CharSet.range(0x6f0, 0x6f9));
        CharSet first = letters.or(digits).minus(marks);
        CharSet inside = first.or(letters).or(nonspacing()).or(CharSet.of("-"));
        String east =
                text(
                        property("sc=Hiragana")
                                .or(property("sc=Katakana"))
                                .or(property("sc=Han"))
                                .and(allowed));
        String any = "[^" + inner(SEPARATORS) + "]*";
        String inContext =
                "(?<=l)\\u00b7(?=l)|\\u0375(?=\\p{sc=Greek})|"
                        + joiners()
                        + "|\\u30fb(?="
                        + any
                        + east
                        + ")|(?<="
                        + east
                        + any
                        + ")\\u30fb";
        // Only the Katakana middle dot may also come first.
        String begin = "(?:" + text(first) + "|(?=[\\u0375\\u30fb]))";
        return begin
                + "(?:"
                + text(inside)
                + "|"
                + inContext
                + ")*(?<=[^-"
                + inner(SEPARATORS)
                + "])";
    }

    private String rightToLeft(String digits) {
        CharSet letters =
                allowed.and(
                        directed(Character.DIRECTIONALITY_RIGHT_TO_LEFT)
                                .or(directed(Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC)));
        CharSet plain = letters.minus(CharSet.of("\u05f3\u05f4"));
        String hebrew = "(?<=\\p{sc=Hebrew})[\\u05f3\\u05f4]";
        String marksAfter = text(nonspacing()) + "*";
        String end = "(?:" + text(plain) + "|" + hebrew + "|[" + digits + "])" + marksAfter;
        return text(plain) + marksAfter + "(?:(?:-|" + joiners() + ")*" + end + ")*";
    }

    private String joiners() {
        return "(?<=" + text(viramas()) + ")[\\u200c\\u200d]";
    }

    private CharSet nonspacing() {
        return allowed.and(directed(Character.DIRECTIONALITY_NONSPACING_MARK));
    }

    /** Viramas, found by their names because the JDK does not expose combining classes. */
    private static CharSet viramas() {
        CharSet.Ranges ranges = new CharSet.Ranges();
        for (int c = 0x900; c < 0x1200; c++) {
            if (Character.isDefined(c) && Character.getName(c).endsWith("SIGN VIRAMA")) {
                ranges.add(c, c);
            }
        }
        return ranges.toSet();
    }

    private static CharSet property(String name) {
        return UnicodeSets.property(name).orElse(CharSet.none());
    }

    private static CharSet directed(int direction) {
        CharSet.Ranges ranges = new CharSet.Ranges();
        for (int c = 0; c < CharSet.END; c++) {
            if (Character.getDirectionality(c) == direction) {
                ranges.add(c, c);
            }
        }
        return ranges.toSet();
    }

    /** Letters, marks and digits that neither case folding nor normalization changes. */
    private static CharSet allowed() {
        CharSet candidates =
                property("Ll")
                        .or(property("Lo"))
                        .or(property("Lm"))
                        .or(property("Mn"))
                        .or(property("Mc"))
                        .or(property("Nd"));
        CharSet.Ranges stable = new CharSet.Ranges();
        for (int r = 0; r < candidates.ranges(); r++) {
            for (int c = candidates.low(r); c <= candidates.high(r); c++) {
                if (isStable(Character.toString(c))) {
                    stable.add(c, c);
                }
            }
        }
        return stable.toSet().or(ALLOWED_BY_NAME).minus(FORBIDDEN_BY_NAME);
    }

    private static boolean isStable(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFKC);
        String folded = composed.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded, Normalizer.Form.NFKC).equals(text);
    }

    private static String text(CharSet set) {
        return "[" + inner(set) + "]";
    }

    private static String inner(CharSet set) {
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < set.ranges(); r++) {
            text.append(String.format("\\u{%X}-\\u{%X}", set.low(r), set.high(r)));
        }
        return text.toString();
    }
}
