package tramontane.grammar.schema;

import static tramontane.grammar.schema.Keyword.Narrowing.INSIDE;
import static tramontane.grammar.schema.Keyword.Narrowing.INSIDE_AND_OPENS;
import static tramontane.grammar.schema.Keyword.Narrowing.OPENS;
import static tramontane.grammar.schema.Keyword.Narrowing.UNSAFE;
import static tramontane.grammar.schema.Keyword.ReadBy.ASSERTIONS;
import static tramontane.grammar.schema.Keyword.ReadBy.DRAFT;
import static tramontane.grammar.schema.Keyword.ReadBy.NOBODY;
import static tramontane.grammar.schema.Keyword.ReadBy.READER;
import static tramontane.grammar.schema.Keyword.ReadBy.REFERENCES;
import static tramontane.grammar.schema.Keyword.ReadBy.UNEVALUATED;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tramontane.grammar.schema.Keyword.Holds;

/**
 * The table of all keywords. A keyword that is not in it is an unknown one, which JSON Schema
 * ignores. docs/GRAMMAR.md shows the table and tells how to add a keyword.
 */
public final class Keywords {
    /** The drafts in chronological order. */
    static final List<String> DRAFTS = List.of("3", "4", "6", "7", "2019-09", "2020-12");

    private static final List<Keyword> TABLE =
            List.of(
                    Keyword.of("type", ASSERTIONS),
                    Keyword.of("enum", READER).narrows(OPENS),
                    Keyword.of("const", READER).from("6").narrows(OPENS),
                    Keyword.of("nullable", READER),
                    // Numbers.
                    Keyword.of("minimum", ASSERTIONS),
                    Keyword.of("maximum", ASSERTIONS),
                    Keyword.of("exclusiveMinimum", ASSERTIONS),
                    Keyword.of("exclusiveMaximum", ASSERTIONS),
                    Keyword.of("multipleOf", ASSERTIONS),
                    // Strings.
                    Keyword.of("minLength", ASSERTIONS),
                    Keyword.of("maxLength", ASSERTIONS),
                    Keyword.of("pattern", ASSERTIONS),
                    Keyword.of("format", ASSERTIONS),
                    // Arrays.
                    Keyword.of("items", ASSERTIONS).holding(Holds.EITHER).narrows(INSIDE),
                    Keyword.of("prefixItems", ASSERTIONS)
                            .holding(Holds.LIST)
                            .from("2020-12")
                            .narrows(INSIDE),
                    Keyword.of("additionalItems", ASSERTIONS).holding(Holds.SCHEMA),
                    Keyword.of("contains", ASSERTIONS)
                            .holding(Holds.SCHEMA)
                            .from("6")
                            .narrows(UNSAFE),
                    Keyword.of("minContains", ASSERTIONS).from("2019-09"),
                    Keyword.of("maxContains", ASSERTIONS).from("2019-09"),
                    Keyword.of("minItems", ASSERTIONS),
                    Keyword.of("maxItems", ASSERTIONS),
                    Keyword.of("uniqueItems", ASSERTIONS),
                    Keyword.of("unevaluatedItems", UNEVALUATED)
                            .holding(Holds.SCHEMA)
                            .from("2019-09")
                            .narrows(UNSAFE),
                    // Objects.
                    Keyword.of("properties", ASSERTIONS).holding(Holds.NAMED).narrows(INSIDE),
                    Keyword.of("patternProperties", ASSERTIONS).holding(Holds.NAMED).narrows(OPENS),
                    Keyword.of("additionalProperties", ASSERTIONS)
                            .holding(Holds.SCHEMA)
                            .narrows(INSIDE_AND_OPENS),
                    Keyword.of("propertyNames", ASSERTIONS)
                            .holding(Holds.SCHEMA)
                            .from("6")
                            .narrows(OPENS),
                    Keyword.of("required", ASSERTIONS),
                    Keyword.of("minProperties", ASSERTIONS).narrows(OPENS),
                    Keyword.of("maxProperties", ASSERTIONS),
                    Keyword.of("dependentRequired", ASSERTIONS).from("2019-09").narrows(OPENS),
                    Keyword.of("dependentSchemas", READER)
                            .holding(Holds.NAMED)
                            .from("2019-09")
                            .narrows(UNSAFE),
                    Keyword.of("dependencies", READER).holding(Holds.NAMED).narrows(UNSAFE),
                    Keyword.of("unevaluatedProperties", UNEVALUATED)
                            .holding(Holds.SCHEMA)
                            .from("2019-09")
                            .narrows(UNSAFE),
                    // Combinations. Where "if" is absent, "then" and "else" have no effect.
                    Keyword.of("allOf", READER).holding(Holds.LIST).narrows(UNSAFE),
                    Keyword.of("anyOf", READER).holding(Holds.LIST).narrows(INSIDE),
                    Keyword.of("oneOf", READER).holding(Holds.LIST).narrows(UNSAFE),
                    Keyword.of("not", READER).holding(Holds.SCHEMA).narrows(UNSAFE),
                    Keyword.of("if", READER).holding(Holds.SCHEMA).from("7").narrows(UNSAFE),
                    Keyword.of("then", READER).holding(Holds.SCHEMA).from("7"),
                    Keyword.of("else", READER).holding(Holds.SCHEMA).from("7"),
                    // Identity and references.
                    Keyword.of("$schema", DRAFT),
                    Keyword.of("$id", REFERENCES),
                    Keyword.of("id", REFERENCES),
                    Keyword.of("$anchor", REFERENCES),
                    Keyword.of("$dynamicAnchor", REFERENCES),
                    Keyword.of("$ref", REFERENCES),
                    Keyword.of("$defs", REFERENCES).holding(Holds.DEFINITIONS).narrows(INSIDE),
                    Keyword.of("definitions", REFERENCES)
                            .holding(Holds.DEFINITIONS)
                            .narrows(INSIDE),
                    Keyword.refused("$dynamicRef", "dynamic references are not supported")
                            .from("2020-12")
                            .narrows(UNSAFE),
                    Keyword.refused(
                                    "$recursiveRef",
                                    "recursive references of draft 2019-09 are not supported")
                            .from("2019-09")
                            .narrows(UNSAFE),
                    Keyword.refused("extends", "is a keyword of draft 3").narrows(UNSAFE),
                    Keyword.refused("disallow", "is a keyword of draft 3").narrows(UNSAFE),
                    Keyword.refused("divisibleBy", "is a keyword of draft 3"),
                    // Annotations.
                    Keyword.of("title", NOBODY),
                    Keyword.of("description", NOBODY),
                    Keyword.of("default", NOBODY),
                    Keyword.of("examples", NOBODY),
                    Keyword.of("$comment", NOBODY));

