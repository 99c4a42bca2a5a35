package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.Work;
import tramontane.grammar.schema.Shape.Answer;
import tramontane.grammar.schema.Shape.Expression;

/** All shapes of one schema, and the algebra on them. One thread at a time. */
public final class Shapes {
    private static final int MOST_SHAPES = 200_000;

    /** Pairs of alternatives that may be looked at, and states of automata, all together. */
    private static final long MOST_WORK = 600_000;

    private static final int DEEPEST = 400;

    /** Levels of required values that a quick look goes down. */
    private static final int CLEAR_DEPTH = 4;

    private static final int STEPS_A_SHAPE = 20;

    private final Map<Expression, Shape> interned = new HashMap<>();

    /** Intersections that were made; the same ones come up again and again. */
    private final Map<List<Automaton>, Automaton> intersections = new HashMap<>();

    private final SchemaReader reader;
    private final Shape all;
    private final Shape none;
    private long work;
    private int depth;

    Shapes(SchemaReader reader) {
        this.reader = reader;
        none = intern(new Expression.Given(Forms.NONE));
        none.emptiness = Answer.EMPTY;
        // Arrays and objects of anything hold this very shape, so it cannot be made of its forms.
        all = intern(new Expression.And(Set.of()));
        all.forms = Forms.all(this);
        all.hasForms = true;
        all.values = all.forms;
        all.hasValues = true;
        all.emptiness = Answer.NOT_EMPTY;
    }

    public Shape all() {
        return all;
    }

    Shape none() {
        return none;
    }

    Shape given(Forms forms) {
        return forms.equals(Forms.NONE) ? none : intern(new Expression.Given(forms));
    }

    /**
     * What both say, for a shape that is met once, while an answer is written: it is not kept, and
     * what it takes does not count with the schema's own work.
     */
    Shape passing(Forms one, Forms two) {
        long before = work;
        work = 0;
        try {
            return new Shape(interned.size(), new Expression.Given(one.and(two, this)));
        } finally {
            work = before;
        }
    }

    Shape located(Place place) {
        return intern(new Expression.Located(place));
    }

    public Shape and(Shape one, Shape two) {
        if (one == two || two == all) {
            return one;
        }
        return one == all ? two : and(List.of(one, two));
    }

    Shape and(Collection<Shape> parts) {
        Work.spend(parts.size());
        // The order says which names are written first; sets are equal in any order.
        Set<Shape> flat = new LinkedHashSet<>();
        for (Shape part : parts) {
            if (part == none) {
                return none;
            }
            if (part.expression instanceof Expression.And(Set<Shape> inner)) {
                flat.addAll(inner);
            } else {
                flat.add(part);
            }
        }
        Work.spend(flat.size());
        if (flat.isEmpty()) {
            return all;
        }
        if (flat.stream().anyMatch(part -> contradicts(part, flat))) {
            return none;
        }
        flat.removeIf(part ->
                part.expression instanceof Expression.Or(Set<Shape> options)
                        && options.stream().anyMatch(flat::contains));
        return flat.size() == 1 ? flat.iterator().next() : intern(new Expression.And(flat));
    }

    /** Whether the part excludes what the others together say. */
    private static boolean contradicts(Shape part, Set<Shape> others) {
        return part.expression instanceof Expression.Not(Shape inner)
                && (others.contains(inner)
                        || inner.expression instanceof Expression.And(Set<Shape> parts)
                                && others.containsAll(parts));
    }

    Shape or(Collection<Shape> options) {
        Set<Shape> flat = new LinkedHashSet<>();
        for (Shape option : options) {
            if (option == all) {
                return all;
            }
            if (option.expression instanceof Expression.Or(Set<Shape> inner)) {
                flat.addAll(inner);
            } else if (option != none) {
                flat.add(option);
            }
        }
        Work.spend(flat.size());
        if (flat.isEmpty()) {
            return none;
        }
        return flat.size() == 1 ? flat.iterator().next() : intern(new Expression.Or(flat));
    }

