package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The methods of Python's {@code dict}, {@code list} and {@code tuple} that do not modify them. */
final class CollectionMethods {
    static final Builtins OF_DICTS =
            new Builtins()
                    .add("get", "key default", (in, d, a) -> get((Map<?, ?>) d, a))
                    .add(
                            "items",
                            "",
                            (in, d, a) -> new View("dict_items", items((Map<?, ?>) d, in.budget())))
                    .add(
                            "keys",
                            "",
                            (in, d, a) -> new View("dict_keys", Values.items(d, in.budget())))
                    .add(
                            "values",
                            "",
                            (in, d, a) ->
                                    new View("dict_values", values((Map<?, ?>) d, in.budget())))
                    .add("fromkeys", "iterable value", CollectionMethods::fromKeys)
                    .add("copy", "", (in, d, a) -> copy((Map<?, ?>) d, in.budget()));

    static final Builtins OF_LISTS =
            new Builtins()
                    .add(
                            "index",
                            "value start stop",
                            (in, l, a) -> index(Values.items(l, in.budget()), a, in.budget()))
                    .add(
                            "count",
                            "value",
                            (in, l, a) ->
                                    count(
                                            Values.items(l, in.budget()),
                                            a.required("value"),
                                            in.budget()))
                    .add("copy", "", (in, l, a) -> l);

    private CollectionMethods() {}

    private static Object get(Map<?, ?> map, Arguments arguments) {
        Object value = map.get(Values.key(arguments.required("key")));
        return value == null ? arguments.get("default", None.NONE) : value;
    }

    static List<Object> items(Map<?, ?> map, Budget budget) {
        budget.elements(2L * map.size());
        List<Object> items = new ArrayList<>(map.size());
        map.forEach((key, value) -> items.add(Tuple.of(key, value)));
        return items;
    }

    private static Map<Object, Object> copy(Map<?, ?> map, Budget budget) {
        budget.elements(2L * map.size());
        return new LinkedHashMap<>(map);
    }

    private static List<Object> values(Map<?, ?> map, Budget budget) {
        budget.elements(map.size());
        return new ArrayList<>(map.values());
    }

    private static Object fromKeys(Interpreter in, Object dict, Arguments arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Object key : Values.items(arguments.required("iterable"), in.budget())) {
            map.put(Values.key(key), arguments.get("value", None.NONE));
        }
        in.budget().elements(map.size());
        return map;
    }

    private static Object index(List<Object> items, Arguments arguments, Budget budget) {
        Object value = arguments.required("value");
        int start = arguments.number("start", 0);
        int stop = arguments.number("stop", items.size());
        int from = Math.max(0, start < 0 ? start + items.size() : start);
        int to = Math.min(items.size(), stop < 0 ? stop + items.size() : stop);
        for (int i = from; i < to; i++) {
            if (Comparison.equal(items.get(i), value, budget)) {
                return (long) i;
            }
        }
        throw TemplateException.failed("the value is not in the list");
    }

    private static Object count(List<Object> items, Object value, Budget budget) {
        return items.stream().filter(item -> Comparison.equal(item, value, budget)).count();
    }
}
