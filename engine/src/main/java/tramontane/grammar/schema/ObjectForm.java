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
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.Work;

/**
 * Objects: what each key's value is, which keys must be there, and how many.
 *
 * @param names keys with a value of their own, in the order they are written
 * @param required names that must be there, with all they imply
 * @param classes of the keys that are no names; apart from each other, and all keys together
 * @param most {@link Long#MAX_VALUE} where there is no limit
 * @param implied names that must be there where another is
 * @param some for each of these, one key of it must be there with such a value
 */
public record ObjectForm(
        Map<String, Shape> names,
        Set<String> required,
        List<KeyClass> classes,
        long least,
        long most,
        Map<String, Set<String>> implied,
        List<KeyClass> some) {

    private static final long STEPS_A_NAME = 4;

    /** All objects whose values are of {@code value}. */
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

    /** With the names that are required or implied among the names, and required ones complete. */
    static ObjectForm complete(ObjectForm form) {
        Map<String, Shape> names = form.names;
        Set<String> required = closure(form.required, form.implied);
        Set<String> spoken = new LinkedHashSet<>(required);
        form.implied.forEach((name, others) -> {
            spoken.add(name);
            spoken.addAll(others);
        });
        if (!names.keySet().containsAll(spoken)) {
            names = new LinkedHashMap<>(names);
            for (String name : spoken) {
                if (!names.containsKey(name)) {
                    names.put(name, form.value(name));
                }
            }
        }
        return new ObjectForm(
                names, required, form.classes, form.least, form.most, form.implied, form.some);
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

    /** What the value of {@code key} must be. */
    public Shape value(String key) {
        Shape named = names.get(key);
        if (named != null) {
            return named;
        }
        Work.spend(classes.size());
        for (KeyClass keyClass : classes) {
            if (keyClass.keys().matches(key)) {
                return keyClass.value();
            }
        }
        throw new IllegalStateException("no class of keys holds '" + key + "'");
    }

    ObjectForm with(Map<String, Shape> newNames, Set<String> newRequired) {
        return new ObjectForm(newNames, newRequired, classes, least, most, implied, some);
    }

    ObjectForm and(ObjectForm other, Shapes shapes) {
        Work.spend(STEPS_A_NAME * (names.size() + other.names.size()));
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
        List<KeyClass> allSome = new ArrayList<>(some);
        for (KeyClass each : other.some) {
            if (!allSome.contains(each)) {
                allSome.add(each);
            }
        }
        return complete(
                new ObjectForm(
                        both,
                        allRequired,
                        crossed(other.classes, shapes),
                        Math.max(least, other.least),
                        Math.min(most, other.most),
                        allImplied,
                        allSome));
    }

    /** Whether it is easily seen that every object of this form is of the other. */
    boolean isClearlyWithin(ObjectForm other, Shapes shapes) {
        Work.spend(1);
        return least >= other.least
                && most <= other.most
                && required.containsAll(other.required)
                && some.containsAll(other.some)
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
        Work.spend(names.size() + other.names.size());
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
                Work.spend(1);
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

    /** The objects that are not of this form. */
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
        if (least > 0) {
            cases.add(any.sized(0, least - 1));
        }
        if (most < Long.MAX_VALUE) {
            cases.add(any.sized(most + 1, Long.MAX_VALUE));
        }
        implied.forEach((name, others) -> {
            for (String other : others) {
                cases.add(
                        any.with(ordered(name, shapes.all(), other, shapes.none()), Set.of(name)));
            }
        });
        for (KeyClass each : some) {
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
        return complete(new ObjectForm(names, required, classes, least, most, newImplied, some));
    }

    ObjectForm sized(long newLeast, long newMost) {
        return new ObjectForm(names, required, classes, newLeast, newMost, implied, some);
    }

    ObjectForm classed(List<KeyClass> newClasses) {
        return new ObjectForm(names, required, newClasses, least, most, implied, some);
    }

    private ObjectForm having(KeyClass wanted) {
        return new ObjectForm(names, required, classes, least, most, implied, List.of(wanted));
    }

    /**
     * The same without {@link #some}: for each such wish, one case for every name that can fulfil
     * it.
     */
    List<ObjectForm> settled(Shapes shapes, Predicate<Shape> isEmpty) {
        if (some.isEmpty()) {
            return List.of(this);
        }
        KeyClass wish = some.getFirst();
        for (KeyClass each : classes) {
            Automaton others = each.keys().and(wish.keys());
            if (!others.minus(Automaton.oneOf(names.keySet())).isEmpty()
                    && !isEmpty.test(shapes.and(each.value(), wish.value()))) {
                throw new RefusedException(
                        "a negated schema would need some property that no keyword names");
            }
        }
        ObjectForm rest =
                new ObjectForm(
                        names,
                        required,
                        classes,
                        least,
                        most,
                        implied,
                        some.subList(1, some.size()));
        List<ObjectForm> cases = new ArrayList<>();
        for (String name : names.keySet()) {
            if (wish.keys().matches(name)) {
                Map<String, Shape> narrowed = new LinkedHashMap<>(names);
                narrowed.put(name, shapes.and(names.get(name), wish.value()));
                if (!isEmpty.test(narrowed.get(name))) {
                    cases.addAll(
                            complete(rest.with(narrowed, union(required, List.of(name))))
                                    .settled(shapes, isEmpty));
                }
            }
        }
        return cases;
    }
}
