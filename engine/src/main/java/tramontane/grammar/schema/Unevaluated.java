package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.EcmaPattern;
import tramontane.grammar.regex.Work;

/**
 * What {@code unevaluatedProperties} or {@code unevaluatedItems} says, as alternatives: each is a
 * condition, what the schemas that then hold have spoken of, and the keyword for all the rest.
 *
 * <p>The more has been spoken of, the less the keyword asks for. So an alternative need not say
 * that other schemas do not hold, and there is one for every set of schemas that may hold.
 */
final class Unevaluated {
    private static final int MOST_CASES = 64;
    private static final int MOST_LEVELS = 32;

    /**
     * @param all whether nothing is left to the keyword
     * @param names of properties
     * @param keys of further properties
     * @param prefix how many first items
     * @param items further items are of one of these
     */
    private record Spoken(
            boolean all, Set<String> names, Automaton keys, int prefix, List<Shape> items) {
        static final Spoken NOTHING = new Spoken(false, Set.of(), Automaton.none(), 0, List.of());

        boolean isNothing() {
            return !all && names.isEmpty() && keys.isEmpty() && prefix == 0 && items.isEmpty();
        }

        Spoken and(Spoken other) {
            if (isNothing()) {
                return other;
            }
            if (other.isNothing()) {
                return this;
            }
            List<Shape> allItems = new ArrayList<>(items);
            allItems.addAll(other.items);
            return new Spoken(
                    all || other.all,
                    ObjectForm.union(names, other.names),
                    keys.or(other.keys),
                    Math.max(prefix, other.prefix),
                    allItems);
        }
    }

    private record Case(Shape condition, Spoken spoken) {}

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

    /** What the keyword, which must be there, says of the whole value. */
    Shape shape(Place place) {
        Object value = SchemaReader.at(SchemaReader.object(place.schema()), keyword());
        SchemaReader.schema(value);
        Shape left = reader.located(place.under(keyword(), value));
        List<Shape> options = new ArrayList<>();
        for (Case each : cases(place, 0)) {
            options.add(
                    each.spoken.all
                            ? each.condition
                            : shapes.and(each.condition, rest(each.spoken, left)));
        }
        return shapes.or(options);
    }

    private Shape rest(Spoken spoken, Shape left) {
        Forms all = Forms.all(shapes);
        if (ofItems) {
            List<Shape> options = new ArrayList<>(spoken.items);
            options.add(left);
            List<Shape> prefix = new ArrayList<>();
            for (int i = 0; i < spoken.prefix; i++) {
                prefix.add(shapes.all());
            }
            ArrayForm form =
                    new ArrayForm(prefix, shapes.or(options), 0, Long.MAX_VALUE, false, List.of());
            return shapes.given(all.withArrays(List.of(form)));
        }
        List<KeyClass> classes = new ArrayList<>();
        if (!spoken.keys.isEmpty()) {
            classes.add(new KeyClass(spoken.keys, shapes.all()));
        }
        classes.add(new KeyClass(spoken.keys.complement(), left));
        classes.removeIf(each -> each.keys().isEmpty());
        Map<String, Shape> names = new LinkedHashMap<>();
        spoken.names.forEach(name -> names.put(name, shapes.all()));
        ObjectForm form = ObjectForm.of(shapes.all()).classed(classes).with(names, Set.of());
        return shapes.given(all.withObjects(List.of(form)));
    }

    /** Ways in which the schema can hold, with what has then been spoken of. */
    private List<Case> cases(Place place, int level) {
        if (level > MOST_LEVELS) {
            throw new RefusedException("looks through too many levels of schemas");
        }
        if (!(place.schema() instanceof Map<?, ?> schema)) {
            return List.of(nothing());
        }
        List<Case> cases = List.of(new Case(shapes.all(), own(place, schema, level == 0)));
        if (schema.containsKey("$ref")) {
            cases =
                    crossed(
                            cases,
                            cases(
                                    reader.referred(place, SchemaReader.at(schema, "$ref")),
                                    level + 1));
        }
        for (Place part : each(place, schema, "allOf")) {
            cases = crossed(cases, cases(part, level + 1));
        }
        for (Place option : each(place, schema, "anyOf")) {
            cases = crossed(cases, optional(held(option, level)));
        }
        List<Case> oneOf = new ArrayList<>();
        for (Place option : each(place, schema, "oneOf")) {
            oneOf.addAll(held(option, level));
        }
        cases = crossed(cases, oneOf);
        if (schema.containsKey("if")) {
            cases = crossed(cases, conditional(place, schema, level));
        }
        return dependent(place, schema, level, cases);
    }

    private Case nothing() {
        return new Case(shapes.all(), Spoken.NOTHING);
    }

