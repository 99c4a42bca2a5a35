package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tramontane.token.Span;

/**
 * A string that knows the origin of its characters. Equality, order and hash depend only on the
 * characters, so a template sees the caller's text unchanged.
 *
 * <pre>
 *   chars    &lt; | u s e r | &gt; H e l l o
 *   trusted  [0 ......... 8)               pairs of start and end, ascending, never touching
 * </pre>
 */
public final class Text {
    static final Text EMPTY = new Text("", new int[0], false);

    private final String chars;
    private final int[] trusted;
    // Python's Markup: `+` with such a text escapes the other operand. The template of functionary
    // depends on it.
    private final boolean markup;

    Text(String chars, int[] trusted, boolean markup) {
        this.chars = chars;
        this.trusted = trusted;
        this.markup = markup;
    }

    /** Text that can spell special tokens. */
    public static Text trusted(String chars) {
        return chars.isEmpty() ? EMPTY : new Text(chars, new int[] {0, chars.length()}, false);
    }

    /** Text from a caller. */
    public static Text untrusted(String chars) {
        return new Text(chars, EMPTY.trusted, false);
    }

    /** The text as runs of one origin, none of them empty. */
    public List<Span> spans() {
        List<Span> spans = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < trusted.length; i += 2) {
            if (trusted[i] > at) {
                spans.add(new Span(chars.substring(at, trusted[i]), false));
            }
            spans.add(new Span(chars.substring(trusted[i], trusted[i + 1]), true));
            at = trusted[i + 1];
        }
        if (at < chars.length()) {
            spans.add(new Span(chars.substring(at), false));
        }
        return spans;
    }

    String chars() {
        return chars;
    }

    int length() {
        return chars.length();
    }

    boolean isEmpty() {
        return chars.isEmpty();
    }

    boolean isMarkup() {
        return markup;
    }

    Text asMarkup() {
        return new Text(chars, trusted, true);
    }

    Text asPlain() {
        return markup ? new Text(chars, trusted, false) : this;
    }

    /** The trusted ranges. They belong to this text and must not be modified. */
    int[] trustedRanges() {
        return trusted;
    }

    /** Characters {@code from} to {@code to}, counted in UTF-16 units. */
    Text slice(int from, int to, Budget budget) {
        if (from == 0 && to == chars.length()) {
            return this;
        }
        return new TextBuilder(budget).append(this, from, to).build();
    }

    /** Applies {@code change} to every run of one origin. */
    Text map(UnaryOperator<String> change, Budget budget) {
        TextBuilder out = new TextBuilder(budget);
        for (Span span : spans()) {
            out.append(change.apply(span.text()), span.trusted());
        }
        return out.build();
    }

    /** The length in code points, as in Python. */
    int codePoints() {
        return chars.codePointCount(0, chars.length());
    }

    /**
     * The UTF-16 offset of code point {@code index}. {@code codePoints} must be {@link
     * #codePoints()}.
     */
    int offset(int index, int codePoints) {
        return codePoints == chars.length() ? index : chars.offsetByCodePoints(0, index);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && chars.equals(text.chars);
    }

    @Override
    public int hashCode() {
        return chars.hashCode();
    }

    @Override
    public String toString() {
        return chars;
    }
}
