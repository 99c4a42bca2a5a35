package tramontane.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Parses expressions by recursive descent with one method for each level of precedence, lowest
 * first: {@code a if b else c}, or, and, not, comparisons, + -, ~, * / // %, **, signs, filters and
 * tests, calls and subscripts.
 */
final class ExpressionParser {
    private static final int MAX_INTEGER_DIGITS = 1000;

    private final TokenStream tokens;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    Expr expression() {
        tokens.enter();
        Expr value = or();
        while (tokens.skipName("if")) {
            Expr condition = or();
            Optional<Expr> otherwise =
                    tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
            value = new Expr.Conditional(condition, value, otherwise);
        }
        tokens.leave();
        return value;
    }

    /** A tuple without parentheses, or a single expression. */
    Expr tupleOrExpression() {
        return tuple(false, true);
    }

    /** The iterable of a loop. An `if` behind it is the condition of the loop. */
    Expr tupleWithoutCondition() {
        return tuple(false, false);
    }

    private Expr tuple(boolean parenthesised, boolean conditional) {
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        while (!atTupleEnd()) {
            items.add(conditional ? expression() : or());
            if (!tokens.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (isTuple || (parenthesised && items.isEmpty())) {
            return new Expr.Tupled(items);
        }
        if (items.isEmpty()) {
            throw tokens.unexpected("an expression");
        }
        return items.getFirst();
    }

    private boolean atTupleEnd() {
        Token token = tokens.current();
        return switch (token.kind()) {
            case VARIABLE_END, BLOCK_END, END -> true;
            default -> token.isOperator(")");
        };
    }

    Expr or() {
        Expr left = and();
        while (tokens.skipName("or")) {
            left = new Expr.Or(left, and());
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (tokens.skipName("and")) {
            left = new Expr.And(left, not());
        }
        return left;
    }

    private Expr not() {
        if (!tokens.skipName("not")) {
            return comparison();
        }
        tokens.enter();
        Expr operand = not();
        tokens.leave();
        return new Expr.Not(operand);
    }

    private Expr comparison() {
        Expr first = sum();
        List<Expr.Operand> rest = new ArrayList<>();
        for (Optional<String> operator = comparator();
                operator.isPresent();
                operator = comparator()) {
            rest.add(new Expr.Operand(operator.get(), sum()));
        }
        return rest.isEmpty() ? first : new Expr.Compare(first, rest);
    }

    private Optional<String> comparator() {
        for (String operator : List.of("==", "!=", "<=", ">=", "<", ">")) {
            if (tokens.skipOperator(operator)) {
                return Optional.of(operator);
            }
        }
        if (tokens.skipName("in")) {
            return Optional.of("in");
        }
        if (tokens.current().isName("not") && tokens.peek().isName("in")) {
            tokens.next();
            tokens.next();
            return Optional.of("not in");
        }
        return Optional.empty();
    }

    private Expr sum() {
        Expr left = concat();
        while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
            String operator = tokens.next().text();
            left = new Expr.Binary(operator, left, concat());
        }
        return left;
    }

    private Expr concat() {
        Expr first = product();
        if (!tokens.current().isOperator("~")) {
            return first;
        }
        List<Expr> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Expr.Concat(parts);
    }

    private Expr product() {
        Expr left = power();
        while (tokens.current().kind() == Token.Kind.OPERATOR
                && List.of("*", "/", "//", "%").contains(tokens.current().text())) {
            String operator = tokens.next().text();
            left = new Expr.Binary(operator, left, power());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Expr.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expr unary(boolean withFilters) {
        Expr value;
        if (tokens.current().isOperator("-") || tokens.current().isOperator("+")) {
            String operator = tokens.next().text();
            tokens.enter();
            value = new Expr.Unary(operator, unary(false));
            tokens.leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return withFilters ? filters(value) : value;
    }

    Expr primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> name(token);
            case STRING -> new Expr.Literal(Text.trusted(strings(token)));
            case INTEGER -> new Expr.Literal(integer(token));
            case FLOAT -> new Expr.Literal(Double.valueOf(token.text().replace("_", "")));
            case OPERATOR -> bracketed(token);
            default ->
                    throw TemplateException.syntax(
                            "expected an expression, found " + token.describe(), token.line());
        };
    }

    private static Expr name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Expr.Literal(true);
            case "false", "False" -> new Expr.Literal(false);
            case "none", "None" -> new Expr.Literal(None.NONE);
            default -> new Expr.Name(token.text());
        };
    }

    private String strings(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (tokens.current().kind() == Token.Kind.STRING) {
            text.append(tokens.next().text());
        }
        return text.toString();
    }

    private static Object integer(Token token) {
        String digits = token.text().replace("_", "").toLowerCase(java.util.Locale.ROOT);
        if (digits.length() > MAX_INTEGER_DIGITS) {
            throw TemplateException.syntax(
                    "a number has more than " + MAX_INTEGER_DIGITS + " digits", token.line());
        }
        char base = digits.length() > 1 ? digits.charAt(1) : '0';
        int radix = base == 'x' ? 16 : base == 'o' ? 8 : base == 'b' ? 2 : 10;
        return Arithmetic.integer(
                new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
    }

    private Expr bracketed(Token open) {
        tokens.enter();
        Expr value =
                switch (open.text()) {
                    case "(" -> {
                        Expr inner = tuple(true, true);
                        tokens.expectOperator(")");
                        yield inner;
                    }
                    case "[" -> new Expr.Items(items());
                    case "{" -> new Expr.Pairs(pairs());
                    default ->
                            throw TemplateException.syntax(
                                    "expected an expression, found " + open.describe(),
                                    open.line());
                };
        tokens.leave();
        return value;
    }

    private List<Expr> items() {
        List<Expr> items = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        return items;
    }

    private List<Expr.Pair> pairs() {
        List<Expr.Pair> pairs = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            Expr key = expression();
            tokens.expectOperator(":");
            pairs.add(new Expr.Pair(key, expression()));
        }
        return pairs;
    }

    private Expr postfix(Expr start) {
        Expr value = start;
        while (true) {
            Token token = tokens.current();
            if (tokens.skipOperator(".")) {
                value = dotted(value);
            } else if (tokens.skipOperator("[")) {
                value = subscript(value);
            } else if (token.isOperator("(")) {
                value = new Expr.Call(value, callArguments(), token.line());
            } else {
                return value;
            }
        }
    }

    private Expr dotted(Expr target) {
        if (tokens.current().kind() == Token.Kind.INTEGER) {
            return new Expr.Subscript(target, new Expr.Literal(integer(tokens.next())));
        }
        return new Expr.Attribute(
                target, tokens.expect(Token.Kind.NAME, "a name or number").text());
    }

    private Expr subscript(Expr target) {
        Optional<Expr> start = sliceEnd();
        if (start.isPresent() && tokens.skipOperator("]")) {
            return new Expr.Subscript(target, start.get());
        }
        tokens.expectOperator(":");
        Optional<Expr> stop = sliceEnd();
        Optional<Expr> step = tokens.skipOperator(":") ? sliceEnd() : Optional.empty();
        tokens.expectOperator("]");
        return new Expr.Slice(target, start, stop, step);
    }

    private Optional<Expr> sliceEnd() {
        boolean absent = tokens.current().isOperator(":") || tokens.current().isOperator("]");
        return absent ? Optional.empty() : Optional.of(expression());
    }

    Expr.CallArguments callArguments() {
        tokens.expectOperator("(");
        tokens.enter();
        List<Expr> positional = new ArrayList<>();
        List<Expr.Keyword> named = new ArrayList<>();
        Optional<Expr> morePositional = Optional.empty();
        Optional<Expr> moreNamed = Optional.empty();
        while (!tokens.skipOperator(")")) {
            if (tokens.skipOperator("*")) {
                morePositional = Optional.of(expression());
            } else if (tokens.skipOperator("**")) {
                moreNamed = Optional.of(expression());
            } else if (tokens.current().kind() == Token.Kind.NAME
                    && tokens.peek().isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                named.add(new Expr.Keyword(name, expression()));
            } else if (named.isEmpty() && moreNamed.isEmpty() && morePositional.isEmpty()) {
                positional.add(expression());
            } else {
                throw tokens.fail("a positional argument follows a named one");
            }
            if (!tokens.current().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        tokens.leave();
        return new Expr.CallArguments(positional, named, morePositional, moreNamed);
    }

    private Expr filters(Expr start) {
        Expr value = start;
        while (true) {
            Token token = tokens.current();
            if (tokens.skipOperator("|")) {
                value = filter(Optional.of(value));
            } else if (tokens.skipName("is")) {
                value = test(value);
            } else if (token.isOperator("(")) {
                value = new Expr.Call(value, callArguments(), token.line());
            } else {
                return value;
            }
        }
    }

    /** The name and arguments of a filter; the bar has been read. */
    Expr.Filter filter(Optional<Expr> value) {
        Token name = tokens.expect(Token.Kind.NAME, "a filter's name");
        boolean called = tokens.current().isOperator("(");
        return new Expr.Filter(
                value,
                name.text(),
                called ? callArguments() : Expr.CallArguments.NONE,
                name.line());
    }

    /** The filters of a block. The first gets the text of the block, each other one a result. */
    Expr filterChain() {
        Expr.Filter chain = filter(Optional.empty());
        while (tokens.skipOperator("|")) {
            chain = filter(Optional.of(chain));
        }
        return chain;
    }

    private Expr test(Expr value) {
        boolean negated = tokens.skipName("not");
        Token name = tokens.expect(Token.Kind.NAME, "a test's name");
        Expr.CallArguments arguments = Expr.CallArguments.NONE;
        if (tokens.current().isName("is")) {
            throw tokens.fail("tests with 'is' cannot be chained");
        }
        if (tokens.current().isOperator("(")) {
            arguments = callArguments();
        } else if (startsArgument(tokens.current())) {
            arguments =
                    new Expr.CallArguments(
                            List.of(postfix(primary())),
                            List.of(),
                            Optional.empty(),
                            Optional.empty());
        }
        Expr test = new Expr.Test(value, name.text(), arguments, name.line());
        return negated ? new Expr.Not(test) : test;
    }

    private static boolean startsArgument(Token token) {
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME ->
                    !List.of("else", "or", "and", "is", "if", "in", "not").contains(token.text());
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }
}
