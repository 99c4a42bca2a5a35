package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Evaluates expressions. */
final class Evaluator {
    private final Interpreter in;
    private final Budget budget;
    private Text filteredBlock = Text.EMPTY;

    Evaluator(Interpreter in) {
        this.in = in;
        this.budget = in.budget();
    }

    Object evaluate(Expr expression, Scope scope) {
        budget.enter();
        Object value =
                switch (expression) {
                    case Expr.Literal(Object literal) -> literal;
                    case Expr.Name(String name) ->
                            scope.get(name).orElseGet(() -> Undefined.name(name));
                    case Expr.Items(List<Expr> items) -> all(items, scope);
                    case Expr.Tupled(List<Expr> items) -> new Tuple(all(items, scope), List.of());
                    case Expr.Pairs(List<Expr.Pair> pairs) -> dict(pairs, scope);
                    case Expr.Unary(String operator, Expr operand) ->
                            Arithmetic.unary(operator, evaluate(operand, scope));
                    case Expr.Binary(String operator, Expr left, Expr right) ->
                            Arithmetic.binary(
                                    operator, evaluate(left, scope), evaluate(right, scope), in);
                    case Expr.Concat(List<Expr> parts) -> concat(parts, scope);
                    case Expr.Compare compare -> compare(compare, scope);
                    case Expr.And(Expr left, Expr right) -> {
                        Object first = evaluate(left, scope);
                        yield Values.isTrue(first) ? evaluate(right, scope) : first;
                    }
                    case Expr.Or(Expr left, Expr right) -> {
                        Object first = evaluate(left, scope);
                        yield Values.isTrue(first) ? first : evaluate(right, scope);
                    }
                    case Expr.Not(Expr operand) -> !Values.isTrue(evaluate(operand, scope));
                    case Expr.Conditional conditional -> choose(conditional, scope);
                    case Expr.Attribute(Expr target, String name) ->
                            Access.attribute(evaluate(target, scope), name, in);
                    case Expr.Subscript(Expr target, Expr key) ->
                            Access.item(evaluate(target, scope), evaluate(key, scope), in);
                    case Expr.Slice slice -> slice(slice, scope);
                    case Expr.Call call -> call(call, scope, Optional.empty());
                    case Expr.Filter filter -> filter(filter, scope);
                    case Expr.Test test -> test(test, scope);
                };
        budget.leave();
        return value;
    }

    private List<Object> all(List<Expr> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expr expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        budget.elements(values.size());
        return values;
    }

    private Map<Object, Object> dict(List<Expr.Pair> pairs, Scope scope) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Expr.Pair pair : pairs) {
            map.put(Values.key(evaluate(pair.key(), scope)), evaluate(pair.value(), scope));
        }
        budget.elements(map.size());
        return map;
    }

    private Text concat(List<Expr> parts, Scope scope) {
        TextBuilder out = new TextBuilder(budget);
        List<Text> texts = new ArrayList<>();
        for (Expr part : parts) {
            texts.add(Printer.str(evaluate(part, scope), budget));
        }
        // jinja2 joins constants when it compiles the template, when nothing is markup.
        boolean markup =
                in.isAutoescaping()
                        && texts.stream().anyMatch(Text::isMarkup)
                        && !parts.stream().allMatch(Expr::isConstant);
        texts.forEach(text -> out.append(markup ? Escaping.markup(text, budget) : text));
        return markup ? out.build().asMarkup() : out.build();
    }

    private Object compare(Expr.Compare compare, Scope scope) {
        Object left = evaluate(compare.first(), scope);
        for (Expr.Operand operand : compare.rest()) {
            Object right = evaluate(operand.value(), scope);
            if (!Comparison.test(operand.operator(), left, right, budget)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object choose(Expr.Conditional conditional, Scope scope) {
        if (Values.isTrue(evaluate(conditional.condition(), scope))) {
            return evaluate(conditional.then(), scope);
        }
        return conditional
                .otherwise()
                .map(otherwise -> evaluate(otherwise, scope))
                .orElse(
                        new Undefined(
                                "the inline if-expression was false and no else section was defined"));
    }

    private Object slice(Expr.Slice slice, Scope scope) {
        Object target = evaluate(slice.target(), scope);
        if (!Access.isSliceable(target) && slice.target().isConstant()) {
            // jinja2 ignores this error of a constant when it compiles the template.
            return new Undefined("'" + Values.typeName(target) + "' object cannot be sliced");
        }
        return Access.slice(
                target,
                List.of(
                        end(slice.start(), scope),
                        end(slice.stop(), scope),
                        end(slice.step(), scope)),
                in);
    }

    private Object end(Optional<Expr> bound, Scope scope) {
        return bound.map(expression -> evaluate(expression, scope)).orElse(None.NONE);
    }

    Object call(Expr.Call call, Scope scope, Optional<Macro> caller) {
        Object function = evaluate(call.function(), scope);
        Arguments arguments = arguments(call.arguments(), scope);
        if (caller.isPresent()) {
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            named.put("caller", caller.get());
            arguments = new Arguments(arguments.positional(), named);
        }
        in.at(call.line());
        return switch (function) {
            case Callable callable -> callable.call(in, arguments);
            case Undefined undefined ->
                    throw call.function() instanceof Expr.Name(String name)
                            ? TemplateException.missing("no function named '" + name + "'")
                            : undefined.failure();
            default ->
                    throw TemplateException.failed(
                            "'" + Values.typeName(function) + "' object is not callable");
        };
    }

    private Arguments arguments(Expr.CallArguments given, Scope scope) {
        List<Object> positional = all(given.positional(), scope);
        given.morePositional()
                .ifPresent(more -> {
                    List<Object> items = Values.items(evaluate(more, scope), budget);
                    budget.elements(items.size());
                    positional.addAll(items);
                });
        Map<String, Object> named = new LinkedHashMap<>();
        for (Expr.Keyword keyword : given.named()) {
            named.put(keyword.name(), evaluate(keyword.value(), scope));
        }
        given.moreNamed()
                .ifPresent(more -> {
                    if (!(evaluate(more, scope) instanceof Map<?, ?> map)) {
                        throw TemplateException.failed("argument after ** must be a mapping");
                    }
                    budget.elements(map.size());
                    map.forEach((name, value) ->
                            named.put(Values.text(name, "a keyword").chars(), value));
                });
        return new Arguments(positional, named);
    }

    private Object filter(Expr.Filter filter, Scope scope) {
        Object value =
                filter.value().isPresent() ? evaluate(filter.value().get(), scope) : filteredBlock;
        Arguments arguments = arguments(filter.arguments(), scope);
        in.at(filter.line());
        return Filters.apply(filter.name(), value, arguments, in);
    }

    /** Applies the filters of a block to its output. */
    Object filterBlock(Expr chain, Text written, Scope scope) {
        filteredBlock = written;
        return evaluate(chain, scope);
    }

    private Object test(Expr.Test test, Scope scope) {
        Object value = evaluate(test.value(), scope);
        Arguments arguments = arguments(test.arguments(), scope);
        in.at(test.line());
        return Tests.apply(test.name(), value, arguments, in);
    }
}
