package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Parses a template: text, expressions and blocks. */
final class TemplateParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private final Map<String, List<Statement>> blocks = new HashMap<>();
    private int loops;

    private TemplateParser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    /** A template's statements, and the bodies of its blocks by name. */
    record Parsed(List<Statement> statements, Map<String, List<Statement>> blocks) {}

    static Parsed parse(String source) {
        if (source.length() > TemplateLimits.MAX_SOURCE_CHARS) {
            throw TemplateException.syntax(
                    "the chat template has "
                            + source.length()
                            + " characters, at most "
                            + TemplateLimits.MAX_SOURCE_CHARS
                            + " are read",
                    1);
        }
        TemplateParser parser = new TemplateParser(new TokenStream(Lexer.tokens(source)));
        List<Statement> statements = parser.body(Set.of());
        if (parser.tokens.current().kind() != Token.Kind.END) {
            throw parser.tokens.unexpected("a known block");
        }
        return new Parsed(statements, parser.blocks);
    }

    /**
     * Parses statements up to a block named in {@code ends}; its name is the current token then.
     */
    private List<Statement> body(Set<String> ends) {
        tokens.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Data(Text.trusted(tokens.next().text())));
                case VARIABLE_BEGIN -> statements.add(output());
                case BLOCK_BEGIN -> {
                    tokens.next();
                    if (ends.contains(tokens.current().text())) {
                        tokens.leave();
                        return statements;
                    }
                    statements.add(block());
                }
                case END -> {
                    if (!ends.isEmpty()) {
                        throw tokens.unexpected(String.join(" or ", ends));
                    }
                    tokens.leave();
                    return statements;
                }
                default -> throw tokens.unexpected("text or a block");
            }
        }
    }

    private Statement output() {
        int line = tokens.next().line();
        Expr value = expressions.tupleOrExpression();
        tokens.expect(Token.Kind.VARIABLE_END, "'}}'");
        return new Statement.Output(value, line);
    }

    private Statement block() {
        Token name = tokens.expect(Token.Kind.NAME, "a block's name");
        return switch (name.text()) {
            case "if" -> ifBlock(name.line());
            case "for" -> forBlock(name.line());
            case "set" -> setBlock(name.line());
            case "macro" -> macroBlock(name.line());
            case "call" -> callBlock(name.line());
            case "filter" -> filterBlock(name.line());
            case "with" -> withBlock();
            case "block" -> namedBlock(name.line());
            case "autoescape" -> {
                Expr wanted = expressions.expression();
                blockEnd();
                yield new Statement.AutoEscape(wanted, closedBody("endautoescape"), name.line());
            }
            case "include", "import", "from", "extends" -> {
                while (tokens.current().kind() != Token.Kind.BLOCK_END
                        && tokens.current().kind() != Token.Kind.END) {
                    tokens.next();
                }
                blockEnd();
                yield new Statement.Elsewhere(name.text(), name.line());
            }
            case "generation" -> {
                blockEnd();
                yield new Statement.With(List.of(), closedBody("endgeneration"));
            }
            case "break" -> {
                jump(name);
                yield new Statement.Break(name.line());
            }
            case "continue" -> {
                jump(name);
                yield new Statement.Continue(name.line());
            }
            default ->
                    throw TemplateException.syntax(
                            "unknown statement '" + name.text() + "'", name.line());
        };
    }

    private void jump(Token name) {
        if (loops == 0) {
            throw TemplateException.syntax("'" + name.text() + "' outside a loop", name.line());
        }
        blockEnd();
    }

    private void blockEnd() {
        tokens.expect(Token.Kind.BLOCK_END, "'%}'");
    }

    private List<Statement> closedBody(String end) {
        List<Statement> body = body(Set.of(end));
        tokens.next();
        blockEnd();
        return body;
    }

    private Statement ifBlock(int line) {
        List<Statement.Branch> branches = new ArrayList<>();
        String end = "elif";
        while (end.equals("elif")) {
            Expr condition = expressions.tupleOrExpression();
            blockEnd();
            branches.add(new Statement.Branch(condition, body(Set.of("elif", "else", "endif"))));
            end = tokens.next().text();
        }
        blockEnd();
        return new Statement.If(
                branches, end.equals("else") ? closedBody("endif") : List.of(), line);
    }

    private Statement forBlock(int line) {
        Statement.Target target = target();
        tokens.expectName("in");
        Expr items = expressions.tupleWithoutCondition();
        Optional<Expr> condition =
                tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean recursive = tokens.skipName("recursive");
        blockEnd();
        loops++;
        List<Statement> body = body(Set.of("else", "endfor"));
        loops--;
        boolean hasElse = tokens.next().isName("else");
        blockEnd();
        List<Statement> otherwise = hasElse ? closedBody("endfor") : List.of();
        return new Statement.For(
                target, items, condition, new Statement.Loop(recursive, body, otherwise), line);
    }

    private Statement.Target target() {
        List<Statement.Target> targets = new ArrayList<>();
        boolean unpacked = false;
        do {
            targets.add(singleTarget());
            unpacked |= tokens.current().isOperator(",");
        } while (tokens.skipOperator(",") && startsTarget());
        return unpacked ? new Statement.Target.Unpacked(targets) : targets.getFirst();
    }

    private boolean startsTarget() {
        return tokens.current().isOperator("(")
                || (tokens.current().kind() == Token.Kind.NAME && !tokens.current().isName("in"));
    }

    private Statement.Target singleTarget() {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Statement.Target inner = target();
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        String name = tokens.expect(Token.Kind.NAME, "a name to assign to").text();
        if (List.of("true", "false", "none", "True", "False", "None").contains(name)) {
            throw tokens.fail("cannot assign to " + name);
        }
        if (tokens.skipOperator(".")) {
            return new Statement.Target.Field(
                    name, tokens.expect(Token.Kind.NAME, "a name").text());
        }
        return new Statement.Target.Variable(name);
    }

    private Statement namedBlock(int line) {
        String name = tokens.expect(Token.Kind.NAME, "a block's name").text();
        boolean scoped = tokens.skipName("scoped");
        boolean required = tokens.skipName("required");
        scoped |= tokens.skipName("scoped");
        blockEnd();
        List<Statement> body = body(Set.of("endblock"));
        tokens.next();
        if (tokens.current().kind() == Token.Kind.NAME) {
            tokens.expectName(name);
        }
        blockEnd();
        if (blocks.put(name, body) != null) {
            throw TemplateException.syntax("block '" + name + "' is defined twice", line);
        }
        return required
                ? new Statement.Elsewhere("required block", line)
                : new Statement.Block(name, scoped, body, line);
    }

    private Statement setBlock(int line) {
        Statement.Target target = target();
        if (tokens.skipOperator("=")) {
            Expr value = expressions.tupleOrExpression();
            blockEnd();
            return new Statement.Assign(target, value, line);
        }
        Optional<Expr> filter =
                tokens.skipOperator("|")
                        ? Optional.of(expressions.filterChain())
                        : Optional.empty();
        blockEnd();
        return new Statement.Capture(target, filter, closedBody("endset"), line);
    }

    private Statement macroBlock(int line) {
        String name = tokens.expect(Token.Kind.NAME, "a macro's name").text();
        List<Statement.Parameter> parameters = parameters();
        blockEnd();
        return new Statement.MacroDefinition(macro(name, parameters, "endmacro"), line);
    }

    private Statement callBlock(int line) {
        List<Statement.Parameter> parameters =
                tokens.current().isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw TemplateException.syntax("a call block needs a call", line);
        }
        blockEnd();
        return new Statement.CallBlock(call, macro("caller", parameters, "endcall"), line);
    }

    private Statement.MacroShape macro(
            String name, List<Statement.Parameter> parameters, String end) {
        int start = tokens.position();
        // break and continue within a macro must not apply to a loop around its definition.
        int outer = loops;
        loops = 0;
        List<Statement> body = closedBody(end);
        loops = outer;
        return new Statement.MacroShape(
                name,
                parameters,
                body,
                tokens.hasRead("varargs", start),
                tokens.hasRead("kwargs", start),
                tokens.hasRead("caller", start));
    }

    private List<Statement.Parameter> parameters() {
        List<Statement.Parameter> parameters = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            String name = tokens.expect(Token.Kind.NAME, "a parameter's name").text();
            boolean mustHaveDefault =
                    !parameters.isEmpty() && parameters.getLast().fallback().isPresent();
            Optional<Expr> fallback =
                    tokens.skipOperator("=")
                            ? Optional.of(expressions.expression())
                            : Optional.empty();
            if (name.equals("caller") && fallback.isEmpty()) {
                throw tokens.fail("the parameter 'caller' needs a default");
            }
            if (mustHaveDefault && fallback.isEmpty()) {
                throw tokens.fail(
                        "parameter '" + name + "' needs a default, as one before it has one");
            }
            parameters.add(new Statement.Parameter(name, fallback));
        }
        return parameters;
    }

    private Statement filterBlock(int line) {
        Expr filter = expressions.filterChain();
        blockEnd();
        return new Statement.FilterBlock(filter, closedBody("endfilter"), line);
    }

    private Statement withBlock() {
        List<Statement.Assign> assignments = new ArrayList<>();
        while (tokens.current().kind() != Token.Kind.BLOCK_END) {
            if (!assignments.isEmpty()) {
                tokens.expectOperator(",");
            }
            int line = tokens.current().line();
            Statement.Target target = target();
            tokens.expectOperator("=");
            assignments.add(new Statement.Assign(target, expressions.expression(), line));
        }
        blockEnd();
        return new Statement.With(assignments, closedBody("endwith"));
    }
}
