package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.pattern.EcmaPattern;

/**
 * Reads {@code unevaluatedProperties} or {@code unevaluatedItems} as a union of cases. Each case
 * has a condition, the properties or items that are evaluated if it holds, and the keyword's schema
 * for all others.
 *
 * <p>The more is evaluated, the less the keyword demands. So a case need not require that other
 * sub-schemas fail, and there is one case for every set of sub-schemas that may hold.
 */
final class Unevaluated {
    private static final int MAX_CASES = 64;
    private static final int MAX_LEVELS = 32;

    /**
     * What is evaluated.
     *
     * @param all true when nothing is left for the keyword
     * @param names evaluated properties
     * @param keys further evaluated properties
     * @param prefix number of evaluated first items
     * @param items items of one of these shapes are evaluated, too
     */
    private record Evaluated(
            boolean all, Set<String> names, Automaton keys, int prefix, List<Shape> items) {
        static final Evaluated NOTHING =
                new Evaluated(false, Set.of(), Automaton.none(), 0, List.of());

        boolean isNothing() {
            return !all && names.isEmpty() && keys.isEmpty() && prefix == 0 && items.isEmpty();
        }

        Evaluated and(Evaluated other) {
            if (isNothing()) {
                return other;
            }
            if (other.isNothing()) {
                return this;
            }
            List<Shape> allItems = new ArrayList<>(items);
            allItems.addAll(other.items);
            return new Evaluated(
                    all || other.all,
                    ObjectForm.union(names, other.names),
                    keys.or(other.keys),
                    Math.max(prefix, other.prefix),
                    allItems);
        }
    }

    private record Case(Shape condition, Evaluated evaluated) {}

    private final SchemaReader reader;
    private final Shapes shapes;
    private final boolean ofItems;

    Unevaluated(SchemaReader reader, Shapes shapes, boolean ofItems) {
        this.reader = reader;
        this.shapes = shapes;
        this.ofItems = ofItems;
    }

    String keyword() {
        return ofItems ? "unevaluatedItems" : "unevaluatedProperties";
    }

    /** The shape that the keyword, which must be present, demands of the whole value. */
    Shape shape(SchemaLocation location) {
        Object value = SchemaReader.at(SchemaReader.object(location.schema()), keyword());
        SchemaReader.schema(value);
        Shape left = reader.shapeAt(location.under(keyword(), value));
        List<Shape> options = new ArrayList<>();
        for (Case each : cases(location, 0)) {
            options.add(
                    each.evaluated.all
                            ? each.condition
                            : shapes.and(each.condition, rest(each.evaluated, left)));
        }
        return shapes.or(options);
    }

    private Shape rest(Evaluated evaluated, Shape left) {
        NormalForms all = NormalForms.all(shapes);
        if (ofItems) {
            List<Shape> options = new ArrayList<>(evaluated.items);
            options.add(left);
            List<Shape> prefix = new ArrayList<>();
            for (int i = 0; i < evaluated.prefix; i++) {
                prefix.add(shapes.all());
            }
            ArrayForm form =
                    new ArrayForm(prefix, shapes.or(options), 0, Long.MAX_VALUE, false, List.of());
            return shapes.ofForms(all.withArrays(List.of(form)));
        }
        List<KeyClass> classes = new ArrayList<>();
        if (!evaluated.keys.isEmpty()) {
            classes.add(new KeyClass(evaluated.keys, shapes.all()));
        }
        classes.add(new KeyClass(evaluated.keys.complement(), left));
        classes.removeIf(each -> each.keys().isEmpty());
        Map<String, Shape> names = new LinkedHashMap<>();
        evaluated.names.forEach(name -> names.put(name, shapes.all()));
        ObjectForm form = ObjectForm.of(shapes.all()).classed(classes).with(names, Set.of());
        return shapes.ofForms(all.withObjects(List.of(form)));
    }

    /** The cases in which the schema can hold, with what is evaluated in each. */
    private List<Case> cases(SchemaLocation location, int level) {
        if (level > MAX_LEVELS) {
            throw new RefusedException("looks through too many nested schemas");
        }
        if (!(location.schema() instanceof Map<?, ?> schema)) {
            return List.of(nothing());
        }
        List<Case> cases = List.of(new Case(shapes.all(), own(location, schema, level == 0)));
        if (schema.containsKey("$ref")) {
            cases =
                    crossed(
                            cases,
                            cases(
                                    reader.referred(location, SchemaReader.at(schema, "$ref")),
                                    level + 1));
        }
        for (SchemaLocation part : each(location, schema, "allOf")) {
            cases = crossed(cases, cases(part, level + 1));
        }
        for (SchemaLocation option : each(location, schema, "anyOf")) {
            cases = crossed(cases, optional(held(option, level)));
        }
        List<Case> oneOf = new ArrayList<>();
        for (SchemaLocation option : each(location, schema, "oneOf")) {
            oneOf.addAll(held(option, level));
        }
        cases = crossed(cases, oneOf);
        if (schema.containsKey("if")) {
            cases = crossed(cases, conditional(location, schema, level));
        }
        return dependent(location, schema, level, cases);
    }

    private Case nothing() {
        return new Case(shapes.all(), Evaluated.NOTHING);
    }

    private List<Case> optional(List<Case> cases) {
        if (cases.stream().allMatch(each -> each.evaluated.isNothing())) {
            return List.of(nothing());
        }
        List<Case> optional = new ArrayList<>(List.of(nothing()));
        optional.addAll(cases);
        return optional;
    }

