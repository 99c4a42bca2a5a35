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
import tramontane.grammar.regex.Work;
import tramontane.grammar.schema.Forms.Literals;

/** Turns the schema at a place into forms, keyword by keyword. */
final class SchemaReader {
    /** Keywords of a schema that asks for names and says nothing else. */
    private static final Set<String> ASKS_ONLY =
            Set.of("required", "title", "description", "$comment");

    /** Keywords that say nothing about values. */
    private static final Set<String> ANNOTATIONS =
            Set.of("title", "description", "default", "examples", "$comment");

    /** References that lead to another are followed so far. */
    private static final int MOST_REFERENCES = 20;

    /** Constants that are compared to find equal schemas. */
    private static final int FEW = 20;

    /** Schemas that are equal and hold no others are one, wherever they stand. */
    private final Map<Object, Shape> flat = new HashMap<>();

    private static final int STEPS_A_PLACE = 20;

    private final References references;
    private final Draft draft;
    private final Shapes shapes;
    private final Assertions assertions;

    /** None in dialects that do not know the keywords. */
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

    /** Whether an item that {@code contains} wants counts as evaluated. */
    boolean containsEvaluates() {
        return !draft.is2019();
    }

    Place based(Place place) {
        return references.based(place);
    }

    Place root() {
        return references.root();
    }

    Shape located(Place place) {
        Work.spend(STEPS_A_PLACE);
        if (place.schema() instanceof Boolean all) {
            return all ? shapes.all() : shapes.none();
        }
        if (place.schema() instanceof Map<?, ?> schema && schema.isEmpty()) {
            return shapes.all();
        }
        Place based = references.based(place);
        if (based.schema() instanceof Map<?, ?> schema) {
            if (isReference(schema)) {
                return target(based, schema);
            }
            Map<Object, Object> plain = new HashMap<>(schema);
            plain.keySet().removeAll(ANNOTATIONS);
            if (isFlat(plain)) {
                return flat.computeIfAbsent(plain, key -> shapes.located(based));
            }
        }
        return shapes.located(based);
    }

    /** The schema that a reference, which stands alone, leads to; itself where it leads nowhere. */
    private Shape target(Place place, Map<?, ?> schema) {
        Place at = place;
        Map<?, ?> reference = schema;
        for (int i = 0; i < MOST_REFERENCES; i++) {
            Object text = reference.get("$ref");
            Optional<Place> found =
                    text instanceof String name ? references.find(at, name) : Optional.empty();
            if (found.isEmpty()) {
                break;
            }
            at = references.based(found.get());
            if (!(at.schema() instanceof Map<?, ?> next) || !isReference(next)) {
                return located(at);
            }
            reference = next;
        }
        return shapes.located(place);
    }

    private boolean isReference(Map<?, ?> schema) {
        return refersOnly(schema) || schema.keySet().equals(Set.of("$ref"));
    }

