package tramontane.chat.jinja;

/**
 * HTML escapes, of which chat templates use little: the {@code escape} filter and what {@code safe}
 * entails.
 */
final class Escaping {
    private Escaping() {}

    /** The text with its HTML characters escaped, unless it already is marked as markup. */
    static Text markup(Text text, Budget budget) {
        if (text.isMarkup()) {
            return text;
        }
        String special = "&<>'\"";
        String[] escapes = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
        Text escaped =
                text.map(
                        run -> {
                            StringBuilder out = new StringBuilder();
                            for (int i = 0; i < run.length(); i++) {
                                int found = special.indexOf(run.charAt(i));
                                if (found < 0) {
                                    out.append(run.charAt(i));
                                } else {
                                    out.append(escapes[found]);
                                }
                            }
                            return out.toString();
                        },
                        budget);
        return escaped.asMarkup();
    }
}
