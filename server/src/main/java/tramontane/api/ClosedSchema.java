package tramontane.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A schema that fewer answers fit: an object that names its properties gets no others. JSON Schema
 * allows others wherever {@code additionalProperties} is left out, and a model that may invent
 * properties does; hardly any caller means it.
 *
 * <p>Whatever fits the closed schema fits the caller's own as well, for it is only closed where
 * every part of it is read as "and" of its own values or as "any of". Where a keyword reads
 * otherwise the whole schema is left as it is.
 */
final class ClosedSchema {
    private static final String OTHERS = "additionalProperties";

    /** Where these stand, fewer values of a part may mean more, or none, of the whole. */
    private static final Set<String> CONTRARY =
            Set.of(
                    "allOf",
                    "oneOf",
                    "not",
                    "if",
                    "contains",
                    "dependentSchemas",
                    "dependencies",
                    "extends",
                    "disallow",
                    "unevaluatedProperties",
                    "unevaluatedItems",
                    "$dynamicRef",
                    "$recursiveRef");

    /** An object that has one of these may need properties it does not name. */
    private static final Set<String> OPEN =
            Set.of(
                    OTHERS,
                    "patternProperties",
                    "minProperties",
                    "propertyNames",
                    "dependentRequired",
                    "enum",
                    "const");

    /** Keywords whose value is a map of names to schemas. */
    private static final Set<String> NAMED = Set.of("properties", "$defs", "definitions");

    /** Keywords whose value is a schema or a list of schemas. */
    private static final Set<String> NESTED = Set.of("items", "prefixItems", "anyOf", OTHERS);

    private ClosedSchema() {}

    /** The schema closed, or itself where that could change what it means. */
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
                        && map.keySet().stream().noneMatch(CONTRARY::contains)
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
                        NAMED.contains(keyword) && value instanceof Map<?, ?> names
                                ? each(names)
                                : NESTED.contains(keyword) ? schema(value) : value));
        if (namesAll(schema)) {
            closed.put(OTHERS, false);
        }
        return closed;
    }

    private static Map<String, Object> each(Map<?, ?> names) {
        Map<String, Object> closed = LinkedHashMap.newLinkedHashMap(names.size());
        names.forEach((name, value) -> closed.put(name.toString(), schema(value)));
        return closed;
    }

    private static boolean namesAll(Map<?, ?> schema) {
        if (!(schema.get("properties") instanceof Map<?, ?> properties)
                || schema.keySet().stream().anyMatch(OPEN::contains)) {
            return false;
        }
        return !(schema.get("required") instanceof List<?> required)
                || properties.keySet().containsAll(required);
    }
}
