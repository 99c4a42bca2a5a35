package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a template into tokens. White space follows jinja2's {@code trim_blocks} and {@code
 * lstrip_blocks}: the line break behind a block or comment is removed, and so are the blanks before
 * it at the beginning of a line. A minus sign in a delimiter removes all white space on its side, a
 * plus sign keeps it.
 */
final class Lexer {
    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%\\}");
    private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int lineOffset;
    private int line = 1;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        if (text.endsWith("\n")) {
            text = text.substring(0, text.length() - 1);
        }
        Lexer lexer = new Lexer(text);
        lexer.template();
        return lexer.tokens;
    }

    private void template() {
        while (at < source.length()) {
            int open = nextOpening();
            if (open < 0) {
                data(source.substring(at), at);
                at = source.length();
                break;
            }
            opening(open);
        }
        add(Token.Kind.END, "", at);
    }

    private int nextOpening() {
        for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private void opening(int open) {
        char second = source.charAt(open + 1);
        char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
        boolean signed = sign == '-' || sign == '+';
        data(stripBefore(source.substring(at, open), sign, second == '{'), at);
        at = open + (signed ? 3 : 2);
        if (second == '#') {
            comment(open);
            return;
        }
        Matcher raw = RAW_BEGIN.matcher(source).region(open, source.length());
        if (raw.lookingAt()) {
            at = raw.end();
            raw(open, raw.group(1).equals("-"));
            return;
        }
        boolean block = second == '%';
        add(
                block ? Token.Kind.BLOCK_BEGIN : Token.Kind.VARIABLE_BEGIN,
                source.substring(open, open + 2),
                open);
        new ExpressionLexer(block).run(open);
    }

    private String stripBefore(String text, char sign, boolean variable) {
        if (sign == '-') {
            return stripTrailing(text);
        }
        if (sign == '+' || variable) {
            return text;
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean first = lineStart > 0 || lineStarts;
        return first && stripTrailing(text.substring(lineStart)).isEmpty()
                ? text.substring(0, lineStart)
                : text;
    }

    private static String stripTrailing(String text) {
        int end = text.length();
        while (end > 0 && Characters.isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    private void comment(int open) {
        int close = source.indexOf("#}", at);
        if (close < 0) {
            throw TemplateException.syntax("a comment is not closed", lineOf(open));
        }
        char sign = close > at ? source.charAt(close - 1) : ' ';
        at = close + 2;
        endOfTag(sign, true);
    }

    private void raw(int open, boolean strip) {
        if (strip) {
            skipSpace();
        }
        Matcher end = RAW_END.matcher(source);
        if (!end.find(at)) {
            throw TemplateException.syntax("raw is not closed", lineOf(open));
        }
        String sign = end.group(1);
        lineStarts = at > 0 && source.charAt(at - 1) == '\n';
        data(
                stripBefore(
                        source.substring(at, end.start()),
                        sign.isEmpty() ? ' ' : sign.charAt(0),
                        false),
                at);
        at = end.end();
        endOfTag(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
    }

    /** Applies a closing delimiter to the white space behind it. */
    private void endOfTag(char sign, boolean trimsLine) {
        if (sign == '-') {
            skipSpace();
        } else if (trimsLine && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarts = source.charAt(at - 1) == '\n';
    }

    private void skipSpace() {
        while (at < source.length() && Characters.isSpace(source.charAt(at))) {
            at++;
        }
    }

    private void data(String text, int offset) {
        if (!text.isEmpty()) {
            add(Token.Kind.DATA, text, offset);
        }
    }

    private void add(Token.Kind kind, String text, int offset) {
        tokens.add(new Token(kind, text, lineOf(offset)));
    }

    private int lineOf(int offset) {
        for (; lineOffset < offset; lineOffset++) {
            if (source.charAt(lineOffset) == '\n') {
                line++;
            }
        }
        return line;
    }

    /** The tokens between two delimiters. */
    private final class ExpressionLexer {
        private static final List<String> OPERATORS =
                List.of(
                        "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]",
                        "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");
        private static final Pattern FLOAT =
                Pattern.compile(
                        "(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*"
                                + "\\d+|\\.(?:\\d+_)*\\d+)");
        private static final Pattern INTEGER =
                Pattern.compile(
                        "0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");

        // Java's regular expressions recurse over repeated groups, so their input is bounded.
        private static final int MAX_NUMBER_CHARS = 1000;

        private final boolean block;
        private final StringBuilder closers = new StringBuilder();

        ExpressionLexer(boolean block) {
            this.block = block;
        }

        void run(int open) {
            while (at < source.length()) {
                if (closers.isEmpty() && closes()) {
                    return;
                }
                next();
            }
            throw TemplateException.syntax(
                    (block ? "a block" : "an expression") + " is not closed",
                    lineOf(Math.min(open, lineOffset)));
        }

        private boolean closes() {
            String close = block ? "%}" : "}}";
            char sign = source.charAt(at);
            boolean signed = sign == '-' || (block && sign == '+');
            if (!source.startsWith(close, signed ? at + 1 : at)) {
                return false;
            }
            add(block ? Token.Kind.BLOCK_END : Token.Kind.VARIABLE_END, close, at);
            at += signed ? 3 : 2;
            endOfTag(signed ? sign : ' ', block);
            return true;
        }

        private void next() {
            char c = source.charAt(at);
            if (Characters.isSpace(c)) {
                at++;
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (c == '_' || Character.isUnicodeIdentifierStart(source.codePointAt(at))) {
                name();
            } else if (c == '"' || c == '\'') {
                string(c);
            } else {
                operator();
            }
        }

        private void number() {
            int limit = Math.min(source.length(), at + MAX_NUMBER_CHARS);
            Matcher decimal = FLOAT.matcher(source).region(at, limit);
            boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
            if (!afterDot && decimal.lookingAt()) {
                take(Token.Kind.FLOAT, decimal.end());
                return;
            }
            Matcher integer = INTEGER.matcher(source).region(at, limit);
            if (!integer.lookingAt()) {
                throw unexpected();
            }
            take(Token.Kind.INTEGER, integer.end());
        }

        private void name() {
            int end = at;
            while (end < source.length()) {
                int point = source.codePointAt(end);
                if (point != '_' && !Character.isUnicodeIdentifierPart(point)) {
                    break;
                }
                end += Character.charCount(point);
            }
            take(Token.Kind.NAME, end);
        }

        private void take(Token.Kind kind, int end) {
            add(kind, source.substring(at, end), at);
            at = end;
        }

        private void string(char quote) {
            int end = at + 1;
            while (end < source.length() && source.charAt(end) != quote) {
                end += source.charAt(end) == '\\' ? 2 : 1;
            }
            if (end >= source.length()) {
                throw TemplateException.syntax("a string is not closed", lineOf(at));
            }
            int start = at;
            String text = Characters.unescape(source.substring(at + 1, end), lineOf(at));
            at = end + 1;
            add(Token.Kind.STRING, text, start);
        }

        private void operator() {
            for (String operator : OPERATORS) {
                if (source.startsWith(operator, at)) {
                    balance(operator.charAt(0));
                    take(Token.Kind.OPERATOR, at + operator.length());
                    return;
                }
            }
            throw unexpected();
        }

        private void balance(char operator) {
            int opened = "([{".indexOf(operator);
            if (opened >= 0) {
                closers.append(")]}".charAt(opened));
            } else if (")]}".indexOf(operator) >= 0) {
                if (closers.isEmpty() || closers.charAt(closers.length() - 1) != operator) {
                    throw unexpected();
                }
                closers.setLength(closers.length() - 1);
            }
        }

        private TemplateException unexpected() {
            return TemplateException.syntax(
                    "unexpected character '" + Character.toString(source.codePointAt(at)) + "'",
                    lineOf(at));
        }
    }
}
