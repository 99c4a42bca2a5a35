package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** The filters of lists, dictionaries and other iterables. */
final class SequenceFilters {
    /** All undefined values are equal. */
    private static final Undefined NO_KEY = new Undefined("");

    private SequenceFilters() {}

    static Builtins addTo(Builtins table) {
        return table.add("length", "", (in, v, a) -> length(v, in.budget()))
                .alias("count", "length")
                .add("list", "", (in, v, a) -> Filters.copy(items(v, in), in.budget()))
                .add("first", "", (in, v, a) -> end(items(v, in), true))
                .add("last", "", (in, v, a) -> end(items(v, in), false))
                .add("random", "", SequenceFilters::random)
                .add("join", "d attribute", SequenceFilters::join)
                .add("reverse", "", SequenceFilters::reverse)
                .add("sort", "reverse case_sensitive attribute", SequenceFilters::sort)
                .add("dictsort", "case_sensitive by reverse", SequenceFilters::dictSort)
                .add("unique", "case_sensitive attribute", SequenceFilters::unique)
                .add("min", "case_sensitive attribute", (in, v, a) -> extreme(in, v, a, true))
                .add("max", "case_sensitive attribute", (in, v, a) -> extreme(in, v, a, false))
                .add("sum", "attribute start", SequenceFilters::sum)
                .add("items", "", SequenceFilters::pairs)
                .add("batch", "linecount fill_with", SequenceFilters::batch)
                .add("slice", "slices fill_with", SequenceFilters::slices)
                .add("groupby", "attribute default case_sensitive", SequenceFilters::groupBy)
                .add("map", Builtins.ANY, SequenceFilters::map)
                .add("select", Builtins.ANY, (in, v, a) -> select(in, v, a, false, true))
                .add("reject", Builtins.ANY, (in, v, a) -> select(in, v, a, false, false))
                .add("selectattr", Builtins.ANY, (in, v, a) -> select(in, v, a, true, true))
                .add("rejectattr", Builtins.ANY, (in, v, a) -> select(in, v, a, true, false));
    }

    private static Object length(Object value, Budget budget) {
        budget.scan(value instanceof Text text ? text.length() : 0);
        return (long) Values.length(value);
    }

    private static List<Object> items(Object value, Interpreter in) {
        List<Object> items = Values.items(value, in.budget());
        in.budget().spend(items.size());
        return items;
    }

    // In jinja2, map and select do not iterate over a false value, so None counts as an empty list.
    private static List<Object> itemsIfAny(Object value, Interpreter in) {
        return Values.isTrue(value) ? items(value, in) : List.of();
    }

    private static Object end(List<Object> items, boolean first) {
        if (items.isEmpty()) {
            return new Undefined(
                    "no " + (first ? "first" : "last") + " item, the sequence is empty");
        }
        return first ? items.getFirst() : items.getLast();
    }

    /** The sort key of an item: the item or an attribute, on request without regard to case. */
    private static Object key(
            Object item, Object attribute, boolean caseSensitive, Interpreter in) {
        Object key = attribute == None.NONE ? item : Access.path(item, attribute, in);
        return !caseSensitive && key instanceof Text text
                ? text.map(run -> run.toLowerCase(java.util.Locale.ROOT), in.budget())
                : key;
    }

    private static Object random(Interpreter in, Object value, Arguments arguments) {
        boolean ordered =
                Tests.isSequence(value) && !(value instanceof Map<?, ?> map && !map.isEmpty());
        if (!ordered) {
            throw TemplateException.failed(
                    "cannot pick at random from '" + Values.typeName(value) + "'");
        }
        List<Object> items = items(value, in);
        return items.isEmpty()
                ? new Undefined("no random item, the sequence is empty")
                : items.get(in.random(items.size()));
    }

    private static Object join(Interpreter in, Object value, Arguments arguments) {
        Text separator = Printer.str(arguments.get("d", Text.EMPTY), in.budget());
        Object attribute = arguments.get("attribute", None.NONE);
        List<Text> texts = new ArrayList<>();
        for (Object item : items(value, in)) {
            texts.add(Printer.str(key(item, attribute, true, in), in.budget()));
        }
        boolean markup =
                in.isAutoescaping()
                        && (separator.isMarkup() || texts.stream().anyMatch(Text::isMarkup));
        TextBuilder out = new TextBuilder(in.budget());
        for (int i = 0; i < texts.size(); i++) {
            Text before = i == 0 ? Text.EMPTY : separator;
            out.append(markup ? Escaping.markup(before, in.budget()) : before);
            out.append(markup ? Escaping.markup(texts.get(i), in.budget()) : texts.get(i));
        }
        return markup ? out.build().asMarkup() : out.build();
    }