    /** Whether a schema holds no others and names nothing, so that it means the same everywhere. */
    private static boolean isFlat(Map<?, ?> schema) {
        for (Map.Entry<?, ?> each : schema.entrySet()) {
            boolean names = ((String) each.getKey()).startsWith("$") || each.getKey().equals("id");
            boolean deep =
                    each.getValue() instanceof Map<?, ?>
                            || each.getValue() instanceof List<?> list
                                    && (list.size() > FEW
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

    Place referred(Place place, Object reference) {
        if (!(reference instanceof String text)) {
            throw new RefusedException("must be a string");
        }
        return references
                .find(place, text)
                .orElseThrow(
                        () -> new RefusedException("'" + text + "' is not within this document"));
    }

    /** What the schema at this place says. */
    Forms forms(Place place) {
        Map<?, ?> schema = object(place.schema());
        if (refersOnly(schema)) {
            return shapes.forms(located(referred(place, at(schema, "$ref"))));
        }
        List<Shape> parts = new ArrayList<>();
        parts.add(shapes.given(assertions.forms(place)));
        if (schema.containsKey("$ref")) {
            parts.add(located(referred(place, at(schema, "$ref"))));
        }
        if (schema.containsKey("enum")) {
            List<?> values = list(schema.get("enum"));
            parts.add(shapes.given(Constants.oneOf(values, shapes)));
        }
        if (schema.containsKey("const")) {
            parts.add(shapes.given(Constants.one(schema.get("const"), shapes)));
        }
        addCombinations(place, schema, parts);
        addDependent(place, schema, parts);
        for (Unevaluated each : unevaluated) {
            if (schema.containsKey(each.keyword())) {
                parts.add(each.shape(place));
            }
        }
        boolean nullable = Boolean.TRUE.equals(schema.get("nullable"));
        Forms forms = shapes.forms(shapes.and(parts));
        return nullable
                ? forms.or(Forms.NONE.withLiterals(new Literals(true, false, false)), shapes)
                : forms;
    }

    private void addCombinations(Place place, Map<?, ?> schema, List<Shape> parts) {
        if (schema.containsKey("allOf")) {
            parts.addAll(each(place, "allOf"));
        }
        if (schema.containsKey("anyOf")) {
            parts.add(shapes.or(each(place, "anyOf")));
        }
        if (schema.containsKey("oneOf")) {
            parts.add(shapes.oneOf(each(place, "oneOf")));
        }
        if (schema.containsKey("not")) {
            parts.add(shapes.not(located(place.under("not", schema.get("not")))));
        }
        if (schema.containsKey("if")) {
            Shape condition = located(place.under("if", schema.get("if")));
            Shape met = shapes.and(condition, branch(place, schema, "then"));
            Shape unmet = shapes.and(shapes.not(condition), branch(place, schema, "else"));
            parts.add(shapes.or(List.of(met, unmet)));
        }
    }

    private Shape branch(Place place, Map<?, ?> schema, String keyword) {
        return schema.containsKey(keyword)
                ? located(place.under(keyword, schema.get(keyword)))
                : shapes.all();
    }

    private List<Shape> each(Place place, String keyword) {
        List<?> schemas = list(at(object(place.schema()), keyword));
        Place parent = place.under(keyword, schemas);
        List<Shape> all = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            all.add(located(parent.under(Integer.toString(i), schemas.get(i))));
        }
        return all;
    }

    /** Schemas that hold for the whole object where some name is there. */
    private void addDependent(Place place, Map<?, ?> schema, List<Shape> parts) {
        for (String keyword : List.of("dependentSchemas", "dependencies")) {
            if (schema.get(keyword) instanceof Map<?, ?> map) {
                Place parent = place.under(keyword, map);
                map.forEach((key, value) -> {
                    if (!(value instanceof List<?>)) {
                        parts.add(dependent(parent, (String) key, value));
                    }
                });
            }
        }
    }

    /** Without the name, or of the schema; where that only asks for names, they are implied. */
    private Shape dependent(Place parent, String name, Object value) {
        Forms all = Forms.all(shapes);
        ObjectForm any = ObjectForm.of(shapes.all());
        if (value instanceof Map<?, ?> schema
                && schema.get("required") instanceof List<?> names
                && ASKS_ONLY.containsAll(schema.keySet())) {
            ObjectForm implying = any.implying(Map.of(name, strings(names)));
            return shapes.given(all.withObjects(List.of(implying)));
        }
        ObjectForm without = any.with(Map.of(name, shapes.none()), Set.of());
        return shapes.or(
                List.of(
                        shapes.given(all.withObjects(List.of(without))),
                        shapes.and(having(name), located(parent.under(name, value)))));
    }

    /** Anything but an object without this name. */
    Shape having(String name) {
        ObjectForm with =
                ObjectForm.of(shapes.all()).with(Map.of(name, shapes.all()), Set.of(name));
        return shapes.given(Forms.all(shapes).withObjects(List.of(with)));
    }

    /** Up to draft 7 a reference stands alone: what is beside it does not count. */
    private boolean refersOnly(Map<?, ?> schema) {
        return draft.refersAlone() && schema.containsKey("$ref");
    }

    /** The places that a schema hands its value, or a part of it, on to. */
    List<Place> next(Place place) {
        List<Place> next = new ArrayList<>();
        if (place.schema() instanceof Map<?, ?> schema && refersOnly(schema)) {
            next.add(referred(place, at(schema, "$ref")));
            return next;
        }
        for (Place child : Keywords.applied(place)) {
            next.add(references.based(child));
        }
        if (place.schema() instanceof Map<?, ?> schema && schema.containsKey("$ref")) {
            next.add(referred(place, at(schema, "$ref")));
        }
        return next;
    }

    /** Everything this schema's own keywords say that cannot be enforced. */
    Map<String, String> refusals(Place place) {
        if (place.schema() instanceof Map<?, ?> schema && refersOnly(schema)) {
            Map<String, String> refusals = new LinkedHashMap<>();
            checked("$ref", schema, refusals, value -> referred(place, value));
            return refusals;
        }
        Map<String, String> refusals = assertions.refusals(place);
        if (place.schema() instanceof Map<?, ?> schema) {
            Keywords.NOT_ENFORCED.forEach((keyword, reason) -> {
                if (schema.containsKey(keyword)) {
                    refusals.put(keyword, reason);
                }
            });
            checked("$ref", schema, refusals, value -> referred(place, value));
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
                checked(each.keyword(), schema, refusals, value -> each.shape(place));
            }
            for (String keyword : List.of("not", "if", "then", "else")) {
                checked(keyword, schema, refusals, SchemaReader::schema);
            }
        } else if (!(place.schema() instanceof Boolean)) {
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