    Shape oneOf(List<Shape> options) {
        return options.size() == 1 ? options.getFirst() : intern(new Expression.OneOf(options));
    }

    public Shape not(Shape shape) {
        if (shape == all) {
            return none;
        }
        if (shape == none) {
            return all;
        }
        return shape.expression instanceof Expression.Not(Shape inner)
                ? inner
                : intern(new Expression.Not(shape));
    }

    private Shape intern(Expression expression) {
        Shape known = interned.get(expression);
        if (known != null) {
            return known;
        }
        if (interned.size() >= MOST_SHAPES) {
            throw new RefusedException("it combines into more than " + MOST_SHAPES + " schemas");
        }
        Work.spend(STEPS_A_SHAPE);
        Shape shape = new Shape(interned.size(), expression);
        interned.put(expression, shape);
        return shape;
    }

    /** The strings of both languages. */
    Automaton and(Automaton one, Automaton two) {
        if (one.equals(two) || one == Automaton.any() || two == Automaton.any()) {
            return one.and(two);
        }
        return intersections.computeIfAbsent(
                List.of(one, two),
                pair -> {
                    Automaton both = one.and(two);
                    spend(both.states());
                    return both;
                });
    }

    void spend(long steps) {
        Work.spend(steps);
        work += steps;
        if (work > MOST_WORK) {
            throw new RefusedException("its combinations need too much work");
        }
    }

    /** The forms as the keywords say them. */
    Forms forms(Shape shape) {
        if (!shape.hasForms) {
            if (shape.underWay) {
                throw new EndlessException();
            }
            shape.underWay = true;
            if (++depth > DEEPEST) {
                throw new RefusedException("it is nested more than " + DEEPEST + " deep");
            }
            try {
                shape.forms = find(shape.expression);
                shape.hasForms = true;
            } finally {
                depth--;
                shape.underWay = false;
            }
        }
        return shape.forms;
    }

    private Forms find(Expression expression) {
        return switch (expression) {
            case Expression.Given(Forms forms) -> forms;
            case Expression.Located(Place place) -> reader.forms(place);
            case Expression.And(Set<Shape> parts) -> {
                Forms both = forms(all);
                for (Shape part : parts) {
                    both = both == all.forms ? forms(part) : both.and(forms(part), this);
                }
                yield both;
            }
            case Expression.Or(Set<Shape> options) -> {
                List<Forms> each = new ArrayList<>();
                for (Shape option : options) {
                    each.add(forms(option));
                }
                yield union(each);
            }
            case Expression.Not(Shape shape) -> forms(shape).not(this);
            case Expression.OneOf(List<Shape> options) -> exactlyOne(options);
        };
    }

    /** Each option without those others that it overlaps. */
    private Forms exactlyOne(List<Shape> options) {
        spend((long) options.size() * options.size());
        List<Forms> each = new ArrayList<>();
        for (int i = 0; i < options.size(); i++) {
            List<Shape> alone = new ArrayList<>(List.of(options.get(i)));
            for (int j = 0; j < options.size(); j++) {
                if (i != j && !isClearlyEmpty(and(options.get(i), options.get(j)), CLEAR_DEPTH)) {
                    alone.add(not(options.get(j)));
                }
            }
            each.add(forms(and(alone)));
        }
        return union(each);
    }

    /** Halves are joined, not one by one: the union of many automata then costs n log n. */
    private Forms union(List<Forms> options) {
        return switch (options.size()) {
            case 0 -> Forms.NONE;
            case 1 -> options.getFirst();
            default -> {
                int half = options.size() / 2;
                Forms first = union(options.subList(0, half));
                yield first.or(union(options.subList(half, options.size())), this);
            }
        };
    }

