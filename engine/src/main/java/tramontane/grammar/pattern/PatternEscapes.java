package tramontane.grammar.pattern;

import tramontane.grammar.automaton.CharSet;

/** Reads escapes that stand for characters or sets of characters. */
final class PatternEscapes {
    /**
     * Letters whose escapes have a meaning in other dialects, but in JavaScript stand for
     * themselves.
     */
    private static final String AMBIGUOUS = "aeEGHKLlNQRUVX";

    private final PatternText text;

    PatternEscapes(PatternText text) {
        this.text = text;
    }

    /**
     * One item of a pattern or class.
     *
     * @param only the code point if it is a single one, including a lone surrogate; else -1
     */
    record Item(CharSet set, int only) {
        static Item of(int codePoint) {
            return new Item(CharSet.range(codePoint, codePoint), codePoint);
        }
    }

    Item read(boolean inClass) {
        int c = text.next();
        CharSet set = set(c);
        return set.isEmpty() ? Item.of(character(c, inClass)) : new Item(set, -1);
    }

    private CharSet set(int c) {
        return switch (c) {
            case 'd' -> UnicodeSets.DIGIT;
            case 'D' -> UnicodeSets.DIGIT.complement();
            case 'w' -> UnicodeSets.WORD;
            case 'W' -> UnicodeSets.WORD.complement();
            case 's' -> UnicodeSets.SPACE;
            case 'S' -> UnicodeSets.SPACE.complement();
            case 'h' -> UnicodeSets.BLANK;
            case 'p', 'P' -> property(c == 'P');
            default -> CharSet.none();
        };
    }

    private int character(int c, boolean inClass) {
        return switch (c) {
            case 'b' -> '\b';
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'v' -> 0x0b;
            case 'f' -> '\f';
            case 'r' -> '\r';
            case 'x' -> hexOr(2, 'x');
            case 'u' -> unicode();
            case 'c' -> control();
            case 'k' -> throw text.refuse("backreferences are not supported");
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> digits(c, inClass);
            default -> {
                if (c < 128 && AMBIGUOUS.indexOf(c) >= 0) {
                    throw text.refuse(
                            "\\" + (char) c + " means different things in different dialects");
                }
                yield c;
            }
        };
    }

    private int hexOr(int digits, int otherwise) {
        int value = text.hex(digits);
        return value < 0 ? otherwise : value;
    }

    private int unicode() {
        int start = text.position();
        if (text.take('{')) {
            String digits = text.upTo('}');
            if (digits.matches("0*[0-9a-fA-F]{1,6}")
                    && Integer.parseInt(digits, 16) < CharSet.END) {
                return Integer.parseInt(digits, 16);
            }
            text.position(start);
            return 'u';
        }
        int high = hexOr(4, 'u');
        if (high < 0xD800 || high > 0xDBFF) {
            return high;
        }
        int afterHigh = text.position();
        int low = text.take("\\u") ? text.hex(4) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            return Character.toCodePoint((char) high, (char) low);
        }
        text.position(afterHigh);
        return high;
    }

    private int control() {
        if (!text.atEnd() && text.peek() < 128 && Character.isLetter(text.peek())) {
            return text.next() % 32;
        }
        // Without a letter the backslash stands for itself, and the c is the next character.
        text.back();
        return '\\';
    }

    /** An octal escape, or a back reference if a group has that number. */
    private int digits(int first, boolean inClass) {
        text.back();
        int start = text.position();
        int number = text.number();
        if (!inClass && number > 0 && number <= text.capturingGroups()) {
            throw text.refuse("backreferences are not supported");
        }
        text.position(start);
        text.next();
        if (first > '7') {
            return first;
        }
        int value = first - '0';
        while (!text.atEnd()
                && text.peek() >= '0'
                && text.peek() <= '7'
                && value * 8 + text.peek() - '0' <= 255
                && text.position() - start < 3) {
            value = value * 8 + text.next() - '0';
        }
        return value;
    }

    private CharSet property(boolean negated) {
        String name;
        if (text.take('{')) {
            name = text.upTo('}');
        } else {
            name = text.atEnd() ? "" : Character.toString(text.next());
        }
        boolean caret = name.startsWith("^");
        String bare = caret ? name.substring(1) : name;
        CharSet set =
                UnicodeSets.property(bare)
                        .orElseThrow(() -> text.refuse("unknown property '" + bare + "'"));
        return negated != caret ? set.complement() : set;
    }
}
