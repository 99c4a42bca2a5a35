package tramontane.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The global functions. */
final class Globals {
    private static final int MAX_RANGE = 100_000;
    // The longest result of a two-character code is that of %c, "Sat Jul  4 12:34:56 2026".
    private static final int STRFTIME_GROWTH = 12;

    private Globals() {}

    static void define(Scope scope) {
        scope.set("range", (Callable) Globals::range);
        scope.set("dict", (Callable) (in, arguments) -> dict(arguments, in.budget()));
        scope.set("namespace", (Callable) Globals::namespace);
        scope.set("raise_exception", (Callable) Globals::raise);
        scope.set("strftime_now", (Callable) Globals::now);
        scope.set("joiner", (Callable) Globals::joiner);
        scope.set("cycler", (Callable) Globals::cycler);
        scope.set("lipsum", (Callable) Lorem::text);
    }

    private static Object range(Interpreter in, Arguments arguments) {
        List<Object> given = arguments.positional();
        if (given.isEmpty() || given.size() > 3) {
            throw TemplateException.failed(
                    "range() takes 1 to 3 arguments, " + given.size() + " given");
        }
        long start = given.size() == 1 ? 0 : Values.number(given.get(0), "range start");
        long stop = Values.number(given.get(given.size() == 1 ? 0 : 1), "range end");
        long step = given.size() == 3 ? Values.number(given.get(2), "range step") : 1;
        if (step == 0) {
            throw TemplateException.failed("range() step must not be zero");
        }
        if ((step > 0 ? stop - start : start - stop) / Math.abs(step) > MAX_RANGE) {
            throw TemplateException.limit("a range has more than " + MAX_RANGE + " items");
        }
        Range range = new Range(start, stop, step);
        in.budget().elements(range.size());
        return range;
    }

    /** {@code dict} of a dictionary, of pairs or of nothing, and of named arguments. */
    static Map<Object, Object> dict(Arguments arguments, Budget budget) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            Object first = arguments.positional().getFirst();
            if (first instanceof Map<?, ?> given) {
                map.putAll(given);
            } else {
                Values.items(first, budget).forEach(pair -> put(map, pair, budget));
            }
        }
        arguments.named().forEach((name, value) -> map.put(Text.trusted(name), value));
        budget.elements(map.size());
        return map;
    }

    private static void put(Map<Object, Object> map, Object pair, Budget budget) {
        List<Object> items = Values.items(pair, budget);
        if (items.size() != 2) {
            throw TemplateException.failed("a dictionary is made of pairs");
        }
        map.put(Values.key(items.get(0)), items.get(1));
    }

    private static Object namespace(Interpreter in, Arguments arguments) {
        Namespace namespace = new Namespace();
        dict(arguments, in.budget())
                .forEach((name, value) ->
                        namespace.set(Values.text(name, "a namespace's name").chars(), value));
        return namespace;
    }

    private static Object raise(Interpreter in, Arguments arguments) {
        Object message = arguments.bind("raise_exception", List.of("message")).required("message");
        throw TemplateException.refused(Printer.str(message, in.budget()).chars());
    }

    private static Object now(Interpreter in, Arguments arguments) {
        Text format = arguments.bind("strftime_now", List.of("format")).text("format");
        in.budget().grow(0, (long) STRFTIME_GROWTH * format.length());
        String time = Strftime.format(in.now(), format.chars());
        return format.trustedRanges().length > 0 ? Text.trusted(time) : Text.untrusted(time);
    }

    private static Object joiner(Interpreter in, Arguments arguments) {
        Object separator = arguments.bind("joiner", List.of("sep")).get("sep", Text.trusted(", "));
        boolean[] used = {false};
        return (Callable)
                (_, _) -> {
                    Object text = used[0] ? separator : Text.EMPTY;
                    used[0] = true;
                    return text;
                };
    }

    private static Object cycler(Interpreter in, Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw TemplateException.failed("cycler() needs at least one item");
        }
        int[] at = {0};
        Namespace cycler = new Namespace();
        List<Object> items = arguments.positional();
        cycler.set("current", items.getFirst());
        cycler.set(
                "next",
                (Callable)
                        (_, _) -> {
                            Object item = items.get(at[0]);
                            at[0] = (at[0] + 1) % items.size();
                            cycler.set("current", items.get(at[0]));
                            return item;
                        });
        cycler.set(
                "reset",
                (Callable)
                        (_, _) -> {
                            at[0] = 0;
                            cycler.set("current", items.getFirst());
                            return None.NONE;
                        });
        return cycler;
    }
}