    private List<Case> optional(List<Case> cases) {
        if (cases.stream().allMatch(each -> each.spoken.isNothing())) {
            return List.of(nothing());
        }
        List<Case> optional = new ArrayList<>(List.of(nothing()));
        optional.addAll(cases);
        return optional;
    }

    /** The cases of a schema that may hold or not. */
    private List<Case> held(Place place, int level) {
        List<Case> held = new ArrayList<>();
        for (Case each : cases(place, level + 1)) {
            if (each.spoken.isNothing()) {
                held.add(nothing());
            } else {
                held.add(new Case(shapes.and(reader.located(place), each.condition), each.spoken));
            }
        }
        return held;
    }

    private List<Case> conditional(Place place, Map<?, ?> schema, int level) {
        Place condition = child(place, schema, "if");
        List<Case> then = held(condition, level);
        if (schema.containsKey("then")) {
            then = crossed(then, cases(child(place, schema, "then"), level + 1));
        }
        Shape met = reader.located(condition);
        List<Case> all = new ArrayList<>();
        then.forEach(each -> all.add(new Case(shapes.and(met, each.condition), each.spoken)));
        List<Case> otherwise =
                schema.containsKey("else")
                        ? cases(child(place, schema, "else"), level + 1)
                        : List.of(nothing());
        Shape unmet = shapes.not(met);
        otherwise.forEach(
                each -> all.add(new Case(shapes.and(unmet, each.condition), each.spoken)));
        boolean silent = all.stream().allMatch(each -> each.spoken.isNothing());
        return silent ? List.of(nothing()) : all;
    }

    private List<Case> dependent(Place place, Map<?, ?> schema, int level, List<Case> cases) {
        List<Case> all = cases;
        if (schema.get("dependentSchemas") instanceof Map<?, ?> map) {
            Place parent = place.under("dependentSchemas", map);
            for (Map.Entry<?, ?> each : map.entrySet()) {
                String name = (String) each.getKey();
                Shape with = reader.having(name);
                List<Case> options = new ArrayList<>(List.of(nothing()));
                for (Case there :
                        cases(reader.based(parent.under(name, each.getValue())), level + 1)) {
                    options.add(new Case(shapes.and(with, there.condition), there.spoken));
                }
                all = crossed(all, options);
            }
        }
        return all;
    }

    private List<Place> each(Place place, Map<?, ?> schema, String keyword) {
        List<Place> places = new ArrayList<>();
        if (schema.get(keyword) instanceof List<?> list) {
            Place parent = place.under(keyword, list);
            for (int i = 0; i < list.size(); i++) {
                places.add(reader.based(parent.under(Integer.toString(i), list.get(i))));
            }
        }
        return places;
    }

    private Place child(Place place, Map<?, ?> schema, String keyword) {
        return reader.based(place.under(keyword, SchemaReader.at(schema, keyword)));
    }

    private List<Case> crossed(List<Case> ones, List<Case> twos) {
        if (twos.isEmpty()) {
            return ones;
        }
        Set<Case> crossed = new LinkedHashSet<>();
        for (Case one : ones) {
            for (Case two : twos) {
                Work.spend(1 + one.spoken.names.size() + two.spoken.names.size());
                crossed.add(
                        new Case(
                                shapes.and(one.condition, two.condition),
                                one.spoken.and(two.spoken)));
            }
        }
        if (crossed.size() > MOST_CASES) {
            throw new RefusedException(
                    "what is evaluated differs in more than " + MOST_CASES + " cases");
        }
        return List.copyOf(crossed);
    }

    /** What the schema's own keywords speak of; the keyword itself does where it is nested. */
    private Spoken own(Place place, Map<?, ?> schema, boolean outermost) {
        boolean all = !outermost && schema.containsKey(keyword());
        return ofItems ? ownItems(place, schema, all) : ownNames(schema, all);
    }

    private static Spoken ownNames(Map<?, ?> schema, boolean nested) {
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
                ? new Spoken(all, names, keys, 0, List.of())
                : Spoken.NOTHING;
    }

    private Spoken ownItems(Place place, Map<?, ?> schema, boolean nested) {
        boolean tuple = schema.get("items") instanceof List<?>;
        boolean all = nested || schema.containsKey(tuple ? "additionalItems" : "items");
        Object prefix = schema.get(tuple ? "items" : "prefixItems");
        int size = prefix instanceof List<?> list ? list.size() : 0;
        List<Shape> items = new ArrayList<>();
        if (schema.containsKey("contains") && reader.containsEvaluates()) {
            items.add(reader.located(place.under("contains", SchemaReader.at(schema, "contains"))));
        }
        return all || size > 0 || !items.isEmpty()
                ? new Spoken(all, Set.of(), Automaton.none(), size, items)
                : Spoken.NOTHING;
    }
}