    private static Object reverse(Interpreter in, Object value, Arguments arguments) {
        List<Object> reversed = Filters.copy(items(value, in), in.budget()).reversed();
        if (!(value instanceof Text)) {
            return new Lazy(new ArrayList<>(reversed));
        }
        TextBuilder out = new TextBuilder(in.budget());
        reversed.forEach(item -> out.append((Text) item));
        return out.build();
    }

    private record Keyed(List<Object> keys, Object item) {}

    private static Object sort(Interpreter in, Object value, Arguments arguments) {
        Object attribute = arguments.get("attribute", None.NONE);
        List<Object> attributes = new ArrayList<>();
        if (attribute instanceof Text text) {
            for (String part : text.chars().split(",")) {
                attributes.add(Text.untrusted(part));
            }
        } else {
            attributes.add(attribute);
        }
        boolean caseSensitive = arguments.flag("case_sensitive", false);
        List<Keyed> keyed = new ArrayList<>();
        for (Object item : items(value, in)) {
            keyed.add(
                    new Keyed(
                            attributes.stream()
                                    .map(path -> key(item, path, caseSensitive, in))
                                    .toList(),
                            item));
        }
        return sorted(keyed, arguments.flag("reverse", false), in.budget());
    }

    private static List<Object> sorted(List<Keyed> keyed, boolean reverse, Budget budget) {
        budget.elements(keyed.size());
        Comparator<Keyed> order = (a, b) -> Comparison.order(a.keys(), b.keys(), "<", budget);
        keyed.sort(reverse ? order.reversed() : order);
        List<Object> items = new ArrayList<>(keyed.size());
        keyed.forEach(entry -> items.add(entry.item()));
        return items;
    }

