package tramontane.chat.jinja;

import java.util.List;

/** The position of the parsers in the tokens. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token peek() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            at++;
        }
        return found;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            at++;
        }
        return found;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    Token expect(Token.Kind kind, String what) {
        if (current().kind() != kind) {
            throw unexpected(what);
        }
        return next();
    }

    TemplateException unexpected(String wanted) {
        return fail("expected " + wanted + ", found " + current().describe());
    }

    TemplateException fail(String reason) {
        return TemplateException.syntax(reason, current().line());
    }

    int position() {
        return at;
    }

    /** True if a name was read since {@code position}. */
    boolean hasRead(String name, int position) {
        return tokens.subList(position, at).stream().anyMatch(token -> token.isName(name));
    }

    void enter() {
        if (++depth > TemplateLimits.MAX_SOURCE_DEPTH) {
            throw fail("nested deeper than " + TemplateLimits.MAX_SOURCE_DEPTH + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
