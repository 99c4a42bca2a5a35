package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Attributes, keys and slices. As in jinja2, {@code x.name} looks for a method before a key, and
 * {@code x['name']} for a key before a method.
 */
final class Access {
    private static final Set<String> CHANGES_A_LIST =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> CHANGES_A_DICT =
            Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Access() {}

    static Object attribute(Object target, String name, Interpreter in) {
        if (target instanceof Undefined undefined) {
            throw undefined.failure();
        }
        Optional<Object> member = member(target, name);
        if (member.isPresent()) {
            return member.get();
        }
        return target instanceof Map<?, ?> map
                ? inMap(map, Text.trusted(name)).orElseGet(() -> Undefined.attribute(target, name))
                : Undefined.attribute(target, name);
    }

    static Object item(Object target, Object key, Interpreter in) {
        Optional<Object> value =
                switch (target) {
                    case Undefined undefined -> throw undefined.failure();
                    case Map<?, ?> map -> inMap(map, key);
                    case List<?> list when Values.isInteger(key) -> at(list, key);
                    case Tuple tuple when Values.isInteger(key) -> at(tuple.items(), key);
                    case Range range when Values.isInteger(key) -> at(range.items(), key);
                    case Encoded bytes when Values.isInteger(key) ->
                            at(Values.items(bytes, in.budget()), key);
                    case Text text when Values.isInteger(key) -> character(text, key, in.budget());
                    default -> Optional.empty();
                };
        return value.orElseGet(() -> itemByName(target, key, in));
    }

    private static Object itemByName(Object target, Object key, Interpreter in) {
        if (key instanceof Text name) {
            return member(target, name.chars())
                    .orElseGet(() -> Undefined.attribute(target, name.chars()));
        }
        return new Undefined(
                "'"
                        + Values.typeName(target)
                        + " object' has no element "
                        + Printer.str(key, in.budget()).chars());
    }

    /** The value of a key, which may have a type that cannot be a key. */
    static Optional<Object> inMap(Map<?, ?> map, Object key) {
        boolean number = Values.isNumber(key);
        boolean possible =
                number || key instanceof Text || key == None.NONE || key instanceof Tuple;
        Optional<Object> found = possible ? Optional.ofNullable(map.get(key)) : Optional.empty();
        return found.isEmpty() && number ? underEqual(map, key) : found;
    }

    /** In a dictionary, 1, 1.0 and true are the same key. */
    private static Optional<Object> underEqual(Map<?, ?> map, Object key) {
        double number = Arithmetic.real(key);
        for (Object equal : List.of((Object) (long) number, number, number == 1)) {
            boolean same = Values.isNumber(equal) && Arithmetic.real(equal) == number;
            if (same && map.containsKey(equal)) {
                return Optional.ofNullable(map.get(equal));
            }
        }
        return Optional.empty();
    }

    /** {@code item} for a dotted path such as {@code function.name}; a number is an index. */
    static Object path(Object target, Object path, Interpreter in) {
        if (!(path instanceof Text text)) {
            return item(target, path, in);
        }
        Object value = target;
        for (String part : text.chars().split("\\.", -1)) {
            boolean index = part.matches("\\d{1,9}");
            value = item(value, index ? (Object) Long.valueOf(part) : Text.untrusted(part), in);
        }
        return value;
    }

    private static Optional<Object> at(List<?> list, Object key) {
        int index = Values.number(key, "index");
        int place = index < 0 ? index + list.size() : index;
        return place < 0 || place >= list.size() ? Optional.empty() : Optional.of(list.get(place));
    }

    private static Optional<Object> character(Text text, Object key, Budget budget) {
        int points = text.codePoints();
        budget.scan(text.length());
        int index = Values.number(key, "index");
        int place = index < 0 ? index + points : index;
        if (place < 0 || place >= points) {
            return Optional.empty();
        }
        int from = text.offset(place, points);
        return Optional.of(text.slice(from, text.offset(place + 1, points), budget));
    }

