package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.schema.NormalForms.Literals;

/**
 * Reads the schema at a location into normal forms, keyword by keyword. {@link Assertions} reads
 * the keywords for one type, {@link Unevaluated} the unevaluated keywords, this class all others.
 * {@link Keywords} lists all of them.
 */
final class SchemaReader {
    /** Keywords of a schema that only requires names. */
    private static final Set<String> REQUIRED_ONLY =
            Set.of("required", "title", "description", "$comment");

    /** Keywords with schemas that apply to the whole object if a property is present. */
    private static final List<String> DEPENDENT = List.of("dependentSchemas", "dependencies");

    /** Upper limit for a chain of references that lead to references. */
    private static final int MAX_REFERENCES = 20;

    /** Upper limit for the length of lists that are compared to find equal schemas. */
    private static final int MAX_COMPARED_VALUES = 20;

    /**
     * Shapes of schemas without sub-schemas, by their content: equal schemas have the same shape.
     */
    private final Map<Object, Shape> flat = new HashMap<>();

    private static final int STEPS_PER_LOCATION = 20;

    private final References references;
    private final Draft draft;
    private final Shapes shapes;
    private final Assertions assertions;

    /** Empty in drafts without these keywords. */
    private final List<Unevaluated> unevaluated;

    SchemaReader(Object document) {
        draft = Draft.of(document);
        references = new References(draft.reading(document), draft);
        shapes = new Shapes(this);
        assertions = new Assertions(this, shapes);
        unevaluated =
                draft.refersAlone()
                        ? List.of()
                        : List.of(
                                new Unevaluated(this, shapes, false),
                                new Unevaluated(this, shapes, true));
    }

    boolean isDraft4() {
        return draft.isUpTo4();
    }

    Shapes shapes() {
        return shapes;
    }

    /** True when items that match {@code contains} count as evaluated. */
    boolean containsEvaluates() {
        return !draft.is2019();
    }

    SchemaLocation based(SchemaLocation location) {
        return references.based(location);
    }

    SchemaLocation root() {
        return references.root();
    }

    Shape shapeAt(SchemaLocation location) {
        WorkBudget.spend(STEPS_PER_LOCATION);
        if (location.schema() instanceof Boolean all) {
            return all ? shapes.all() : shapes.none();
        }
        if (location.schema() instanceof Map<?, ?> schema && schema.isEmpty()) {
            return shapes.all();
        }
        SchemaLocation based = references.based(location);
        if (based.schema() instanceof Map<?, ?> schema) {
            if (isReference(schema)) {
                return target(based, schema);
            }
            Map<Object, Object> plain = new HashMap<>(schema);
            plain.keySet().removeAll(Keywords.ANNOTATIONS);
            if (isFlat(plain)) {
                return flat.computeIfAbsent(plain, key -> shapes.shapeAt(based));
            }
        }
        return shapes.shapeAt(based);
    }

    /**
     * The schema at the end of a chain of references that stand alone, or the location itself if a
     * reference cannot be resolved.
     */
    private Shape target(SchemaLocation location, Map<?, ?> schema) {
        SchemaLocation at = location;
        Map<?, ?> reference = schema;
        for (int i = 0; i < MAX_REFERENCES; i++) {
            Object text = reference.get("$ref");
            Optional<SchemaLocation> found =
                    text instanceof String name ? references.find(at, name) : Optional.empty();
            if (found.isEmpty()) {
                break;
            }
            at = references.based(found.get());
            if (!(at.schema() instanceof Map<?, ?> next) || !isReference(next)) {
                return shapeAt(at);
            }
            reference = next;
        }
        return shapes.shapeAt(location);
    }

    private boolean isReference(Map<?, ?> schema) {
        return refersOnly(schema) || schema.keySet().equals(Set.of("$ref"));
    }

    /**
     * True when a schema contains no sub-schemas and no ids or anchors, so that it means the same
     * everywhere.
     */
    private static boolean isFlat(Map<?, ?> schema) {
        for (Map.Entry<?, ?> each : schema.entrySet()) {
            boolean names = ((String) each.getKey()).startsWith("$") || each.getKey().equals("id");
            boolean deep =
                    each.getValue() instanceof Map<?, ?>
                            || each.getValue() instanceof List<?> list
                                    && (list.size() > MAX_COMPARED_VALUES
                                            || list.stream()
                                                    .anyMatch(item ->
                                                            item instanceof Map<?, ?>
                                                                    || item instanceof List<?>));
            if (names || deep) {
                return false;
            }
        }
        return true;
    }