    private static Object dictSort(Interpreter in, Object value, Arguments arguments) {
        String by = arguments.text("by", "key").chars();
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateException.failed("dictsort sorts by 'key' or 'value', not '" + by + "'");
        }
        boolean caseSensitive = arguments.flag("case_sensitive", false);
        List<Keyed> keyed = new ArrayList<>();
        for (Object pair : CollectionMethods.items(dict(value), in.budget())) {
            Object sortedBy = ((Tuple) pair).items().get(by.equals("key") ? 0 : 1);
            keyed.add(new Keyed(List.of(key(sortedBy, None.NONE, caseSensitive, in)), pair));
        }
        return sorted(keyed, arguments.flag("reverse", false), in.budget());
    }

    static Map<?, ?> dict(Object value) {
        return switch (value) {
            case Map<?, ?> map -> map;
            case Undefined undefined -> throw undefined.failure();
            default -> throw TemplateException.failed("can only get items from a mapping");
        };
    }

    private static Object pairs(Interpreter in, Object value, Arguments arguments) {
        return new Lazy(
                value instanceof Undefined
                        ? List.of()
                        : CollectionMethods.items(dict(value), in.budget()));
    }

    private static Object unique(Interpreter in, Object value, Arguments arguments) {
        Object attribute = arguments.get("attribute", None.NONE);
        boolean caseSensitive = arguments.flag("case_sensitive", false);
        Map<Object, Object> first = new LinkedHashMap<>();
        for (Object item : items(value, in)) {
            Object key = key(item, attribute, caseSensitive, in);
            first.putIfAbsent(key instanceof Undefined ? NO_KEY : Values.key(key), item);
        }
        return new Lazy(new ArrayList<>(first.values()));
    }

    private static Object extreme(Interpreter in, Object value, Arguments arguments, boolean min) {
        Object attribute = arguments.get("attribute", None.NONE);
        boolean caseSensitive = arguments.flag("case_sensitive", false);
        Optional<Keyed> best = Optional.empty();
        for (Object item : items(value, in)) {
            Keyed candidate = new Keyed(List.of(key(item, attribute, caseSensitive, in)), item);
            boolean better = best.isEmpty();
            if (!better) {
                int order =
                        Comparison.order(
                                candidate.keys().getFirst(),
                                best.get().keys().getFirst(),
                                "<",
                                in.budget());
                better = min ? order < 0 : order > 0;
            }
            best = better ? Optional.of(candidate) : best;
        }
        return best.map(Keyed::item)
                .orElse(new Undefined("no aggregated item, the sequence is empty"));
    }

    private static Object sum(Interpreter in, Object value, Arguments arguments) {
        Object attribute = arguments.get("attribute", None.NONE);
        Object total = arguments.get("start", 0L);
        if (total instanceof Text) {
            throw TemplateException.failed("sum() can't sum strings");
        }
        for (Object item : items(value, in)) {
            total = Arithmetic.binary("+", total, key(item, attribute, true, in), in);
        }
        return total;
    }

    private static Object batch(Interpreter in, Object value, Arguments arguments) {
        int size = arguments.number("linecount", 0);
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        in.budget().elements(items(value, in).size());
        for (Object item : items(value, in)) {
            // No batch has a negative size. With size 0, the first batch is empty.
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            fill(batch, size - batch.size(), arguments, in.budget());
            batches.add(batch);
        }
        return new Lazy(batches);
    }

    private static void fill(List<Object> list, int missing, Arguments arguments, Budget budget) {
        Object filling = arguments.get("fill_with", None.NONE);
        if (filling != None.NONE && missing > 0) {
            budget.elements(missing);
            for (int i = 0; i < missing; i++) {
                list.add(filling);
            }
        }
    }

    private static Object slices(Interpreter in, Object value, Arguments arguments) {
        int count = arguments.number("slices", 0);
        if (count < 1) {
            throw TemplateException.failed("slice needs a positive number of slices");
        }
        in.budget().elements(count);
        List<Object> items = items(value, in);
        List<Object> slices = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < count; i++) {
            boolean longer = i < items.size() % count;
            int end = at + items.size() / count + (longer ? 1 : 0);
            List<Object> slice = Filters.copy(items.subList(at, end), in.budget());
            fill(slice, longer ? 0 : 1, arguments, in.budget());
            slices.add(slice);
            at = end;
        }
        return new Lazy(slices);
    }

    private static Object groupBy(Interpreter in, Object value, Arguments arguments) {
        boolean caseSensitive = arguments.flag("case_sensitive", false);
        Object fallback = arguments.get("default", None.NONE);
        List<Keyed> keyed = new ArrayList<>();
        for (Object item : items(value, in)) {
            Object own = Access.path(item, arguments.required("attribute"), in);
            Object shown = own instanceof Undefined && fallback != None.NONE ? fallback : own;
            keyed.add(new Keyed(List.of(key(shown, None.NONE, caseSensitive, in), shown), item));
        }
        keyed.sort((a, b) ->
                Comparison.order(a.keys().getFirst(), b.keys().getFirst(), "<", in.budget()));
        List<Object> groups = new ArrayList<>();
        for (int at = 0, end; at < keyed.size(); at = end) {
            end = at;
            List<Object> members = new ArrayList<>();
            while (end < keyed.size()
                    && Comparison.equal(
                            keyed.get(end).keys().getFirst(),
                            keyed.get(at).keys().getFirst(),
                            in.budget())) {
                members.add(keyed.get(end++).item());
            }
            groups.add(
                    new Tuple(
                            List.of(keyed.get(at).keys().getLast(), members),
                            List.of("grouper", "list")));
        }
        return groups;
    }

    private static Object map(Interpreter in, Object value, Arguments arguments) {
        List<Object> mapped = new ArrayList<>();
        for (Object item : itemsIfAny(value, in)) {
            mapped.add(mapOne(in, item, arguments));
        }
        in.budget().elements(mapped.size());
        return new Lazy(mapped);
    }

    private static Object mapOne(Interpreter in, Object item, Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            Object found = Access.path(item, arguments.required("attribute"), in);
            return found instanceof Undefined ? arguments.get("default", found) : found;
        }
        String filter = Values.text(arguments.positional().getFirst(), "filter").chars();
        return Filters.apply(filter, item, rest(arguments, 1), in);
    }

    private static Arguments rest(Arguments arguments, int from) {
        return new Arguments(
                arguments.positional().subList(from, arguments.positional().size()),
                arguments.named());
    }

    private static Object select(
            Interpreter in,
            Object value,
            Arguments arguments,
            boolean byAttribute,
            boolean keepsTrue) {
        int testAt = byAttribute ? 1 : 0;
        if (arguments.positional().size() < testAt) {
            throw TemplateException.failed("missing argument 'attribute'");
        }
        BiPredicate<Object, Interpreter> test = (tested, _) -> Values.isTrue(tested);
        if (arguments.positional().size() > testAt) {
            String name = Values.text(arguments.positional().get(testAt), "test").chars();
            Arguments more = rest(arguments, testAt + 1);
            test = (tested, interpreter) -> Tests.apply(name, tested, more, interpreter);
        }
        List<Object> kept = new ArrayList<>();
        for (Object item : itemsIfAny(value, in)) {
            Object tested =
                    byAttribute ? Access.path(item, arguments.positional().getFirst(), in) : item;
            if (test.test(tested, in) == keepsTrue) {
                kept.add(item);
            }
        }
        in.budget().elements(kept.size());
        return new Lazy(kept);
    }
}
