package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import tramontane.grammar.regex.Automaton;

/**
 * A set of JSON values, type by type. Of a string, array or object, one of the forms must hold; the
 * forms may overlap.
 */
public record Forms(
        Literals literals,
        Numbers numbers,
        List<StringForm> strings,
        List<ArrayForm> arrays,
        List<ObjectForm> objects) {

    /** Which of the three words are in the set. */
    public record Literals(boolean hasNull, boolean hasTrue, boolean hasFalse) {
        static final Literals ALL = new Literals(true, true, true);
        static final Literals NONE = new Literals(false, false, false);

        boolean isEmpty() {
            return !hasNull && !hasTrue && !hasFalse;
        }
    }

    /** The most alternatives of one type; what needs more is refused. */
    private static final int MOST_ALTERNATIVES = 400;

    static final Forms NONE =
            new Forms(Literals.NONE, Numbers.NONE, List.of(), List.of(), List.of());

    public Forms {
        strings = List.copyOf(strings);
        arrays = List.copyOf(arrays);
        objects = List.copyOf(objects);
    }

    static Forms all(Shapes shapes) {
        return new Forms(
                Literals.ALL,
                Numbers.ALL,
                List.of(StringForm.ANY),
                List.of(ArrayForm.of(shapes.all())),
                List.of(ObjectForm.of(shapes.all())));
    }

    Forms withLiterals(Literals newLiterals) {
        return new Forms(newLiterals, numbers, strings, arrays, objects);
    }

    Forms withNumbers(Numbers newNumbers) {
        return new Forms(literals, newNumbers, strings, arrays, objects);
    }

    Forms withStrings(List<StringForm> newStrings) {
        return new Forms(literals, numbers, newStrings, arrays, objects);
    }

    Forms withArrays(List<ArrayForm> newArrays) {
        return new Forms(literals, numbers, strings, newArrays, objects);
    }

    Forms withObjects(List<ObjectForm> newObjects) {
        return new Forms(literals, numbers, strings, arrays, newObjects);
    }

    Forms and(Forms other, Shapes shapes) {
        List<StringForm> bothStrings = new ArrayList<>();
        for (StringForm one : strings) {
            for (StringForm two : other.strings) {
                StringForm both = one.equals(two) ? one : one.and(two, shapes);
                if (!both.isEmpty()) {
                    bothStrings.add(both);
                }
            }
        }
        List<ArrayForm> bothArrays = new ArrayList<>();
        for (ArrayForm one : arrays) {
            for (ArrayForm two : other.arrays) {
                ArrayForm both = one.equals(two) ? one : one.and(two, shapes);
                if (!shapes.isClearlyEmpty(both)) {
                    bothArrays.add(both);
                }
            }
        }
        List<ObjectForm> bothObjects = new ArrayList<>();
        for (ObjectForm one : objects) {
            for (ObjectForm two : other.objects) {
                ObjectForm both = one.equals(two) ? one : one.and(two, shapes);
                if (!shapes.isClearlyEmpty(both)) {
                    absorb(both, bothObjects, shapes);
                }
            }
        }
        shapes.spend((long) objects.size() * other.objects.size());
        shapes.spend((long) strings.size() * other.strings.size());
        return new Forms(
                new Literals(
                        literals.hasNull && other.literals.hasNull,
                        literals.hasTrue && other.literals.hasTrue,
                        literals.hasFalse && other.literals.hasFalse),
                numbers.and(other.numbers),
                distinct(bothStrings),
                distinct(bothArrays),
                bothObjects);
    }

    /** Adds a form, unless another holds all of its objects, and drops those it holds. */
    private static void absorb(ObjectForm form, List<ObjectForm> forms, Shapes shapes) {
        shapes.spend(1 + forms.size() / 16);
        for (ObjectForm other : forms) {
            if (form.isClearlyWithin(other, shapes)) {
                return;
            }
        }
        forms.removeIf(other -> other.isClearlyWithin(form, shapes));
        forms.add(form);
        limited(forms);
    }

    private static List<ObjectForm> absorbed(
            List<ObjectForm> ones, List<ObjectForm> twos, Shapes shapes) {
        if (ones.isEmpty() || twos.isEmpty()) {
            return ones.isEmpty() ? twos : ones;
        }
        List<ObjectForm> all = new ArrayList<>(ones);
        twos.forEach(form -> absorb(form, all, shapes));
        return all;
    }

    Forms or(Forms other, Shapes shapes) {
        return new Forms(
                new Literals(
                        literals.hasNull || other.literals.hasNull,
                        literals.hasTrue || other.literals.hasTrue,
                        literals.hasFalse || other.literals.hasFalse),
                numbers.or(other.numbers),
                joined(strings, other.strings),
                join(arrays, other.arrays),
                absorbed(objects, other.objects, shapes));
    }

    Forms not(Shapes shapes) {
        List<StringForm> otherStrings = List.of(StringForm.ANY);
        for (StringForm form : strings) {
            otherStrings = crossed(otherStrings, not(form), shapes);
        }
        Forms rest =
                new Forms(
                        new Literals(!literals.hasNull, !literals.hasTrue, !literals.hasFalse),
                        numbers.complement(),
                        otherStrings,
                        List.of(ArrayForm.of(shapes.all())),
                        List.of(ObjectForm.of(shapes.all())));
        Forms any = all(shapes);
        for (ArrayForm form : arrays) {
            rest = rest.and(any.withArrays(form.not(shapes)), shapes);
        }
        for (ObjectForm form : objects) {
            rest = rest.and(any.withObjects(form.not(shapes)), shapes);
        }
        return rest;
    }

    private static List<StringForm> not(StringForm form) {
        List<StringForm> cases = new ArrayList<>();
        Automaton others = form.language().complement();
        if (!others.isEmpty()) {
            cases.add(new StringForm(others, 0, Long.MAX_VALUE));
        }
        if (form.least() > 0) {
            cases.add(new StringForm(Automaton.any(), 0, form.least() - 1L));
        }
        if (form.most() < Integer.MAX_VALUE) {
            cases.add(new StringForm(Automaton.any(), (int) form.most() + 1, Long.MAX_VALUE));
        }
        return cases;
    }

    private static List<StringForm> crossed(
            List<StringForm> ones, List<StringForm> twos, Shapes shapes) {
        List<StringForm> crossed = new ArrayList<>();
        for (StringForm one : ones) {
            for (StringForm two : twos) {
                StringForm both = one.and(two, shapes);
                if (!both.isEmpty()) {
                    crossed.add(both);
                }
            }
        }
        return distinct(crossed);
    }

    /** Languages of any length are joined into one, so that an enum is one automaton. */
    private static List<StringForm> joined(List<StringForm> ones, List<StringForm> twos) {
        if (ones.size() == 1 && twos.size() == 1) {
            StringForm one = ones.getFirst();
            StringForm two = twos.getFirst();
            if (one.least() == two.least() && one.most() == two.most()) {
                Automaton both = one.language().or(two.language());
                return List.of(new StringForm(both, one.least(), one.most()));
            }
        }
        return join(ones, twos);
    }

    private static <T> List<T> join(Collection<T> ones, Collection<T> twos) {
        if (ones.isEmpty()) {
            return List.copyOf(twos);
        }
        if (twos.isEmpty()) {
            return List.copyOf(ones);
        }
        LinkedHashSet<T> all = new LinkedHashSet<>(ones);
        all.addAll(twos);
        return limited(all);
    }

    private static <T> List<T> distinct(List<T> forms) {
        return forms.size() < 2 ? forms : limited(new LinkedHashSet<>(forms));
    }

    private static <T> List<T> limited(Collection<T> forms) {
        if (forms.size() > MOST_ALTERNATIVES) {
            throw new RefusedException(
                    "its combinations have more than " + MOST_ALTERNATIVES + " alternatives");
        }
        return List.copyOf(forms);
    }
}
