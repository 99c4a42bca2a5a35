package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import tramontane.grammar.automaton.Automaton;

/**
 * A set of JSON values in normal form: the union of the forms of each type. This is a disjunctive
 * normal form: {@link #or} joins the lists, {@link #and} intersects them pairwise, {@link #not}
 * intersects the complements of all forms. Forms of one type may overlap.
 */
public record NormalForms(
        Literals literals,
        Numbers numbers,
        List<StringForm> strings,
        List<ArrayForm> arrays,
        List<ObjectForm> objects) {

    /** Which of the three literals are in the set. */
    public record Literals(boolean hasNull, boolean hasTrue, boolean hasFalse) {
        static final Literals ALL = new Literals(true, true, true);
        static final Literals NONE = new Literals(false, false, false);

        boolean isEmpty() {
            return !hasNull && !hasTrue && !hasFalse;
        }
    }

    /** Upper limit for the alternatives of one type. Schemas that need more are refused. */
    private static final int MAX_ALTERNATIVES = 400;

    static final NormalForms NONE =
            new NormalForms(Literals.NONE, Numbers.NONE, List.of(), List.of(), List.of());

    public NormalForms {
        strings = List.copyOf(strings);
        arrays = List.copyOf(arrays);
        objects = List.copyOf(objects);
    }

    static NormalForms all(Shapes shapes) {
        return new NormalForms(
                Literals.ALL,
                Numbers.ALL,
                List.of(StringForm.ANY),
                List.of(ArrayForm.of(shapes.all())),
                List.of(ObjectForm.of(shapes.all())));
    }

    NormalForms withLiterals(Literals newLiterals) {
        return new NormalForms(newLiterals, numbers, strings, arrays, objects);
    }

    NormalForms withNumbers(Numbers newNumbers) {
        return new NormalForms(literals, newNumbers, strings, arrays, objects);
    }

    NormalForms withStrings(List<StringForm> newStrings) {
        return new NormalForms(literals, numbers, newStrings, arrays, objects);
    }

    NormalForms withArrays(List<ArrayForm> newArrays) {
        return new NormalForms(literals, numbers, strings, newArrays, objects);
    }

    NormalForms withObjects(List<ObjectForm> newObjects) {
        return new NormalForms(literals, numbers, strings, arrays, newObjects);
    }

    NormalForms and(NormalForms other, Shapes shapes) {
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
        return new NormalForms(
                new Literals(
                        literals.hasNull && other.literals.hasNull,
                        literals.hasTrue && other.literals.hasTrue,
                        literals.hasFalse && other.literals.hasFalse),
                numbers.and(other.numbers),
                distinct(bothStrings),
                distinct(bothArrays),
                bothObjects);
    }

    /** Adds a form unless another form contains it, and removes the forms that it contains. */
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

    NormalForms or(NormalForms other, Shapes shapes) {
        return new NormalForms(
                new Literals(
                        literals.hasNull || other.literals.hasNull,
                        literals.hasTrue || other.literals.hasTrue,
                        literals.hasFalse || other.literals.hasFalse),
                numbers.or(other.numbers),
                joined(strings, other.strings),
                join(arrays, other.arrays),
                absorbed(objects, other.objects, shapes));
    }

    NormalForms not(Shapes shapes) {
        List<StringForm> otherStrings = List.of(StringForm.ANY);
        for (StringForm form : strings) {
            otherStrings = crossed(otherStrings, not(form), shapes);
        }
        NormalForms rest =
                new NormalForms(
                        new Literals(!literals.hasNull, !literals.hasTrue, !literals.hasFalse),
                        numbers.complement(),
                        otherStrings,
                        List.of(ArrayForm.of(shapes.all())),
                        List.of(ObjectForm.of(shapes.all())));
        NormalForms any = all(shapes);
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
        if (form.min() > 0) {
            cases.add(new StringForm(Automaton.any(), 0, form.min() - 1L));
        }
        if (form.max() < Integer.MAX_VALUE) {
            cases.add(new StringForm(Automaton.any(), (int) form.max() + 1, Long.MAX_VALUE));
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

    /** Joins two languages with the same length bounds, so that an enum is one automaton. */
    private static List<StringForm> joined(List<StringForm> ones, List<StringForm> twos) {
        if (ones.size() == 1 && twos.size() == 1) {
            StringForm one = ones.getFirst();
            StringForm two = twos.getFirst();
            if (one.min() == two.min() && one.max() == two.max()) {
                Automaton both = one.language().or(two.language());
                return List.of(new StringForm(both, one.min(), one.max()));
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
        if (forms.size() > MAX_ALTERNATIVES) {
            throw new RefusedException(
                    "its combinations have more than " + MAX_ALTERNATIVES + " alternatives");
        }
        return List.copyOf(forms);
    }
}