    private static Optional<Object> member(Object target, String name) {
        return switch (target) {
            case Text text when text.isMarkup() -> MarkupMethods.bound(text, name);
            case Text text -> bound(StringMethods.TABLE, text, name);
            case Boolean _, Long _, java.math.BigInteger _ -> number(target, name);
            case Double _ -> number(target, name);
            case Encoded encoded ->
                    name.equals("decode")
                            ? Optional.of((Callable) (_, _) -> encoded.text())
                            : Optional.empty();
            case Range range -> bound(CollectionMethods.OF_LISTS, range, name);
            case Blocks blocks -> blocks.member(name);
            case List<?> list ->
                    CHANGES_A_LIST.contains(name)
                            ? Optional.of(unsafe(list, name))
                            : bound(CollectionMethods.OF_LISTS, list, name);
            case Tuple tuple ->
                    tuple.names().contains(name)
                            ? Optional.of(tuple.items().get(tuple.names().indexOf(name)))
                            : bound(CollectionMethods.OF_LISTS, tuple, name);
            case Map<?, ?> map ->
                    CHANGES_A_DICT.contains(name)
                            ? Optional.of(unsafe(map, name))
                            : bound(CollectionMethods.OF_DICTS, map, name);
            case Namespace namespace -> Optional.of(namespace.get(name));
            case LoopState loop -> loop.attribute(name);
            case Macro macro -> macro.attribute(name);
            default -> Optional.empty();
        };
    }

    private static Optional<Object> number(Object number, String name) {
        Builtins methods =
                number instanceof Double ? NumberMethods.OF_FLOATS : NumberMethods.OF_INTEGERS;
        return NumberMethods.value(number, name).or(() -> bound(methods, number, name));
    }

    private static Optional<Object> bound(Builtins methods, Object target, String name) {
        return methods.find(name)
                .map(method -> (Callable) (in, arguments) -> method.call(in, target, arguments));
    }

    private static Undefined unsafe(Object target, String name) {
        return new Undefined(
                "access to attribute '"
                        + name
                        + "' of '"
                        + Values.typeName(target)
                        + "' object is unsafe: a template must not change values");
    }

    static boolean isSliceable(Object target) {
        return target instanceof Text
                || target instanceof List<?>
                || target instanceof Tuple
                || target instanceof Range
                || target instanceof Undefined;
    }

    static Object slice(Object target, List<Object> bounds, Interpreter in) {
        if (target instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!isSliceable(target)) {
            throw TemplateException.failed(
                    "'" + Values.typeName(target) + "' object cannot be sliced");
        }
        int length = Values.length(target);
        int step = bounds.get(2) == None.NONE ? 1 : Values.number(bounds.get(2), "slice step");
        if (step == 0) {
            throw TemplateException.failed("slice step cannot be zero");
        }
        int start = bound(bounds.get(0), step > 0 ? 0 : length - 1, length, step);
        int stop = bound(bounds.get(1), step > 0 ? length : -1, length, step);
        return switch (target) {
            case Text text -> sliceText(text, start, stop, step, in.budget());
            case Range range -> range.slice(start, stop, step);
            case Tuple tuple ->
                    new Tuple(sliceItems(tuple.items(), start, stop, step, in.budget()), List.of());
            default -> sliceItems((List<?>) target, start, stop, step, in.budget());
        };
    }

    private static int bound(Object given, int absent, int length, int step) {
        if (given == None.NONE) {
            return absent;
        }
        long index = Values.number(given, "slice index");
        long place = index < 0 ? index + length : index;
        return step > 0 ? Math.clamp(place, 0, length) : Math.clamp(place, -1, length - 1);
    }

    private static Text sliceText(Text text, int start, int stop, int step, Budget budget) {
        int points = text.codePoints();
        budget.scan(text.length());
        if (step == 1) {
            return start >= stop
                    ? Text.EMPTY
                    : text.slice(text.offset(start, points), text.offset(stop, points), budget);
        }
        TextBuilder out = new TextBuilder(budget);
        for (Object item : sliceItems(Values.items(text, budget), start, stop, step, budget)) {
            out.append((Text) item);
        }
        return out.build();
    }

    private static List<Object> sliceItems(
            List<?> list, int start, int stop, int step, Budget budget) {
        List<Object> items = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            items.add(list.get((int) i));
        }
        budget.elements(items.size());
        return items;
    }
}
