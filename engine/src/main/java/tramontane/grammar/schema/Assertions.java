package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.format.Formats;
import tramontane.grammar.number.NumberSet;
import tramontane.grammar.pattern.EcmaPattern;
import tramontane.grammar.pattern.PatternException;
import tramontane.grammar.schema.NormalForms.Literals;

/** Reads {@code type} and the keywords that assert something about one type only. */
final class Assertions {
    private static final Set<String> TYPES =
            Set.of("null", "boolean", "integer", "number", "string", "array", "object");

    /** Upper limit for the classes of keys that match the same patterns. */
    private static final int MAX_KEY_CLASSES = 256;

    private static final int STEPS_PER_NAME = 20;

    private final SchemaReader reader;
    private final Shapes shapes;
    private final Map<SchemaLocation, NormalForms> known = new HashMap<>();

    Assertions(SchemaReader reader, Shapes shapes) {
        this.reader = reader;
        this.shapes = shapes;
    }

    /** All keywords of a schema that cannot be enforced, with the reasons. */
    Map<String, String> refusals(SchemaLocation location) {
        Map<String, String> refusals = new LinkedHashMap<>();
        if (location.schema() instanceof Map<?, ?>) {
            read(location, refusals);
        }
        return refusals;
    }

    NormalForms forms(SchemaLocation location) {
        NormalForms forms = known.get(location);
        if (forms == null) {
            Map<String, String> refusals = new LinkedHashMap<>();
            forms = read(location, refusals);
            if (!refusals.isEmpty()) {
                Map.Entry<String, String> first = refusals.entrySet().iterator().next();
                throw new RefusedException(first.getKey() + " " + first.getValue());
            }
        }
        return forms;
    }

    private NormalForms read(SchemaLocation location, Map<String, String> refusals) {
        Map<?, ?> schema = SchemaReader.object(location.schema());
        Fields fields = new Fields(schema, refusals);
        Set<String> types = fields.get("type", Assertions::types, TYPES);
        boolean integers = types.contains("integer") && !types.contains("number");
        Numbers numbers = Numbers.NONE;
        if (integers || types.contains("number")) {
            NumberSet set = numbers(fields);
            numbers = integers ? integers(set) : Numbers.of(set);
        }
        boolean bool = types.contains("boolean");
        NormalForms forms =
                new NormalForms(
                        new Literals(types.contains("null"), bool, bool),
                        numbers,
                        types.contains("string") ? strings(fields) : List.of(),
                        types.contains("array") ? arrays(location, fields) : List.of(),
                        types.contains("object") ? objects(location, fields) : List.of());
        known.put(location, forms);
        return forms;
    }

    /**
     * The keywords of one schema. A keyword that cannot be read is added to the refusals and
     * replaced by its default.
     */
    private record Fields(Map<?, ?> schema, Map<String, String> refusals) {
        <T> T get(String keyword, Function<Object, T> read, T otherwise) {
            if (!schema.containsKey(keyword)) {
                return otherwise;
            }
            try {
                return read.apply(schema.get(keyword));
            } catch (RefusedException | PatternException | TooComplexException e) {
                refusals.put(keyword, String.valueOf(e.getMessage()));
                return otherwise;
            }
        }
    }

    private static Set<String> types(Object value) {
        Set<String> types = value instanceof String one ? Set.of(one) : SchemaReader.strings(value);
        for (String type : types) {
            if (!TYPES.contains(type)) {
                throw new RefusedException("'" + type + "' is no type");
            }
        }
        return types;
    }

    /** Up to draft 4, a number with a decimal point is not an integer, whatever its value. */
    private Numbers integers(NumberSet numbers) {
        NumberSet whole = numbers.and(NumberSet.integers());
        return reader.isDraft4() ? new Numbers(whole, NumberSet.none()) : Numbers.of(whole);
    }

    private static NumberSet numbers(Fields fields) {
        NumberSet all = NumberSet.all();
        boolean fromAbove = Boolean.TRUE.equals(fields.schema.get("exclusiveMinimum"));
        boolean fromBelow = Boolean.TRUE.equals(fields.schema.get("exclusiveMaximum"));
        NumberSet numbers =
                fields.get(
                        "minimum",
                        value ->
                                fromAbove
                                        ? NumberSet.greaterThan(number(value))
                                        : NumberSet.atLeast(number(value)),
                        all);
        numbers =
                numbers.and(
                        fields.get(
                                "maximum",
                                value ->
                                        fromBelow
                                                ? NumberSet.lessThan(number(value))
                                                : NumberSet.atMost(number(value)),
                                all));
        numbers = numbers.and(fields.get("exclusiveMinimum", value -> exclusive(value, true), all));
        numbers =
                numbers.and(fields.get("exclusiveMaximum", value -> exclusive(value, false), all));
        NumberSet soFar = numbers;
        return fields.get(
                "multipleOf",
                value -> {
                    BigDecimal divisor = number(value);
                    if (divisor.signum() <= 0) {
                        throw new RefusedException("must be greater than 0");
                    }
                    return soFar.and(NumberSet.multipleOf(divisor));
                },
                soFar);
    }

