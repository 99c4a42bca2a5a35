package tramontane.grammar.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Predicate;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.WorkBudget;

/**
 * A set of objects: the shape of each key's value, the required keys, and the number of properties.
 *
 * @param names keys with a shape of their own, in the order in which they are written
 * @param required names that must be present, closed under {@code implied}
 * @param classes shapes of the keys that are not names; the classes are disjoint and cover all keys
 * @param min minimum number of properties
 * @param max maximum number of properties; {@link Long#MAX_VALUE} if unbounded
 * @param implied names that must be present if another name is
 * @param existentials for each of these classes, at least one of its keys must be present with a
 *     value of its shape
 */
public record ObjectForm(
        Map<String, Shape> names,
        Set<String> required,
        List<KeyClass> classes,
        long min,
        long max,
        Map<String, Set<String>> implied,
        List<KeyClass> existentials) {

    private static final long STEPS_PER_NAME = 4;

    /** All objects whose values have the shape. */
    static ObjectForm of(Shape value) {
        return new ObjectForm(
                Map.of(),
                Set.of(),
                List.of(new KeyClass(Automaton.any(), value)),
                0,
                Long.MAX_VALUE,
                Map.of(),
                List.of());
    }

    /**
     * Adds required and implied names to the names, and closes the required names under
     * implication.
     */
    static ObjectForm complete(ObjectForm form) {
        Map<String, Shape> names = form.names;
        Set<String> required = closure(form.required, form.implied);
        Set<String> evaluated = new LinkedHashSet<>(required);
        form.implied.forEach((name, others) -> {
            evaluated.add(name);
            evaluated.addAll(others);
        });
        if (!names.keySet().containsAll(evaluated)) {
            names = new LinkedHashMap<>(names);
            for (String name : evaluated) {
                if (!names.containsKey(name)) {
                    names.put(name, form.value(name));
                }
            }
        }
        return new ObjectForm(
                names, required, form.classes, form.min, form.max, form.implied, form.existentials);
    }

    private static Set<String> closure(Set<String> required, Map<String, Set<String>> implied) {
        if (implied.isEmpty()) {
            return required;
        }
        Set<String> closed = new LinkedHashSet<>(required);
        Queue<String> open = new ArrayDeque<>(required);
        while (!open.isEmpty()) {
            for (String next : implied.getOrDefault(open.remove(), Set.of())) {
                if (closed.add(next)) {
                    open.add(next);
                }
            }
        }
        return closed;
    }

    /** The shape of the value of {@code key}. */
    public Shape value(String key) {
        Shape named = names.get(key);
        if (named != null) {
            return named;
        }
        WorkBudget.spend(classes.size());
        for (KeyClass keyClass : classes) {
            if (keyClass.keys().matches(key)) {
                return keyClass.value();
            }
        }
        throw new IllegalStateException("no class of keys holds '" + key + "'");
    }

    ObjectForm with(Map<String, Shape> newNames, Set<String> newRequired) {
        return new ObjectForm(newNames, newRequired, classes, min, max, implied, existentials);
    }

    ObjectForm and(ObjectForm other, Shapes shapes) {
        WorkBudget.spend(STEPS_PER_NAME * (names.size() + other.names.size()));
        Map<String, Shape> both = new LinkedHashMap<>();
        names.forEach((name, shape) -> both.put(name, shapes.and(shape, other.value(name))));
        other.names.forEach((name, shape) -> {
            if (!both.containsKey(name)) {
                both.put(name, shapes.and(shape, value(name)));
            }
        });
        Set<String> allRequired = new LinkedHashSet<>(required);
        allRequired.addAll(other.required);
        Map<String, Set<String>> allImplied = implied;
        if (!other.implied.isEmpty()) {
            allImplied = new LinkedHashMap<>(implied);
            for (Map.Entry<String, Set<String>> each : other.implied.entrySet()) {
                allImplied.merge(each.getKey(), each.getValue(), ObjectForm::union);
            }
        }
        List<KeyClass> allExistentials = new ArrayList<>(existentials);
        for (KeyClass each : other.existentials) {
            if (!allExistentials.contains(each)) {
                allExistentials.add(each);
            }
        }
        return complete(
                new ObjectForm(
                        both,
                        allRequired,
                        crossed(other.classes, shapes),
                        Math.max(min, other.min),
                        Math.min(max, other.max),
                        allImplied,
                        allExistentials));
    }

    /** True when a simple comparison shows that every object of this form is of the other form. */
    boolean isClearlyWithin(ObjectForm other, Shapes shapes) {
        WorkBudget.spend(1);
        return min >= other.min
                && max <= other.max
                && required.containsAll(other.required)
                && existentials.containsAll(other.existentials)
                && impliesAll(other)
                && holdsNames(other, shapes)
                && holdsClasses(other, shapes);
    }

    private boolean impliesAll(ObjectForm other) {
        for (Map.Entry<String, Set<String>> each : other.implied.entrySet()) {
            if (!required.containsAll(each.getValue())
                    && !implied.getOrDefault(each.getKey(), Set.of())
                            .containsAll(each.getValue())) {
                return false;
            }
        }
        return true;
    }

    private boolean holdsNames(ObjectForm other, Shapes shapes) {
        WorkBudget.spend(names.size() + other.names.size());
        for (Map.Entry<String, Shape> each : other.names.entrySet()) {
            if (each.getValue() != shapes.all()
                    && !shapes.isClearlyWithin(value(each.getKey()), each.getValue())) {
                return false;
            }
        }
        for (Map.Entry<String, Shape> each : names.entrySet()) {
            if (!other.names.containsKey(each.getKey())
                    && !shapes.isClearlyWithin(each.getValue(), other.value(each.getKey()))) {
                return false;
            }
        }
        return true;
    }

    private boolean holdsClasses(ObjectForm other, Shapes shapes) {
        for (KeyClass one : classes) {
            for (KeyClass two : other.classes) {
                WorkBudget.spend(1);
                boolean apart = !one.equals(two) && other.classes.contains(one);
                if (!apart
                        && !shapes.isClearlyWithin(one.value(), two.value())
                        && !shapes.and(one.keys(), two.keys()).isEmpty()) {
                    return false;
                }
            }
        }
        return true;
    }

    static Set<String> union(Collection<String> one, Collection<String> two) {
        Set<String> all = new LinkedHashSet<>(one);
        all.addAll(two);
        return all;
    }

    private List<KeyClass> crossed(List<KeyClass> others, Shapes shapes) {
        List<KeyClass> crossed = new ArrayList<>();
        for (KeyClass one : classes) {
            for (KeyClass two : others) {
                Automaton keys = shapes.and(one.keys(), two.keys());
                shapes.spend(1);
                if (!keys.isEmpty()) {
                    crossed.add(new KeyClass(keys, shapes.and(one.value(), two.value())));
                }
            }
        }
        return crossed;
    }

    /** The complement: the objects that are not of this form, as alternatives. */
    List<ObjectForm> not(Shapes shapes) {
        ObjectForm any = of(shapes.all());
        List<ObjectForm> cases = new ArrayList<>();
        for (String name : required) {
            cases.add(any.with(Map.of(name, shapes.none()), Set.of()));
        }
        for (Map.Entry<String, Shape> each : names.entrySet()) {
            if (each.getValue() != shapes.all()) {
                String name = each.getKey();
                cases.add(any.with(Map.of(name, shapes.not(each.getValue())), Set.of(name)));
            }
        }
        for (KeyClass each : classes) {
            if (each.value() != shapes.all()) {
                Automaton keys = each.keys().minus(Automaton.oneOf(names.keySet()));
                if (!keys.isEmpty()) {
                    cases.add(any.having(new KeyClass(keys, shapes.not(each.value()))));
                }
            }
        }
        if (min > 0) {
            cases.add(any.sized(0, min - 1));
        }
        if (max < Long.MAX_VALUE) {
            cases.add(any.sized(max + 1, Long.MAX_VALUE));
        }
        implied.forEach((name, others) -> {
            for (String other : others) {
                cases.add(
                        any.with(ordered(name, shapes.all(), other, shapes.none()), Set.of(name)));
            }
        });
        for (KeyClass each : existentials) {
            cases.add(
                    any.classed(
                            List.of(
                                    new KeyClass(each.keys(), shapes.not(each.value())),
                                    new KeyClass(each.keys().complement(), shapes.all()))));
        }
        return cases;
    }

    private static Map<String, Shape> ordered(String one, Shape first, String two, Shape second) {
        Map<String, Shape> names = new LinkedHashMap<>();
        names.put(one, first);
        names.put(two, second);
        return names;
    }

    ObjectForm implying(Map<String, Set<String>> newImplied) {
        return complete(
                new ObjectForm(names, required, classes, min, max, newImplied, existentials));
    }

    ObjectForm sized(long newMin, long newMax) {
        return new ObjectForm(names, required, classes, newMin, newMax, implied, existentials);
    }

    ObjectForm classed(List<KeyClass> newClasses) {
        return new ObjectForm(names, required, newClasses, min, max, implied, existentials);
    }

    private ObjectForm having(KeyClass wanted) {
        return new ObjectForm(names, required, classes, min, max, implied, List.of(wanted));
    }

    /** Replaces {@link #existentials} by alternatives: one for every name that can satisfy one. */
    List<ObjectForm> withoutExistentials(Shapes shapes, Predicate<Shape> isEmpty) {
        if (existentials.isEmpty()) {
            return List.of(this);
        }
        KeyClass existential = existentials.getFirst();
        for (KeyClass each : classes) {
            Automaton others = each.keys().and(existential.keys());
            if (!others.minus(Automaton.oneOf(names.keySet())).isEmpty()
                    && !isEmpty.test(shapes.and(each.value(), existential.value()))) {
                throw new RefusedException(
                        "a negated schema requires a property that no keyword names");
            }
        }
        ObjectForm rest =
                new ObjectForm(
                        names,
                        required,
                        classes,
                        min,
                        max,
                        implied,
                        existentials.subList(1, existentials.size()));
        List<ObjectForm> cases = new ArrayList<>();
        for (String name : names.keySet()) {
            if (existential.keys().matches(name)) {
                Map<String, Shape> narrowed = new LinkedHashMap<>(names);
                narrowed.put(name, shapes.and(names.get(name), existential.value()));
                if (!isEmpty.test(narrowed.get(name))) {
                    cases.addAll(
                            complete(rest.with(narrowed, union(required, List.of(name))))
                                    .withoutExistentials(shapes, isEmpty));
                }
            }
        }
        return cases;
    }
}
