package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The methods of Python's {@code dict}, and of {@code list} and {@code tuple}, that change nothing.
 */
final class CollectionMethods {
    static final Builtins OF_DICTS =
            new Builtins()
                    .add("get", "key default", (in, d, a) -> get((Map<?, ?>) d, a))
                    .add("items", "", (in, d, a) -> items((Map<?, ?>) d, in.budget()))
                    .add("keys", "", (in, d, a) -> Values.items(d, in.budget()))
                    .add("values", "", (in, d, a) -> values((Map<?, ?>) d, in.budget()))
                    .add("copy", "", (in, d, a) -> copy((Map<?, ?>) d, in.budget()));

    static final Builtins OF_LISTS =
            new Builtins()
                    .add(
                            "index",
                            "value",
                            (in, l, a) ->
                                    index(
                                            Values.items(l, in.budget()),
                                            a.required("value"),
                                            in.budget()))
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

    private static Object index(List<Object> items, Object value, Budget budget) {
        for (int i = 0; i < items.size(); i++) {
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
