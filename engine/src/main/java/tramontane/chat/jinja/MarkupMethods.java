package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The methods of a text that is marked as markup: those of other texts, which escape their
 * arguments and return markup, and three additional ones.
 */
final class MarkupMethods {
    private static final Builtins OWN =
            new Builtins()
                    .add("unescape", "", (in, s, a) -> Html.unescaped((Text) s, in.budget()))
                    .add("striptags", "", (in, s, a) -> Html.withoutTags((Text) s, in.budget()))
                    .add(
                            "escape",
                            "s",
                            (in, s, a) ->
                                    Escaping.markup(
                                            Printer.str(a.required("s"), in.budget()),
                                            in.budget()));

    /** Methods that insert their arguments into the text. */
    private static final Set<String> PUTS_IN =
            Set.of("replace", "format", "format_map", "join", "ljust", "rjust", "center");

    private MarkupMethods() {}

    static Optional<Object> bound(Text markup, String name) {
        Optional<Builtins.Builtin> own = OWN.find(name);
        if (own.isPresent()) {
            return Optional.of((Callable) (in, a) -> own.get().call(in, markup, a));
        }
        return StringMethods.TABLE
                .find(name)
                .map(method ->
                        (Callable)
                                (in, arguments) -> {
                                    Arguments given =
                                            PUTS_IN.contains(name)
                                                    ? escaped(arguments, in.budget())
                                                    : arguments;
                                    return marked(method.call(in, markup, given));
                                });
    }

    private static Arguments escaped(Arguments arguments, Budget budget) {
        List<Object> positional = new ArrayList<>();
        arguments.positional().forEach(each -> positional.add(escaped(each, budget)));
        Map<String, Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, each) -> named.put(name, escaped(each, budget)));
        return new Arguments(positional, named);
    }

    /** Escapes texts, also within lists; a text to search for is not changed. */
    static Object escaped(Object value, Budget budget) {
        return switch (value) {
            case Text text -> Escaping.markup(text, budget);
            case List<?> list -> {
                List<Object> items = new ArrayList<>();
                list.forEach(item -> items.add(escaped(item, budget)));
                yield items;
            }
            case Tuple tuple -> {
                List<Object> items = new ArrayList<>();
                tuple.items().forEach(item -> items.add(escaped(item, budget)));
                yield new Tuple(items, tuple.names());
            }
            case Map<?, ?> map -> {
                Map<Object, Object> items = new LinkedHashMap<>();
                map.forEach((key, item) -> items.put(key, escaped(item, budget)));
                yield items;
            }
            case Lazy lazy -> escaped(lazy.items(), budget);
            default -> value;
        };
    }

    private static Object marked(Object value) {
        return switch (value) {
            case Text text -> text.asMarkup();
            case List<?> list -> list.stream().map(MarkupMethods::marked).toList();
            case Tuple tuple ->
                    new Tuple(
                            tuple.items().stream().map(MarkupMethods::marked).toList(), List.of());
            default -> value;
        };
    }
}