    /** The forms that hold some value, without wishes that only a union can fulfil. */
    public Forms values(Shape shape) {
        if (!shape.hasValues) {
            Forms forms = forms(shape);
            List<ObjectForm> objects = new ArrayList<>();
            for (ObjectForm form : forms.objects()) {
                for (ObjectForm settled : form.settled(this, this::isEmpty)) {
                    if (!isEmpty(settled)) {
                        objects.add(settled);
                    }
                }
            }
            List<ArrayForm> arrays = new ArrayList<>();
            for (ArrayForm form : forms.arrays()) {
                if (!isEmpty(form)) {
                    arrays.add(form);
                }
            }
            shape.values = forms.withArrays(arrays).withObjects(objects);
            shape.hasValues = true;
        }
        return shape.values;
    }

    /** Whether no value has this shape. */
    public boolean isEmpty(Shape shape) {
        return new Emptiness(this).isEmpty(shape);
    }

    boolean isEmpty(ObjectForm form) {
        return new Emptiness(this).isEmpty(form);
    }

    boolean isEmpty(ArrayForm form) {
        return new Emptiness(this).isEmpty(form);
    }

    boolean isClearlyEmpty(ObjectForm form) {
        return isClearlyEmpty(form, CLEAR_DEPTH);
    }

    boolean isClearlyEmpty(ArrayForm form) {
        return isClearlyEmpty(form, CLEAR_DEPTH);
    }

    /** Whether the expressions show that every value of the one shape is of the other. */
    boolean isClearlyWithin(Shape one, Shape other) {
        if (one == other || other == all || one.emptiness == Answer.EMPTY) {
            return true;
        }
        if (other.expression instanceof Expression.Or(Set<Shape> options)
                && options.contains(one)) {
            return true;
        }
        return one.expression instanceof Expression.And(Set<Shape> parts)
                && (other.expression instanceof Expression.And(Set<Shape> fewer)
                        ? parts.containsAll(fewer)
                        : parts.contains(other));
    }

    /**
     * Whether a look at what must be there, a few levels deep, shows that no value has this shape.
     * Where it does not, the shape may still be empty: a shape that is being worked out right now
     * counts as full.
     */
    boolean isClearlyEmpty(Shape shape, int levels) {
        if (shape.emptiness == Answer.EMPTY || shape.emptiness == Answer.NOT_EMPTY) {
            return shape.emptiness == Answer.EMPTY;
        }
        if (shape.underWay || levels == 0) {
            return false;
        }
        try {
            boolean empty = isClearlyEmpty(forms(shape), levels - 1);
            if (empty && shape.emptiness == Answer.UNKNOWN) {
                shape.emptiness = Answer.EMPTY;
            }
            return empty;
        } catch (EndlessException e) {
            return false;
        }
    }

    private boolean isClearlyEmpty(Forms forms, int levels) {
        if (!forms.literals().isEmpty()
                || !forms.numbers().isEmpty()
                || !forms.strings().isEmpty()) {
            return false;
        }
        for (ArrayForm form : forms.arrays()) {
            if (!isClearlyEmpty(form, levels)) {
                return false;
            }
        }
        for (ObjectForm form : forms.objects()) {
            if (!isClearlyEmpty(form, levels)) {
                return false;
            }
        }
        return true;
    }

    private boolean isClearlyEmpty(ObjectForm form, int levels) {
        spend(1);
        if (form.least() > form.most() || form.required().size() > form.most()) {
            return true;
        }
        for (String name : form.required()) {
            if (isClearlyEmpty(form.value(name), levels)) {
                return true;
            }
        }
        return false;
    }

    private boolean isClearlyEmpty(ArrayForm form, int levels) {
        spend(1);
        if (form.least() > form.most()) {
            return true;
        }
        for (int i = 0; i < Math.min(form.least(), form.prefix().size()); i++) {
            if (isClearlyEmpty(form.prefix().get(i), levels)) {
                return true;
            }
        }
        return form.least() > form.prefix().size() && isClearlyEmpty(form.rest(), levels);
    }
}
