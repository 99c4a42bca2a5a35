package tramontane.token;

/**
 * Splits text into words like the regular expressions of the GPT family, but in linear time. The
 * text is {@code text[position, end)}; each scan returns the end of the word that starts at {@code
 * position}. In the comments, L is a letter, N a number and S white space.
 */
final class WordScanner {
    private final int[] text;
    private final int end;

    WordScanner(int[] text, int end) {
        this.text = text;
        this.end = end;
    }

    /** {@code 's|'t|'re|'ve|'m|'ll|'d| ?L+| ?N+| ?[^SLN]+|S+(?!\S)|S+}. */
    int gpt2(int position) {
        int contraction = contraction(position, false);
        if (contraction > position) {
            return contraction;
        }
        int start = text[position] == ' ' ? position + 1 : position;
        int first = classAt(start);
        if ((first & CharClass.LETTER) != 0) {
            return run(start, CharClass.LETTER);
        }
        if ((first & CharClass.NUMBER) != 0) {
            return run(start, CharClass.NUMBER);
        }
        return isSymbol(first) ? symbols(start) : blanks(position);
    }

    /** {@code (?i:'s|...)|[^\r\nLN]?L+|N{1,digits}| ?[^SLN]+[\r\n]*|S*[\r\n]+|S+(?!\S)|S+}. */
    int llama3(int position, int digits) {
        int contraction = contraction(position, true);
        if (contraction > position) {
            return contraction;
        }
        int start = startsWord(position) ? position + 1 : position;
        int letters = run(start, CharClass.LETTER);
        return letters > start ? letters : rest(position, digits, false);
    }

    /**
     * {@code [^\r\nLN]?U*W+|[^\r\nLN]?U+W*|N| ?[^SLN]+[\r\n/]*|S*[\r\n]+|S+(?!\S)|S+}, where U are
     * upper case letters and W lower case letters; letters without case and marks are both.
     */
    int tekken(int position) {
        boolean lead = startsWord(position);
        int word = lead ? endingLower(position + 1) : position;
        if (word <= position + 1) {
            word = Math.max(endingLower(position), position);
        }
        if (word == position && lead) {
            int upper = run(position + 1, CharClass.UPPER);
            word = upper > position + 1 ? run(upper, CharClass.LOWER) : position;
        }
        if (word == position) {
            int upper = run(position, CharClass.UPPER);
            word = upper > position ? run(upper, CharClass.LOWER) : position;
        }
        return word > position ? word : rest(position, 1, true);
    }

    /**
     * Returns the end of {@code U*W+} at {@code start}, or {@code start} if it does not match. If
     * no W follows the run of U, the expression backtracks to the last U that is a W as well, and
     * the match ends there.
     */
    private int endingLower(int start) {
        int position = start;
        int lastBoth = start;
        int found = classAt(position);
        while ((found & CharClass.UPPER) != 0) {
            position++;
            if ((found & CharClass.LOWER) != 0) {
                lastBoth = position;
            }
            found = classAt(position);
        }
        return (found & CharClass.LOWER) != 0 ? run(position, CharClass.LOWER) : lastBoth;
    }

    private int rest(int position, int digits, boolean slashEndsSymbols) {
        int first = classAt(position);
        if ((first & CharClass.NUMBER) != 0) {
            int limit = Math.min(end, position + digits);
            int number = position + 1;
            while (number < limit && (classAt(number) & CharClass.NUMBER) != 0) {
                number++;
            }
            return number;
        }
        int start = text[position] == ' ' ? position + 1 : position;
        if (isSymbol(classAt(start))) {
            int after = symbols(start);
            while (after < end
                    && (isLineEnd(text[after]) || slashEndsSymbols && text[after] == '/')) {
                after++;
            }
            return after;
        }
        return lines(position);
    }

    /** {@code S*[\r\n]+}, or else {@link #blanks}. */
    private int lines(int position) {
        int afterLineEnd = position;
        for (int i = position; (classAt(i) & CharClass.SPACE) != 0; i++) {
            if (isLineEnd(text[i])) {
                afterLineEnd = i + 1;
            }
        }
        return afterLineEnd > position ? afterLineEnd : blanks(position);
    }

    /** {@code S+(?!\S)|S+}: the last blank before a word belongs to the word. */
    private int blanks(int position) {
        int after = run(position, CharClass.SPACE);
        boolean leaveOne = after < end && after > position + 1;
        return leaveOne ? after - 1 : Math.max(after, position + 1);
    }

    private int symbols(int position) {
        int i = position;
        while (isSymbol(classAt(i))) {
            i++;
        }
        return i;
    }

    private int run(int position, int mask) {
        int i = position;
        while ((classAt(i) & mask) != 0) {
            i++;
        }
        return i;
    }

    /** True if the code point can precede the letters of a word: {@code [^\r\nLN]}. */
    private boolean startsWord(int position) {
        return (classAt(position) & (CharClass.LETTER | CharClass.NUMBER)) == 0
                && !isLineEnd(text[position]);
    }

    private int contraction(int position, boolean anyCase) {
        if (text[position] != '\'' || position + 1 >= end) {
            return position;
        }
        int first = anyCase ? lower(text[position + 1]) : text[position + 1];
        if (first == 's' || first == 't' || first == 'm' || first == 'd') {
            return position + 2;
        }
        if (position + 2 >= end) {
            return position;
        }
        int second = anyCase ? lower(text[position + 2]) : text[position + 2];
        boolean two =
                (first == 'r' || first == 'v') && second == 'e' || first == 'l' && second == 'l';
        return two ? position + 3 : position;
    }

    private static int lower(int codePoint) {
        return codePoint >= 'A' && codePoint <= 'Z' ? codePoint + ('a' - 'A') : codePoint;
    }

    private static boolean isLineEnd(int codePoint) {
        return codePoint == '\r' || codePoint == '\n';
    }

    /** {@code [^SLN]}; false at the end of the text. */
    private static boolean isSymbol(int found) {
        return found != CharClass.END
                && (found & (CharClass.SPACE | CharClass.LETTER | CharClass.NUMBER)) == 0;
    }

    private int classAt(int position) {
        return position < end ? CharClass.of(text[position]) : CharClass.END;
    }
}