    SchemaLocation referred(SchemaLocation location, Object reference) {
        if (!(reference instanceof String text)) {
            throw new RefusedException("must be a string");
        }
        return references
                .find(location, text)
                .orElseThrow(() -> new RefusedException("'" + text + "' is not in this document"));
    }

    /** The normal form of the schema at this location. */
    NormalForms forms(SchemaLocation location) {
        Map<?, ?> schema = object(location.schema());
        if (refersOnly(schema)) {
            return shapes.forms(shapeAt(referred(location, at(schema, "$ref"))));
        }
        List<Shape> parts = new ArrayList<>();
        parts.add(shapes.ofForms(assertions.forms(location)));
        if (schema.containsKey("$ref")) {
            parts.add(shapeAt(referred(location, at(schema, "$ref"))));
        }
        if (schema.containsKey("enum")) {
            List<?> values = list(schema.get("enum"));
            parts.add(shapes.ofForms(Constants.oneOf(values, shapes)));
        }
        if (schema.containsKey("const")) {
            parts.add(shapes.ofForms(Constants.one(schema.get("const"), shapes)));
        }
        addCombinations(location, schema, parts);
        addDependent(location, schema, parts);
        for (Unevaluated each : unevaluated) {
            if (schema.containsKey(each.keyword())) {
                parts.add(each.shape(location));
            }
        }
        boolean nullable = Boolean.TRUE.equals(schema.get("nullable"));
        NormalForms forms = shapes.forms(shapes.and(parts));
        return nullable
                ? forms.or(NormalForms.NONE.withLiterals(new Literals(true, false, false)), shapes)
                : forms;
    }

    private void addCombinations(SchemaLocation location, Map<?, ?> schema, List<Shape> parts) {
        if (schema.containsKey("allOf")) {
            parts.addAll(each(location, "allOf"));
        }
        if (schema.containsKey("anyOf")) {
            parts.add(shapes.or(each(location, "anyOf")));
        }
        if (schema.containsKey("oneOf")) {
            parts.add(shapes.oneOf(each(location, "oneOf")));
        }
        if (schema.containsKey("not")) {
            parts.add(shapes.not(shapeAt(location.under("not", schema.get("not")))));
        }
        if (schema.containsKey("if")) {
            Shape condition = shapeAt(location.under("if", schema.get("if")));
            Shape met = shapes.and(condition, branch(location, schema, "then"));
            Shape unmet = shapes.and(shapes.not(condition), branch(location, schema, "else"));
            parts.add(shapes.or(List.of(met, unmet)));
        }
    }

    private Shape branch(SchemaLocation location, Map<?, ?> schema, String keyword) {
        return schema.containsKey(keyword)
                ? shapeAt(location.under(keyword, schema.get(keyword)))
                : shapes.all();
    }

