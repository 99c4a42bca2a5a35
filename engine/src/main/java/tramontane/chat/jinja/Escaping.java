package tramontane.chat.jinja;

/** Escapes HTML, which chat templates rarely use: the {@code escape} and {@code safe} filters. */
final class Escaping {
    private Escaping() {}

    /** Escapes the HTML characters of a text that is not marked as markup. */
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