    private static NumberSet exclusive(Object value, boolean above) {
        if (value instanceof Boolean) {
            // In draft 4 the boolean says whether minimum or maximum is exclusive.
            return NumberSet.all();
        }
        return above ? NumberSet.greaterThan(number(value)) : NumberSet.lessThan(number(value));
    }

    private static BigDecimal number(Object value) {
        if (value instanceof Number number) {
            return new BigDecimal(number.toString());
        }
        throw new RefusedException("must be a number");
    }

    private static long count(Object value) {
        BigDecimal number = number(value);
        if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
            throw new RefusedException("must be a non-negative integer");
        }
        return number.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValueExact();
    }

    private static int min(Object value) {
        return (int) Math.min(count(value), Integer.MAX_VALUE);
    }

    private static List<StringForm> strings(Fields fields) {
        Automaton language = fields.get("pattern", Assertions::pattern, Automaton.any());
        Automaton both = language;
        language = fields.get("format", value -> both.and(format(value)), both);
        StringForm form =
                new StringForm(
                        language,
                        fields.get("minLength", Assertions::min, 0),
                        fields.get("maxLength", Assertions::count, Long.MAX_VALUE));
        return form.isEmpty() ? List.of() : List.of(form);
    }

    private static Automaton pattern(Object value) {
        if (value instanceof String pattern) {
            return EcmaPattern.search(pattern);
        }
        throw new RefusedException("must be a string");
    }

    private static Automaton format(Object value) {
        if (value instanceof String name) {
            return Formats.find(name).orElse(Automaton.any());
        }
        throw new RefusedException("must be a string");
    }

    private List<ArrayForm> arrays(SchemaLocation location, Fields fields) {
        List<Shape> prefix = new ArrayList<>();
        Shape rest = shapes.all();
        String prefixKeyword =
                fields.schema.get("items") instanceof List<?> ? "items" : "prefixItems";
        String restKeyword = prefixKeyword.equals("items") ? "additionalItems" : "items";
        if (fields.schema.containsKey(prefixKeyword)) {
            prefix =
                    fields.get(
                            prefixKeyword,
                            value -> shapeAt(location, prefixKeyword, value),
                            prefix);
        }
        if (fields.schema.containsKey(restKeyword)) {
            rest =
                    fields.get(
                            restKeyword,
                            value -> shapeAt(location.under(restKeyword, value)),
                            rest);
        }
        List<ArrayForm.Contained> contained = new ArrayList<>();
        if (fields.schema.containsKey("contains")) {
            long min = fields.get("minContains", Assertions::count, 1L);
            long max = fields.get("maxContains", Assertions::count, Long.MAX_VALUE);
            Shape shape =
                    fields.get(
                            "contains",
                            value -> shapeAt(location.under("contains", value)),
                            shapes.all());
            contained.add(new ArrayForm.Contained(shape, 0, min, max));
        }
        return List.of(
                new ArrayForm(
                                prefix,
                                rest,
                                fields.get("minItems", Assertions::count, 0L),
                                fields.get("maxItems", Assertions::count, Long.MAX_VALUE),
                                fields.get("uniqueItems", Assertions::bool, false),
                                contained)
                        .folded(shapes));
    }

    private List<Shape> shapeAt(SchemaLocation location, String keyword, Object value) {
        List<?> schemas = SchemaReader.list(value);
        SchemaLocation parent = location.under(keyword, schemas);
        List<Shape> all = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            all.add(shapeAt(parent.under(Integer.toString(i), schemas.get(i))));
        }
        return all;
    }

    private Shape shapeAt(SchemaLocation location) {
        SchemaReader.schema(location.schema());
        return reader.shapeAt(location);
    }

    private static boolean bool(Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new RefusedException("must be a boolean");
    }

    private List<ObjectForm> objects(SchemaLocation location, Fields fields) {
        List<KeyClass> patterns =
                fields.get("patternProperties", v -> patterns(location, v), List.of());
        Shape additional =
                fields.get(
                        "additionalProperties",
                        value -> shapeAt(location.under("additionalProperties", value)),
                        shapes.all());
        List<KeyClass> classes =
                fields.get(
                        "patternProperties",
                        all -> classes(patterns, additional),
                        List.of(new KeyClass(Automaton.any(), additional)));
        Map<String, Shape> names = new LinkedHashMap<>();
        fields.get(
                "properties",
                value -> {
                    SchemaLocation parent = location.under("properties", value);
                    SchemaReader.object(value)
                            .forEach((key, schema) -> {
                                String name = (String) key;
                                names.put(
                                        name,
                                        matched(
                                                shapeAt(parent.under(name, schema)),
                                                name,
                                                patterns));
                            });
                    return names;
                },
                names);
        Map<String, Set<String>> implied = new LinkedHashMap<>();
        for (String keyword : List.of("dependentRequired", "dependencies")) {
            fields.get(keyword, value -> implied(value, implied), implied);
        }
        ObjectForm form =
                new ObjectForm(
                        names,
                        fields.get("required", SchemaReader::strings, Set.of()),
                        classes,
                        fields.get("minProperties", Assertions::count, 0L),
                        fields.get("maxProperties", Assertions::count, Long.MAX_VALUE),
                        implied,
                        List.of());
        ObjectForm complete = ObjectForm.complete(form);
        return List.of(
                fields.get(
                        "propertyNames",
                        value ->
                                complete.and(named(location.under("propertyNames", value)), shapes),
                        complete));
    }

    private static Map<String, Set<String>> implied(Object value, Map<String, Set<String>> into) {
        SchemaReader.object(value)
                .forEach((key, names) -> {
                    if (names instanceof List<?>) {
                        into.merge((String) key, SchemaReader.strings(names), ObjectForm::union);
                    } else if (names instanceof String one) {
                        into.merge((String) key, Set.of(one), ObjectForm::union);
                    } else {
                        SchemaReader.schema(names);
                    }
                });
        return into;
    }

    private List<KeyClass> patterns(SchemaLocation location, Object value) {
        List<KeyClass> patterns = new ArrayList<>();
        SchemaLocation parent = location.under("patternProperties", value);
        SchemaReader.object(value)
                .forEach((key, schema) -> {
                    String pattern = (String) key;
                    patterns.add(
                            new KeyClass(
                                    EcmaPattern.search(pattern),
                                    shapeAt(parent.under(pattern, schema))));
                });
        return patterns;
    }

    /** Splits all keys into classes of keys that match the same patterns. */
    private List<KeyClass> classes(List<KeyClass> patterns, Shape additional) {
        // Keys that match no pattern so far are kept apart; the other classes carry the shapes of
        // their patterns.
        Automaton unmatched = Automaton.any();
        List<KeyClass> matched = new ArrayList<>();
        for (KeyClass pattern : patterns) {
            List<KeyClass> split = new ArrayList<>();
            for (KeyClass each : matched) {
                Automaton both = shapes.and(each.keys(), pattern.keys());
                Automaton only = each.keys().minus(pattern.keys());
                shapes.spend(both.states() + only.states());
                if (!both.isEmpty()) {
                    split.add(new KeyClass(both, shapes.and(each.value(), pattern.value())));
                }
                if (!only.isEmpty()) {
                    split.add(new KeyClass(only, each.value()));
                }
            }
            Automaton fresh = unmatched.and(pattern.keys());
            if (!fresh.isEmpty()) {
                split.add(new KeyClass(fresh, pattern.value()));
            }
            unmatched = unmatched.minus(pattern.keys());
            matched = split;
            if (split.size() > MAX_KEY_CLASSES) {
                throw new RefusedException(
                        "overlap in more than " + MAX_KEY_CLASSES + " combinations");
            }
        }
        if (!unmatched.isEmpty()) {
            matched.add(new KeyClass(unmatched, additional));
        }
        return matched;
    }

    private Shape matched(Shape value, String name, List<KeyClass> patterns) {
        Shape all = value;
        WorkBudget.spend(STEPS_PER_NAME + (long) patterns.size() * name.length());
        for (KeyClass pattern : patterns) {
            if (pattern.keys().matches(name)) {
                all = shapes.and(all, pattern.value());
            }
        }
        return all;
    }

    /** Objects whose keys all match the schema. */
    private ObjectForm named(SchemaLocation location) {
        Automaton keys = Automaton.none();
        for (StringForm form : shapes.forms(shapeAt(location)).strings()) {
            Automaton language = form.language();
            if (form.min() > 0 || form.max() < Long.MAX_VALUE) {
                language = language.and(EcmaPattern.search(lengths(form)));
            }
            keys = keys.or(language);
        }
        List<KeyClass> classes = new ArrayList<>();
        if (!keys.isEmpty()) {
            classes.add(new KeyClass(keys, shapes.all()));
        }
        Automaton others = keys.complement();
        if (!others.isEmpty()) {
            classes.add(new KeyClass(others, shapes.none()));
        }
        return ObjectForm.of(shapes.all()).classed(classes);
    }

    private static String lengths(StringForm form) {
        String max = form.max() == Long.MAX_VALUE ? "" : Long.toString(form.max());
        return "^[\\s\\S]{" + form.min() + "," + max + "}$";
    }
}
