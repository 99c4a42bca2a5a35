package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A macro with the scope of its definition.
 *
 * @param escapes true if it was defined within {@code autoescape}
 */
record Macro(Statement.MacroShape shape, Scope scope, boolean escapes) implements Callable {
    private static final String CALLER = "caller";

    @Override
    public Object call(Interpreter in, Arguments arguments) {
        Scope inner = scope.inner();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        List<Object> positional = arguments.positional();
        List<Statement.Parameter> parameters = shape.parameters();
        boolean takesCaller =
                parameters.stream().anyMatch(parameter -> parameter.name().equals(CALLER));
        if (shape.calls() && !takesCaller) {
            inner.set(
                    CALLER,
                    Optional.ofNullable(named.remove(CALLER)).orElse(Undefined.name(CALLER)));
        }
        for (int i = 0; i < parameters.size(); i++) {
            Statement.Parameter parameter = parameters.get(i);
            Object given =
                    i < positional.size() ? positional.get(i) : named.remove(parameter.name());
            inner.set(parameter.name(), given != null ? given : fallback(parameter, inner, in));
        }
        rest(inner, positional, named);
        Text written = in.captureEscaping(escapes, shape.body(), inner);
        return in.isAutoescaping() ? written.asMarkup() : written;
    }

    private static Object fallback(Statement.Parameter parameter, Scope inner, Interpreter in) {
        return parameter
                .fallback()
                .map(value -> in.evaluate(value, inner))
                .orElse(new Undefined("parameter '" + parameter.name() + "' was not provided"));
    }

    private void rest(Scope inner, List<Object> positional, Map<String, Object> named) {
        int known = Math.min(positional.size(), shape.parameters().size());
        List<Object> more = positional.subList(known, positional.size());
        if (!more.isEmpty() && !shape.variadic()) {
            throw TemplateException.failed(
                    "macro '" + shape.name() + "' takes not more than " + known + " arguments");
        }
        if (!named.isEmpty() && !shape.keyworded()) {
            throw TemplateException.failed(
                    "macro '" + shape.name() + "' has no parameter " + named.keySet());
        }
        Map<Object, Object> keywords = new LinkedHashMap<>();
        named.forEach((name, value) -> keywords.put(Text.untrusted(name), value));
        inner.set("varargs", new Tuple(more, List.of()));
        inner.set("kwargs", keywords);
    }

    @Override
    public String toString() {
        return shape.name().equals(CALLER) ? "<Macro anonymous>" : "<Macro '" + shape.name() + "'>";
    }

    Optional<Object> attribute(String name) {
        return switch (name) {
            case "caller" -> Optional.of(shape.calls());
            case "catch_kwargs" -> Optional.of(shape.keyworded());
            case "catch_varargs" -> Optional.of(shape.variadic());
            case "name" -> Optional.of(Text.trusted(shape.name()));
            case "arguments" -> {
                List<Object> names = new ArrayList<>();
                shape.parameters().forEach(parameter -> names.add(Text.trusted(parameter.name())));
                yield Optional.of(new Tuple(names, List.of()));
            }
            default -> Optional.empty();
        };
    }
}