    private List<Shape> each(SchemaLocation location, String keyword) {
        List<?> schemas = list(at(object(location.schema()), keyword));
        SchemaLocation parent = location.under(keyword, schemas);
        List<Shape> all = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            all.add(shapeAt(parent.under(Integer.toString(i), schemas.get(i))));
        }
        return all;
    }

    /** Adds the schemas that apply to the whole object if a property is present. */
    private void addDependent(SchemaLocation location, Map<?, ?> schema, List<Shape> parts) {
        for (String keyword : DEPENDENT) {
            if (schema.get(keyword) instanceof Map<?, ?> map) {
                SchemaLocation parent = location.under(keyword, map);
                map.forEach((key, value) -> {
                    if (!(value instanceof List<?>)) {
                        parts.add(dependent(parent, (String) key, value));
                    }
                });
            }
        }
    }

    /**
     * Objects without the property or of the schema. If the schema only requires names, they are
     * implied.
     */
    private Shape dependent(SchemaLocation parent, String name, Object value) {
        NormalForms all = NormalForms.all(shapes);
        ObjectForm any = ObjectForm.of(shapes.all());
        if (value instanceof Map<?, ?> schema
                && schema.get("required") instanceof List<?> names
                && REQUIRED_ONLY.containsAll(schema.keySet())) {
            ObjectForm implying = any.implying(Map.of(name, strings(names)));
            return shapes.ofForms(all.withObjects(List.of(implying)));
        }
        ObjectForm without = any.with(Map.of(name, shapes.none()), Set.of());
        return shapes.or(
                List.of(
                        shapes.ofForms(all.withObjects(List.of(without))),
                        shapes.and(having(name), shapeAt(parent.under(name, value)))));
    }

    /** All values except objects without this property. */
    Shape having(String name) {
        ObjectForm with =
                ObjectForm.of(shapes.all()).with(Map.of(name, shapes.all()), Set.of(name));
        return shapes.ofForms(NormalForms.all(shapes).withObjects(List.of(with)));
    }

    /** Up to draft 7, the keywords beside a reference are ignored. */
    private boolean refersOnly(Map<?, ?> schema) {
        return draft.refersAlone() && schema.containsKey("$ref");
    }

    /** The locations of the schemas that apply to the same value or to parts of it. */
    List<SchemaLocation> next(SchemaLocation location) {
        List<SchemaLocation> next = new ArrayList<>();
        if (location.schema() instanceof Map<?, ?> schema && refersOnly(schema)) {
            next.add(referred(location, at(schema, "$ref")));
            return next;
        }
        for (SchemaLocation child : Keywords.applied(location)) {
            next.add(references.based(child));
        }
        if (location.schema() instanceof Map<?, ?> schema && schema.containsKey("$ref")) {
            next.add(referred(location, at(schema, "$ref")));
        }
        return next;
    }

    /** Everything in the keywords of this schema that cannot be enforced, with the reasons. */
    Map<String, String> refusals(SchemaLocation location) {
        if (location.schema() instanceof Map<?, ?> schema && refersOnly(schema)) {
            Map<String, String> refusals = new LinkedHashMap<>();
            checked("$ref", schema, refusals, value -> referred(location, value));
            return refusals;
        }
        Map<String, String> refusals = assertions.refusals(location);
        if (location.schema() instanceof Map<?, ?> schema) {
            for (Keyword keyword : Keywords.all()) {
                if (!keyword.refusal().isEmpty() && schema.containsKey(keyword.name())) {
                    refusals.put(keyword.name(), keyword.refusal());
                }
            }
            checked("$ref", schema, refusals, value -> referred(location, value));
            for (String keyword : List.of("allOf", "anyOf", "oneOf")) {
                checked(
                        keyword,
                        schema,
                        refusals,
                        value -> {
                            for (Object each : list(value)) {
                                schema(each);
                            }
                        });
            }
            checked("enum", schema, refusals, SchemaReader::list);
            for (Unevaluated each : unevaluated) {
                checked(each.keyword(), schema, refusals, value -> each.shape(location));
            }
            for (String keyword : List.of("not", "if", "then", "else")) {
                checked(keyword, schema, refusals, SchemaReader::schema);
            }
            for (String keyword : DEPENDENT) {
                checked(keyword, schema, refusals, SchemaReader::object);
            }
        } else if (!(location.schema() instanceof Boolean)) {
            refusals.put("", "a schema must be an object or a boolean");
        }
        return refusals;
    }

    static void checked(
            String keyword,
            Map<?, ?> schema,
            Map<String, String> refusals,
            Consumer<Object> check) {
        if (schema.containsKey(keyword)) {
            try {
                check.accept(schema.get(keyword));
            } catch (RefusedException e) {
                refusals.put(keyword, e.getMessage());
            }
        }
    }

    static void schema(Object value) {
        if (!(value instanceof Map<?, ?>) && !(value instanceof Boolean)) {
            throw new RefusedException("must be a schema");
        }
    }

    static Object at(Map<?, ?> schema, String keyword) {
        Object value = schema.get(keyword);
        if (value == null) {
            throw new RefusedException(keyword + " is missing");
        }
        return value;
    }

    static Map<?, ?> object(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new RefusedException("must be an object");
    }

    static List<?> list(Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new RefusedException("must be an array");
    }

    static Set<String> strings(Object value) {
        Set<String> strings = new LinkedHashSet<>();
        for (Object each : list(value)) {
            if (!(each instanceof String text)) {
                throw new RefusedException("must be an array of strings");
            }
            strings.add(text);
        }
        return strings;
    }
}
