package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which keywords hold schemas, and which say something that cannot be enforced. */
final class Keywords {
    private static final Set<String> ONE_SCHEMA =
            Set.of(
                    "additionalProperties",
                    "additionalItems",
                    "propertyNames",
                    "contains",
                    "not",
                    "if",
                    "then",
                    "else",
                    "unevaluatedProperties",
                    "unevaluatedItems");
    private static final Set<String> LISTS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> MAPS =
            Set.of("properties", "patternProperties", "dependentSchemas", "dependencies");
    private static final Set<String> DEFINITIONS = Set.of("$defs", "definitions");

    /** Keywords of other dialects that would constrain the value. */
    static final Map<String, String> NOT_ENFORCED =
            Map.of(
                    "$dynamicRef", "dynamic references are not supported",
                    "$recursiveRef", "recursive references of draft 2019-09 are not supported",
                    "extends", "is a keyword of draft 3",
                    "disallow", "is a keyword of draft 3",
                    "divisibleBy", "is a keyword of draft 3");

    private Keywords() {}

    /** What schemas a keyword holds. */
    enum Held {
        NOTHING,
        ONE_OR_LIST,
        NAMED
    }

    static Held holds(String keyword) {
        if (ONE_SCHEMA.contains(keyword) || LISTS.contains(keyword) || keyword.equals("items")) {
            return Held.ONE_OR_LIST;
        }
        return MAPS.contains(keyword) || DEFINITIONS.contains(keyword) ? Held.NAMED : Held.NOTHING;
    }

    /** The schemas right under a schema, definitions included. */
    static List<Place> children(Place place) {
        List<Place> children = applied(place);
        if (place.schema() instanceof Map<?, ?> schema) {
            for (String keyword : DEFINITIONS) {
                if (schema.get(keyword) instanceof Map<?, ?> map) {
                    addAll(place.under(keyword, map), map, children);
                }
            }
        }
        return children;
    }

    /** The schemas right under a schema that say something about values. */
    static List<Place> applied(Place place) {
        List<Place> children = new ArrayList<>();
        if (!(place.schema() instanceof Map<?, ?> schema)) {
            return children;
        }
        schema.forEach((key, value) -> {
            String keyword = (String) key;
            if (ONE_SCHEMA.contains(keyword)) {
                add(place.under(keyword, value), children);
            } else if (keyword.equals("items")) {
                if (value instanceof List<?> list) {
                    addAll(place.under(keyword, list), list, children);
                } else {
                    add(place.under(keyword, value), children);
                }
            } else if (LISTS.contains(keyword) && value instanceof List<?> list) {
                addAll(place.under(keyword, list), list, children);
            } else if (MAPS.contains(keyword) && value instanceof Map<?, ?> map) {
                addAll(place.under(keyword, map), map, children);
            }
        });
        return children;
    }

    private static void add(Place child, List<Place> children) {
        if (child.schema() instanceof Map<?, ?> || child.schema() instanceof Boolean) {
            children.add(child);
        }
    }

    private static void addAll(Place parent, Map<?, ?> map, List<Place> children) {
        map.forEach((key, value) -> add(parent.under((String) key, value), children));
    }

    private static void addAll(Place parent, List<?> list, List<Place> children) {
        for (int i = 0; i < list.size(); i++) {
            add(parent.under(Integer.toString(i), list.get(i)), children);
        }
    }
}
