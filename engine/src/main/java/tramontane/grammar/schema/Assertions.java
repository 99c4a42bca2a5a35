package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.EcmaPattern;
import tramontane.grammar.regex.Formats;
import tramontane.grammar.regex.NumberSet;
import tramontane.grammar.regex.PatternException;
import tramontane.grammar.regex.TooComplexException;
import tramontane.grammar.regex.Work;
import tramontane.grammar.schema.Forms.Literals;

/** What the keywords of a schema say that speak of one type only, and {@code type} itself. */
final class Assertions {
    private static final Set<String> TYPES =
            Set.of("null", "boolean", "integer", "number", "string", "array", "object");

    /** Sets of keys that match the same patterns. */
    private static final int MOST_KEY_CLASSES = 256;

    private static final int STEPS_A_NAME = 20;

    private final SchemaReader reader;
    private final Shapes shapes;
    private final Map<Place, Forms> known = new HashMap<>();

    Assertions(SchemaReader reader, Shapes shapes) {
        this.reader = reader;
        this.shapes = shapes;
    }

    /** Every keyword that cannot be enforced here, with the reason. */
    Map<String, String> refusals(Place place) {
        Map<String, String> refusals = new LinkedHashMap<>();
        if (place.schema() instanceof Map<?, ?>) {
            read(place, refusals);
        }
        return refusals;
    }

    Forms forms(Place place) {
        Forms forms = known.get(place);
        if (forms == null) {
            Map<String, String> refusals = new LinkedHashMap<>();
            forms = read(place, refusals);
            if (!refusals.isEmpty()) {
                Map.Entry<String, String> first = refusals.entrySet().iterator().next();
                throw new RefusedException(first.getKey() + " " + first.getValue());
            }
        }
        return forms;
    }

    private Forms read(Place place, Map<String, String> refusals) {
        Map<?, ?> schema = SchemaReader.object(place.schema());
        Fields fields = new Fields(schema, refusals);
        Set<String> types = fields.get("type", Assertions::types, TYPES);
        boolean integers = types.contains("integer") && !types.contains("number");
        Numbers numbers = Numbers.NONE;
        if (integers || types.contains("number")) {
            NumberSet set = numbers(fields);
            numbers = integers ? integers(set) : Numbers.of(set);
        }
        boolean bool = types.contains("boolean");
        Forms forms =
                new Forms(
                        new Literals(types.contains("null"), bool, bool),
                        numbers,
                        types.contains("string") ? strings(fields) : List.of(),
                        types.contains("array") ? arrays(place, fields) : List.of(),
                        types.contains("object") ? objects(place, fields) : List.of());
        known.put(place, forms);
        return forms;
    }

    /** The keywords of one schema; what is wrong with one is noted, and its default stands in. */
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

    /** Up to draft 4 a number with a point is none of the integers, whatever its value. */
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
            // Draft 4: it says how minimum or maximum is meant.
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
            throw new RefusedException("must be a whole number of at least 0");
        }
        return number.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValueExact();
    }

    private static int least(Object value) {
        return (int) Math.min(count(value), Integer.MAX_VALUE);
    }

    private static List<StringForm> strings(Fields fields) {
        Automaton language = fields.get("pattern", Assertions::pattern, Automaton.any());
        Automaton both = language;
        language = fields.get("format", value -> both.and(format(value)), both);
        StringForm form =
                new StringForm(
                        language,
                        fields.get("minLength", Assertions::least, 0),
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

    private List<ArrayForm> arrays(Place place, Fields fields) {
        List<Shape> prefix = new ArrayList<>();
        Shape rest = shapes.all();
        String tuple = fields.schema.get("items") instanceof List<?> ? "items" : "prefixItems";
        String behind = tuple.equals("items") ? "additionalItems" : "items";
        if (fields.schema.containsKey(tuple)) {
            prefix = fields.get(tuple, value -> located(place, tuple, value), prefix);
        }
        if (fields.schema.containsKey(behind)) {
            rest = fields.get(behind, value -> located(place.under(behind, value)), rest);
        }
        List<ArrayForm.Contained> contained = new ArrayList<>();
        if (fields.schema.containsKey("contains")) {
            long least = fields.get("minContains", Assertions::count, 1L);
            long most = fields.get("maxContains", Assertions::count, Long.MAX_VALUE);
            Shape shape =
                    fields.get(
                            "contains",
                            value -> located(place.under("contains", value)),
                            shapes.all());
            contained.add(new ArrayForm.Contained(shape, 0, least, most));
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

    private List<Shape> located(Place place, String keyword, Object value) {
        List<?> schemas = SchemaReader.list(value);
        Place parent = place.under(keyword, schemas);
        List<Shape> all = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            all.add(located(parent.under(Integer.toString(i), schemas.get(i))));
        }
        return all;
    }

    private Shape located(Place place) {
        SchemaReader.schema(place.schema());
        return reader.located(place);
    }

    private static boolean bool(Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new RefusedException("must be a boolean");
    }

    private List<ObjectForm> objects(Place place, Fields fields) {
        List<KeyClass> patterns =
                fields.get("patternProperties", v -> patterns(place, v), List.of());
        Shape additional =
                fields.get(
                        "additionalProperties",
                        value -> located(place.under("additionalProperties", value)),
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
                    Place parent = place.under("properties", value);
                    SchemaReader.object(value)
                            .forEach((key, schema) -> {
                                String name = (String) key;
                                names.put(
                                        name,
                                        matched(
                                                located(parent.under(name, schema)),
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
                        value -> complete.and(named(place.under("propertyNames", value)), shapes),
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

    private List<KeyClass> patterns(Place place, Object value) {
        List<KeyClass> patterns = new ArrayList<>();
        Place parent = place.under("patternProperties", value);
        SchemaReader.object(value)
                .forEach((key, schema) -> {
                    String pattern = (String) key;
                    patterns.add(
                            new KeyClass(
                                    EcmaPattern.search(pattern),
                                    located(parent.under(pattern, schema))));
                });
        return patterns;
    }

    /** Splits all keys by the patterns they match. */
    private List<KeyClass> classes(List<KeyClass> patterns, Shape additional) {
        // Keys that match none yet are the first; the others carry what their patterns say.
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
            if (split.size() > MOST_KEY_CLASSES) {
                throw new RefusedException("overlap in more than " + MOST_KEY_CLASSES + " ways");
            }
        }
        if (!unmatched.isEmpty()) {
            matched.add(new KeyClass(unmatched, additional));
        }
        return matched;
    }

    private Shape matched(Shape value, String name, List<KeyClass> patterns) {
        Shape all = value;
        Work.spend(STEPS_A_NAME + (long) patterns.size() * name.length());
        for (KeyClass pattern : patterns) {
            if (pattern.keys().matches(name)) {
                all = shapes.and(all, pattern.value());
            }
        }
        return all;
    }

    /** Objects all of whose keys are of the schema. */
    private ObjectForm named(Place place) {
        Automaton keys = Automaton.none();
        for (StringForm form : shapes.forms(located(place)).strings()) {
            Automaton language = form.language();
            if (form.least() > 0 || form.most() < Long.MAX_VALUE) {
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
        String most = form.most() == Long.MAX_VALUE ? "" : Long.toString(form.most());
        return "^[\\s\\S]{" + form.least() + "," + most + "}$";
    }
}