    /** The cases of a schema that may or may not hold. */
    private List<Case> held(SchemaLocation location, int level) {
        List<Case> held = new ArrayList<>();
        for (Case each : cases(location, level + 1)) {
            if (each.evaluated.isNothing()) {
                held.add(nothing());
            } else {
                held.add(
                        new Case(
                                shapes.and(reader.shapeAt(location), each.condition),
                                each.evaluated));
            }
        }
        return held;
    }

    private List<Case> conditional(SchemaLocation location, Map<?, ?> schema, int level) {
        SchemaLocation condition = child(location, schema, "if");
        List<Case> then = held(condition, level);
        if (schema.containsKey("then")) {
            then = crossed(then, cases(child(location, schema, "then"), level + 1));
        }
        Shape met = reader.shapeAt(condition);
        List<Case> all = new ArrayList<>();
        then.forEach(each -> all.add(new Case(shapes.and(met, each.condition), each.evaluated)));
        List<Case> otherwise =
                schema.containsKey("else")
                        ? cases(child(location, schema, "else"), level + 1)
                        : List.of(nothing());
        Shape unmet = shapes.not(met);
        otherwise.forEach(
                each -> all.add(new Case(shapes.and(unmet, each.condition), each.evaluated)));
        boolean silent = all.stream().allMatch(each -> each.evaluated.isNothing());
        return silent ? List.of(nothing()) : all;
    }

    private List<Case> dependent(
            SchemaLocation location, Map<?, ?> schema, int level, List<Case> cases) {
        List<Case> all = cases;
        if (schema.get("dependentSchemas") instanceof Map<?, ?> map) {
            SchemaLocation parent = location.under("dependentSchemas", map);
            for (Map.Entry<?, ?> each : map.entrySet()) {
                String name = (String) each.getKey();
                Shape with = reader.having(name);
                List<Case> options = new ArrayList<>(List.of(nothing()));
                for (Case there :
                        cases(reader.based(parent.under(name, each.getValue())), level + 1)) {
                    options.add(new Case(shapes.and(with, there.condition), there.evaluated));
                }
                all = crossed(all, options);
            }
        }
        return all;
    }

    private List<SchemaLocation> each(SchemaLocation location, Map<?, ?> schema, String keyword) {
        List<SchemaLocation> locations = new ArrayList<>();
        if (schema.get(keyword) instanceof List<?> list) {
            SchemaLocation parent = location.under(keyword, list);
            for (int i = 0; i < list.size(); i++) {
                locations.add(reader.based(parent.under(Integer.toString(i), list.get(i))));
            }
        }
        return locations;
    }

    private SchemaLocation child(SchemaLocation location, Map<?, ?> schema, String keyword) {
        return reader.based(location.under(keyword, SchemaReader.at(schema, keyword)));
    }

    private List<Case> crossed(List<Case> ones, List<Case> twos) {
        if (twos.isEmpty()) {
            return ones;
        }
        Set<Case> crossed = new LinkedHashSet<>();
        for (Case one : ones) {
            for (Case two : twos) {
                WorkBudget.spend(1 + one.evaluated.names.size() + two.evaluated.names.size());
                crossed.add(
                        new Case(
                                shapes.and(one.condition, two.condition),
                                one.evaluated.and(two.evaluated)));
            }
        }
        if (crossed.size() > MAX_CASES) {
            throw new RefusedException(
                    "has more than " + MAX_CASES + " cases of what is evaluated");
        }
        return List.copyOf(crossed);
    }

    /**
     * What the schema's own keywords evaluate. The keyword itself evaluates everything if it is
     * nested.
     */
    private Evaluated own(SchemaLocation location, Map<?, ?> schema, boolean outermost) {
        boolean all = !outermost && schema.containsKey(keyword());
        return ofItems ? ownItems(location, schema, all) : ownNames(schema, all);
    }

    private static Evaluated ownNames(Map<?, ?> schema, boolean nested) {
        Set<String> names = new LinkedHashSet<>();
        if (schema.get("properties") instanceof Map<?, ?> properties) {
            properties.keySet().forEach(name -> names.add((String) name));
        }
        Automaton keys = Automaton.none();
        if (schema.get("patternProperties") instanceof Map<?, ?> patterns) {
            for (Object pattern : patterns.keySet()) {
                keys = keys.or(EcmaPattern.search((String) pattern));
            }
        }
        boolean all = nested || schema.containsKey("additionalProperties");
        return all || !names.isEmpty() || !keys.isEmpty()
                ? new Evaluated(all, names, keys, 0, List.of())
                : Evaluated.NOTHING;
    }

    private Evaluated ownItems(SchemaLocation location, Map<?, ?> schema, boolean nested) {
        boolean tuple = schema.get("items") instanceof List<?>;
        boolean all = nested || schema.containsKey(tuple ? "additionalItems" : "items");
        Object prefix = schema.get(tuple ? "items" : "prefixItems");
        int size = prefix instanceof List<?> list ? list.size() : 0;
        List<Shape> items = new ArrayList<>();
        if (schema.containsKey("contains") && reader.containsEvaluates()) {
            items.add(
                    reader.shapeAt(
                            location.under("contains", SchemaReader.at(schema, "contains"))));
        }
        return all || size > 0 || !items.isEmpty()
                ? new Evaluated(all, Set.of(), Automaton.none(), size, items)
                : Evaluated.NOTHING;
    }
}
