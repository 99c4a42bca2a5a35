package tramontane.token;

import java.text.Normalizer;

/**
 * How BERT prepares text (Devlin et al. 2018, the tokenizer's source): control characters are
 * dropped, white space becomes a space, an ideograph becomes a word, and a model without upper case
 * reads lower case without accents.
 *
 * <p>Each code point is treated by itself. Canonical reordering, which would need its neighbours
 * and can take quadratic time, only moves combining marks, and those are dropped.
 *
 * @param plain true for lower case without accents
 */
record BertNormalizer(boolean plain) {
    private static final int REPLACEMENT = 0xFFFD;

    /** Appends what becomes of a code point; nothing for one that is dropped. */
    void append(int value, IntList out) {
        if (value >= ' ' && value < 0x7F) {
            out.add(plain ? Character.toLowerCase(value) : value);
        } else if (isDropped(value)) {
            return;
        } else if (CharClass.of(value) == CharClass.SPACE) {
            out.add(' ');
        } else if (isIdeograph(value)) {
            out.add(' ');
            appendLetter(value, out);
            out.add(' ');
        } else {
            appendLetter(value, out);
        }
    }

    private void appendLetter(int value, IntList out) {
        if (!plain) {
            out.add(value);
            return;
        }
        String parts = Normalizer.normalize(Character.toString(value), Normalizer.Form.NFD);
        for (int at = 0; at < parts.length(); ) {
            int part = parts.codePointAt(at);
            if (Character.getType(part) != Character.NON_SPACING_MARK) {
                out.add(Character.toLowerCase(part));
            }
            at += Character.charCount(part);
        }
    }

    private static boolean isDropped(int value) {
        if (value == '\t' || value == '\n' || value == '\r') {
            return false;
        }
        return switch (Character.getType(value)) {
            case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE ->
                    true;
            default -> value == REPLACEMENT;
        };
    }

    /** The blocks of the reference; they leave out newer extensions. */
    private static boolean isIdeograph(int value) {
        return value >= 0x4E00 && value <= 0x9FFF
                || value >= 0x3400 && value <= 0x4DBF
                || value >= 0x20000 && value <= 0x2A6DF
                || value >= 0x2A700 && value <= 0x2B73F
                || value >= 0x2B740 && value <= 0x2B81F
                || value >= 0x2B920 && value <= 0x2CEAF
                || value >= 0xF900 && value <= 0xFAFF
                || value >= 0x2F800 && value <= 0x2FA1F;
    }

    /** True for a character that is always a word of its own. */
    static boolean isPunctuation(int value) {
        return value < 0x80
                ? value > ' ' && value < 0x7F && !Character.isLetterOrDigit(value)
                : (CharClass.of(value) & CharClass.PUNCTUATION) != 0;
    }
}
