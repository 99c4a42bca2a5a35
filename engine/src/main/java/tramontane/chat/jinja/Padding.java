package tramontane.chat.jinja;

/** Pads texts to a width. */
final class Padding {
    private Padding() {}

    /** {@code align} is one of {@code < > ^}. The padding counts as the template's text. */
    static Text pad(Text text, int width, int fill, char align, Budget budget) {
        budget.scan(text.length());
        int missing = bounded(width) - text.codePoints();
        if (missing <= 0) {
            return text;
        }
        int before =
                switch (align) {
                    case '<' -> 0;
                    case '^' -> missing / 2;
                    default -> missing;
                };
        return new TextBuilder(budget)
                .append(Character.toString(fill).repeat(before), true)
                .append(text)
                .append(Character.toString(fill).repeat(missing - before), true)
                .build();
    }

    /**
     * Python's {@code str.center}. Unlike with {@code ^}, an odd blank goes left if the width is
     * odd.
     */
    static Text center(Text text, int width, int fill, Budget budget) {
        int missing = bounded(width) - text.codePoints();
        int left = missing <= 0 ? 0 : missing / 2 + (missing & width & 1);
        Text padded = pad(text, text.codePoints() + left, fill, '>', budget);
        return pad(padded, width, fill, '<', budget);
    }

    /** Pads a number. {@code align} can also be {@code =}, which pads between sign and digits. */
    static Text number(String sign, String digits, int width, int fill, char align, Budget budget) {
        if (align != '=') {
            return pad(Text.trusted(sign + digits), width, fill, align, budget);
        }
        Text filled = pad(Text.trusted(digits), bounded(width) - sign.length(), fill, '>', budget);
        return new TextBuilder(budget).append(sign, true).append(filled).build();
    }

    private static int bounded(int width) {
        if (width > NumberFormat.MAX_WIDTH) {
            throw TemplateException.limit("a width is above " + NumberFormat.MAX_WIDTH);
        }
        return Math.max(width, 0);
    }
}
