package tramontane.chat.jinja;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The {@code urlize} filter: converts URLs in a text to links. */
final class Links {
    /** Longer words are not links, because Java's regular expressions recurse over groups. */
    private static final int MAX_WORD_CHARS = 500;

    private static final Pattern URL =
            Pattern.compile(
                    "(?:(?:https?://|www\\.)(?:(?:[\\w%-]+\\.)+)?(?:[a-z]{2,63}|xn--[\\w%]{2,59})"
                            + "|(?:[\\w%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)"
                            + "|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}"
                            + "|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))"
                            + "(?::\\d{1,5})?(?:[/?#]\\S*)?",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern MAIL =
            Pattern.compile("\\S+@\\w[\\w.-]*\\.\\w+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final String[][] PAIRS = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};

    private final Text text;
    private final Budget budget;
    private final TextBuilder out;
    private final int limit;
    private final String attributes;
    private final Iterable<Object> schemes;

    private Links(Text text, Arguments arguments, Budget budget) {
        this.text = text;
        this.budget = budget;
        this.out = new TextBuilder(budget);
        Object given = arguments.get("trim_url_limit", None.NONE);
        limit = given == None.NONE ? Integer.MAX_VALUE : Values.number(given, "trim_url_limit");
        attributes = relation(arguments) + target(arguments, budget);
        Object more = arguments.get("extra_schemes", None.NONE);
        schemes = more == None.NONE ? java.util.List.of() : Values.items(more, budget);
    }

    static Text in(Text value, Arguments arguments, Interpreter in) {
        Text escaped = Escaping.markup(value, in.budget());
        Links links = new Links(escaped, arguments, in.budget());
        links.words();
        Text linked = links.out.build();
        return in.isAutoescaping() ? linked.asMarkup() : linked;
    }

    private static String relation(Arguments arguments) {
        Set<String> parts = new TreeSet<>();
        Object rel = arguments.get("rel", None.NONE);
        if (rel instanceof Text text) {
            parts.addAll(java.util.List.of(text.chars().strip().split("\\s+")));
        }
        if (arguments.flag("nofollow", false)) {
            parts.add("nofollow");
        }
        parts.add("noopener");
        parts.remove("");
        return " rel=\"" + String.join(" ", parts) + "\"";
    }

    private static String target(Arguments arguments, Budget budget) {
        Object target = arguments.get("target", None.NONE);
        return target instanceof Text name && !name.isEmpty()
                ? " target=\"" + Escaping.markup(name, budget).chars() + "\""
                : "";
    }

    private void words() {
        String chars = text.chars();
        budget.scan(4L * chars.length());
        int at = 0;
        while (at < chars.length()) {
            boolean space = Characters.isSpace(chars.charAt(at));
            int end = at;
            while (end < chars.length() && Characters.isSpace(chars.charAt(end)) == space) {
                end++;
            }
            if (space || end - at > MAX_WORD_CHARS) {
                out.append(text, at, end);
            } else {
                word(at, end);
            }
            at = end;
        }
    }

    /** Brackets before a URL and punctuation behind it are not part of the link. */
    private void word(int from, int to) {
        String chars = text.chars();
        int start = from;
        while (start < to && opening(chars, start, to) > 0) {
            start += opening(chars, start, to);
        }
        int end = to;
        while (end > start && closing(chars, start, end) > 0) {
            end -= closing(chars, start, end);
        }
        end = balanced(chars, start, end, to);
        out.append(text, from, start);
        link(start, end);
        out.append(text, end, to);
    }

    private static int opening(String chars, int at, int to) {
        if (chars.charAt(at) == '(' || chars.charAt(at) == '<') {
            return 1;
        }
        return chars.startsWith("&lt;", at) && at + 4 <= to ? 4 : 0;
    }

    private static int closing(String chars, int from, int end) {
        if (")>.,".indexOf(chars.charAt(end - 1)) >= 0) {
            return 1;
        }
        return end - from >= 4 && chars.startsWith("&gt;", end - 4) ? 4 : 0;
    }

    /** A closing bracket belongs to the URL if it was opened within it. */
    private static int balanced(String chars, int start, int end, int to) {
        int until = end;
        for (String[] pair : PAIRS) {
            int missing =
                    count(chars.substring(start, until), pair[0])
                            - count(chars.substring(start, until), pair[1]);
            for (; missing > 0; missing--) {
                int found = chars.indexOf(pair[1], until);
                if (found < 0 || found + pair[1].length() > to) {
                    break;
                }
                until = found + pair[1].length();
            }
        }
        return until;
    }

    private static int count(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private void link(int from, int to) {
        String word = text.chars().substring(from, to);
        Text address = text.slice(from, to, budget);
        if (URL.matcher(word).matches()) {
            boolean whole = word.startsWith("http://") || word.startsWith("https://");
            anchor(whole ? "" : "https://", address, attributes, trimmed(address));
        } else if (word.startsWith("mailto:") && MAIL.matcher(word.substring(7)).matches()) {
            anchor("", address, "", text.slice(from + 7, to, budget));
        } else if (isMail(word)) {
            anchor("mailto:", address, "", address);
        } else if (hasExtraScheme(word)) {
            anchor("", address, attributes, address);
        } else {
            out.append(address);
        }
    }

    private static boolean isMail(String word) {
        return word.indexOf('@') > 0
                && !word.startsWith("www.")
                && word.indexOf(':') < 0
                && MAIL.matcher(word).matches();
    }

    private boolean hasExtraScheme(String word) {
        for (Object scheme : schemes) {
            String name = Values.text(scheme, "a scheme").chars();
            if (!word.equals(name) && word.startsWith(name)) {
                return true;
            }
        }
        return false;
    }

    private Text trimmed(Text address) {
        int points = address.codePoints();
        if (points <= limit) {
            return address;
        }
        Text cut = address.slice(0, address.offset(Math.max(limit, 0), points), budget);
        return new TextBuilder(budget).append(cut).append("...", true).build();
    }

    private void anchor(String scheme, Text address, String more, Text shown) {
        out.append("<a href=\"" + scheme, true)
                .append(address)
                .append("\"" + more + ">", true)
                .append(shown)
                .append("</a>", true);
    }
}
