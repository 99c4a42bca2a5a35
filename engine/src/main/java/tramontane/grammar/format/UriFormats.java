package tramontane.grammar.format;

import tramontane.grammar.automaton.Automaton;

/** RFC 3986, 3987 and 6570. */
final class UriFormats {
    private static final String ENCODED = "%[\\da-fA-F]{2}";
    private static final String UNRESERVED = "a-zA-Z\\d._~\\-";
    private static final String DELIMITERS = "!$&'()*+,;=";
    private static final String IRI_LETTERS =
            "\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}" + planes();
    private static final String IRI_PRIVATE =
            "\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}";

    /**
     * The differences between URIs and IRIs: the characters that need no encoding, everywhere and
     * in queries.
     */
    private record Letters(String everywhere, String inQuery) {}

    private static final Letters URI = new Letters("", "");
    private static final Letters IRI = new Letters(IRI_LETTERS, IRI_PRIVATE);

    private UriFormats() {}

    private static String planes() {
        StringBuilder planes = new StringBuilder();
        for (int plane = 1; plane <= 14; plane++) {
            int start = plane == 14 ? 0xE1000 : plane << 16;
            planes.append(String.format("\\u{%X}-\\u{%X}", start, (plane << 16) + 0xFFFD));
        }
        return planes.toString();
    }

    static Automaton uri() {
        return Formats.whole(absolute(URI));
    }

    static Automaton iri() {
        return Formats.whole(absolute(IRI));
    }

    static Automaton uriReference() {
        return Formats.whole(absolute(URI)).or(Formats.whole(relative(URI)));
    }

    static Automaton iriReference() {
        return Formats.whole(absolute(IRI)).or(Formats.whole(relative(IRI)));
    }

    private static String absolute(Letters letters) {
        String rootless = segment(letters, ":@") + "+" + segments(letters);
        return "[a-zA-Z][a-zA-Z\\d+.-]*:" + rest(letters, rootless);
    }

    private static String relative(Letters letters) {
        String withoutColon = segment(letters, "@") + "+" + segments(letters);
        return rest(letters, withoutColon);
    }

    /**
     * Authority and path, or a path alone that starts with {@code first}; then query and fragment.
     */
    private static String rest(Letters letters, String first) {
        String absolutePath = "/(?:" + segment(letters, ":@") + "+" + segments(letters) + ")?";
        String inQuery =
                "(?:["
                        + UNRESERVED
                        + DELIMITERS
                        + ":@/?"
                        + letters.everywhere()
                        + letters.inQuery()
                        + "]|"
                        + ENCODED
                        + ")*";
        String inFragment = segment(letters, ":@/?") + "*";
        return "(?://"
                + authority(letters)
                + segments(letters)
                + "|"
                + absolutePath
                + "|"
                + first
                + "|)(?:\\?"
                + inQuery
                + ")?(?:#"
                + inFragment
                + ")?";
    }

    private static String segment(Letters letters, String more) {
        return "(?:["
                + UNRESERVED
                + DELIMITERS
                + more
                + letters.everywhere()
                + "]|"
                + ENCODED
                + ")";
    }

    private static String segments(Letters letters) {
        return "(?:/" + segment(letters, ":@") + "*)*";
    }

    private static String authority(Letters letters) {
        String future = "[vV][\\da-fA-F]+\\.[" + UNRESERVED + DELIMITERS + ":]+";
        String literal = "\\[(?:" + HostFormats.IPV6 + "|" + future + ")\\]";
        String user = "(?:" + segment(letters, ":") + "*@)?";
        return user + "(?:" + literal + "|" + segment(letters, "") + "*)(?::\\d*)?";
    }

    static Automaton uriTemplate() {
        String literal = "[!#$&'(-;=?-\\[\\]_a-z~" + IRI_LETTERS + IRI_PRIVATE + "]|" + ENCODED;
        String letter = "(?:[\\w]|" + ENCODED + ")";
        String variable = letter + "+(?:\\." + letter + "+)*(?::[1-9]\\d{0,3}|\\*)?";
        String expression = "\\{[+#./;?&]?" + variable + "(?:," + variable + ")*\\}";
        return Formats.whole("(?:" + literal + "|" + expression + ")*");
    }
}
