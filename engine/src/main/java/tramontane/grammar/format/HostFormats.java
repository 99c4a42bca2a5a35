package tramontane.grammar.format;

import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.CharSet;
import tramontane.grammar.pattern.EcmaPattern;

/** Host names, IP addresses and e-mail addresses. */
final class HostFormats {
    private static final String OCTET = "(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";

    /** RFC 2673, without leading zeros. */
    static final String IPV4 = "(?:" + OCTET + "\\.){3}" + OCTET;

    static final String IPV6 = ipv6Pattern();

    private static final String LABEL = "(?:[a-zA-Z\\d](?:[a-zA-Z\\d-]*[a-zA-Z\\d])?)";
    private static final String ATOM = "[a-zA-Z\\d!#$%&'*+/=?^_`{|}~\\-";
    private static final String BEYOND_ASCII = "\\u{80}-\\u{10FFFF}";

    private HostFormats() {}

    static Automaton ipv4() {
        return Formats.whole(IPV4);
    }

    static Automaton ipv6() {
        return Formats.whole(IPV6);
    }

    /**
     * RFC 4291: eight groups, one run of which may be left out; the last two may be an IPv4
     * address.
     */
    private static String ipv6Pattern() {
        String group = "[\\da-fA-F]{1,4}";
        String last = "(?:" + group + ":" + group + "|" + IPV4 + ")";
        StringBuilder pattern =
                new StringBuilder("(?:(?:").append(group).append(":){6}").append(last);
        for (int before = 0; before <= 7; before++) {
            String left = before == 0 ? "" : group + "(?::" + group + "){" + (before - 1) + "}";
            int max = 7 - before;
            pattern.append('|').append(left).append("::(?:");
            for (int after = 0; after <= max; after++) {
                pattern.append(after == 0 ? "" : "|");
                if (after == 1) {
                    pattern.append(group);
                } else if (after > 1) {
                    pattern.append("(?:").append(group).append(":){").append(after - 2);
                    pattern.append('}').append(last);
                }
            }
            pattern.append(')');
        }
        return pattern.append(')').toString();
    }

    /** RFC 1123. Labels with hyphens as third and fourth character are reserved for Punycode. */
    static Automaton hostname() {
        Automaton names = Formats.whole(LABEL + "(?:\\." + LABEL + ")*");
        Automaton reserved = EcmaPattern.search("(?:^|\\.)[^.]{2}--");
        return names.minus(reserved).and(HostnameLength.shortEnough(CharSet.of("."), 16));
    }

    /** RFC 5321, without comments. A quoted local part may contain any printable character. */
    static Automaton email() {
        return Formats.whole(mailbox("", "", "[a-zA-Z\\d-]"));
    }

    /** RFC 6531: characters beyond ASCII are allowed on both sides. */
    static Automaton idnEmail() {
        String label = "[a-zA-Z\\d" + BEYOND_ASCII + "-]";
        return Formats.whole(mailbox(BEYOND_ASCII, BEYOND_ASCII, label))
                .minus(EcmaPattern.search("@.*[\\u3002\\uff0e\\uff61]"));
    }

    private static String mailbox(String moreInAtoms, String moreInQuotes, String inLabel) {
        String atom = ATOM + moreInAtoms + "]+";
        String quoted = "\"(?:[ !#-\\[\\]-~" + moreInQuotes + "]|\\\\[ -~])*\"";
        String local = "(?:" + atom + "(?:\\." + atom + ")*|" + quoted + ")";
        String label = "(?!-)" + inLabel + "{1,63}(?<!-)";
        String domain = label + "(?:\\." + label + ")*";
        String literal = "\\[(?:" + IPV4 + "|IPv6:" + IPV6 + ")\\]";
        String shortLocal = "(?=(?:[^@\"]{1,64}|\"[^@]{0,62}\"|\".{0,62}\")@)";
        return shortLocal + local + "@(?:" + domain + "|" + literal + ")";
    }
}