    private static final Map<String, Keyword> BY_NAME = new LinkedHashMap<>();

    static {
        TABLE.forEach(keyword -> BY_NAME.put(keyword.name(), keyword));
    }

    /** Keywords that do not restrict values. */
    static final Set<String> ANNOTATIONS = names(keyword -> keyword.readBy() == NOBODY);

    private Keywords() {}

    static List<Keyword> all() {
        return TABLE;
    }

    /** The keyword with this name; empty if it is unknown. */
    public static Optional<Keyword> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The names of the keywords that draft {@code draft} ignores because they came later. */
    static Set<String> addedAfter(String draft) {
        int last = DRAFTS.indexOf(draft);
        return names(keyword -> DRAFTS.indexOf(keyword.since()) > last);
    }

    private static Set<String> names(Predicate<Keyword> wanted) {
        return TABLE.stream()
                .filter(wanted)
                .map(Keyword::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    static Holds holds(String keyword) {
        return find(keyword).map(Keyword::holds).orElse(Holds.NOTHING);
    }

    /** The schemas directly under a schema, definitions included. */
    static List<SchemaLocation> children(SchemaLocation location) {
        List<SchemaLocation> children = applied(location);
        if (location.schema() instanceof Map<?, ?> schema) {
            schema.forEach((key, value) -> {
                String keyword = (String) key;
                if (holds(keyword) == Holds.DEFINITIONS && value instanceof Map<?, ?> map) {
                    addAll(location.under(keyword, map), map, children);
                }
            });
        }
        return children;
    }

    /** The schemas directly under a schema that apply to the value or its parts. */
    static List<SchemaLocation> applied(SchemaLocation location) {
        List<SchemaLocation> children = new ArrayList<>();
        if (!(location.schema() instanceof Map<?, ?> schema)) {
            return children;
        }
        schema.forEach((key, value) -> {
            String keyword = (String) key;
            SchemaLocation under = location.under(keyword, value);
            switch (holds(keyword)) {
                case NOTHING, DEFINITIONS -> {
                    // Nothing applies.
                }
                case SCHEMA -> add(under, children);
                case LIST -> {
                    if (value instanceof List<?> list) {
                        addAll(under, list, children);
                    }
                }
                case EITHER -> {
                    if (value instanceof List<?> list) {
                        addAll(under, list, children);
                    } else {
                        add(under, children);
                    }
                }
                case NAMED -> {
                    if (value instanceof Map<?, ?> map) {
                        addAll(under, map, children);
                    }
                }
            }
        });
        return children;
    }

    private static void add(SchemaLocation child, List<SchemaLocation> children) {
        if (child.schema() instanceof Map<?, ?> || child.schema() instanceof Boolean) {
            children.add(child);
        }
    }

    private static void addAll(
            SchemaLocation parent, Map<?, ?> map, List<SchemaLocation> children) {
        map.forEach((key, value) -> add(parent.under((String) key, value), children));
    }

    private static void addAll(SchemaLocation parent, List<?> list, List<SchemaLocation> children) {
        for (int i = 0; i < list.size(); i++) {
            add(parent.under(Integer.toString(i), list.get(i)), children);
        }
    }
}
