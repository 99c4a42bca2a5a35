package tramontane.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tramontane.grammar.schema.Keyword;
import tramontane.grammar.schema.Keywords;

/**
 * Closes a schema: objects that list their properties may not have others. JSON Schema allows other
 * properties unless {@code additionalProperties} is false, and models then invent some, which
 * clients rarely want.
 *
 * <p>A value that is valid under the closed schema is valid under the original one as well. To keep
 * that true, a schema is left as it is if it uses keywords such as {@code not} or {@code oneOf},
 * under which a smaller subschema may allow more values.
 */
final class ClosedSchema {
    private static final String OTHERS = "additionalProperties";

    private ClosedSchema() {}

    /** The closed schema, or the same one if closing could change its meaning. */
    static Map<String, Object> of(Map<String, Object> schema) {
        return isPlain(schema) ? map(schema) : schema;
    }

    private static boolean isPlain(Object part) {
        return switch (part) {
            case Map<?, ?> map -> {
                boolean joined = map.containsKey("$ref") && map.containsKey("properties");
                boolean alternatives = map.containsKey("anyOf") && map.containsKey("properties");
                yield !joined
                        && !alternatives
                        && map.keySet().stream().noneMatch(key -> is(key, Keyword::isUnsafe))
                        && map.values().stream().allMatch(ClosedSchema::isPlain);
            }
            case List<?> list -> list.stream().allMatch(ClosedSchema::isPlain);
            default -> true;
        };
    }

    private static Object schema(Object part) {
        return switch (part) {
            case Map<?, ?> map -> map(map);
            case List<?> list -> list.stream().map(ClosedSchema::schema).toList();
            default -> part;
        };
    }

    private static Map<String, Object> map(Map<?, ?> schema) {
        Map<String, Object> closed = LinkedHashMap.newLinkedHashMap(schema.size() + 1);
        schema.forEach((keyword, value) ->
                closed.put(
                        keyword.toString(),
                        is(keyword, Keyword::isSafeInside) ? inside(keyword, value) : value));
        if (namesAll(schema)) {
            closed.put(OTHERS, false);
        }
        return closed;
    }

    /** The value of a keyword with its sub-schemas closed. */
    private static Object inside(Object keyword, Object value) {
        boolean named = is(keyword, ClosedSchema::holdsNames);
        return named && value instanceof Map<?, ?> names
                ? each(names)
                : named ? value : schema(value);
    }

    private static boolean holdsNames(Keyword keyword) {
        return keyword.holds() == Keyword.Holds.NAMED
                || keyword.holds() == Keyword.Holds.DEFINITIONS;
    }

    private static boolean is(Object keyword, Predicate<Keyword> wanted) {
        return Keywords.find(keyword.toString()).filter(wanted).isPresent();
    }

    private static Map<String, Object> each(Map<?, ?> names) {
        Map<String, Object> closed = LinkedHashMap.newLinkedHashMap(names.size());
        names.forEach((name, value) -> closed.put(name.toString(), schema(value)));
        return closed;
    }

    private static boolean namesAll(Map<?, ?> schema) {
        if (!(schema.get("properties") instanceof Map<?, ?> properties)
                || schema.keySet().stream().anyMatch(key -> is(key, Keyword::opensObjects))) {
            return false;
        }
        return !(schema.get("required") instanceof List<?> required)
                || properties.keySet().containsAll(required);
    }
}
