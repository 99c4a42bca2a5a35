package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.schema.Shape.Answer;
import tramontane.grammar.schema.Shape.Expression;

/** All shapes of one schema, and the operations on them. Not thread-safe. */
public final class Shapes {
    private static final int MAX_SHAPES = 200_000;

    /** Upper limit for pairs of alternatives and states of automata, all together. */
    private static final long MAX_WORK = 600_000;

    private static final int MAX_DEPTH = 400;

    /** Number of levels of required values that the quick emptiness check visits. */
    private static final int CLEAR_DEPTH = 4;

    private static final int STEPS_PER_SHAPE = 20;

    private final Map<Expression, Shape> interned = new HashMap<>();

    /** Cache of intersections, because the same ones occur again and again. */
    private final Map<List<Automaton>, Automaton> intersections = new HashMap<>();

    private final SchemaReader reader;
    private final Shape all;
    private final Shape none;
    private long work;
    private int depth;

    Shapes(SchemaReader reader) {
        this.reader = reader;
        none = intern(new Expression.OfForms(NormalForms.NONE));
        none.emptiness = Answer.EMPTY;
        // The array and object forms of "any value" contain this shape, so it cannot be built from
        // its forms.
        all = intern(new Expression.And(Set.of()));
        all.forms = NormalForms.all(this);
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

    Shape ofForms(NormalForms forms) {
        return forms.equals(NormalForms.NONE) ? none : intern(new Expression.OfForms(forms));
    }

    /**
     * The intersection, for a shape that is needed only once while an answer is written. It is not
     * interned, and its work does not count toward the schema's own.
     */
    Shape transientAnd(NormalForms one, NormalForms two) {
        long before = work;
        work = 0;
        try {
            return new Shape(interned.size(), new Expression.OfForms(one.and(two, this)));
        } finally {
            work = before;
        }
    }

    Shape shapeAt(SchemaLocation location) {
        return intern(new Expression.AtLocation(location));
    }

    public Shape and(Shape one, Shape two) {
        if (one == two || two == all) {
            return one;
        }
        return one == all ? two : and(List.of(one, two));
    }

    Shape and(Collection<Shape> parts) {
        WorkBudget.spend(parts.size());
        // Insertion order decides in which order names are written. Equality ignores the order.
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
        WorkBudget.spend(flat.size());
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

    /** True when the part is the complement of the other parts. */
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
        WorkBudget.spend(flat.size());
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
        if (interned.size() >= MAX_SHAPES) {
            throw new RefusedException("it combines into more than " + MAX_SHAPES + " schemas");
        }
        WorkBudget.spend(STEPS_PER_SHAPE);
        Shape shape = new Shape(interned.size(), expression);
        interned.put(expression, shape);
        return shape;
    }

    /** The intersection of two languages. */
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
        WorkBudget.spend(steps);
        work += steps;
        if (work > MAX_WORK) {
            throw new RefusedException("its combinations need too much work");
        }
    }

    /** The normal form as the keywords define it, including empty forms. */
    NormalForms forms(Shape shape) {
        if (!shape.hasForms) {
            if (shape.inProgress) {
                throw new SelfReferenceException();
            }
            shape.inProgress = true;
            if (++depth > MAX_DEPTH) {
                throw new RefusedException("it is nested more than " + MAX_DEPTH + " levels deep");
            }
            try {
                shape.forms = find(shape.expression);
                shape.hasForms = true;
            } finally {
                depth--;
                shape.inProgress = false;
            }
        }
        return shape.forms;
    }

    private NormalForms find(Expression expression) {
        return switch (expression) {
            case Expression.OfForms(NormalForms forms) -> forms;
            case Expression.AtLocation(SchemaLocation location) -> reader.forms(location);
            case Expression.And(Set<Shape> parts) -> {
                NormalForms both = forms(all);
                for (Shape part : parts) {
                    both = both == all.forms ? forms(part) : both.and(forms(part), this);
                }
                yield both;
            }
            case Expression.Or(Set<Shape> options) -> {
                List<NormalForms> each = new ArrayList<>();
                for (Shape option : options) {
                    each.add(forms(option));
                }
                yield union(each);
            }
            case Expression.Not(Shape shape) -> forms(shape).not(this);
            case Expression.OneOf(List<Shape> options) -> exactlyOne(options);
        };
    }

    /** The union of all options, each without the options that overlap it. */
    private NormalForms exactlyOne(List<Shape> options) {
        spend((long) options.size() * options.size());
        List<NormalForms> each = new ArrayList<>();
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

    /** Joins halves, so that the union of n automata takes n log n steps. */
    private NormalForms union(List<NormalForms> options) {
        return switch (options.size()) {
            case 0 -> NormalForms.NONE;
            case 1 -> options.getFirst();
            default -> {
                int half = options.size() / 2;
                NormalForms first = union(options.subList(0, half));
                yield first.or(union(options.subList(half, options.size())), this);
            }
        };
    }

    /** The normal form without empty forms and without existential conditions. */
    public NormalForms values(Shape shape) {
        if (!shape.hasValues) {
            NormalForms forms = forms(shape);
            List<ObjectForm> objects = new ArrayList<>();
            for (ObjectForm form : forms.objects()) {
                for (ObjectForm withoutExistentials :
                        form.withoutExistentials(this, this::isEmpty)) {
                    if (!isEmpty(withoutExistentials)) {
                        objects.add(withoutExistentials);
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

    /** True when no value has this shape. */
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

    /** True when the expressions show that every value of the one shape has the other shape. */
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
     * True when the required values, a few levels deep, show that the shape is empty. An empty
     * shape may be missed: a shape in progress counts as not empty.
     */
    boolean isClearlyEmpty(Shape shape, int levels) {
        if (shape.emptiness == Answer.EMPTY || shape.emptiness == Answer.NOT_EMPTY) {
            return shape.emptiness == Answer.EMPTY;
        }
        if (shape.inProgress || levels == 0) {
            return false;
        }
        try {
            boolean empty = isClearlyEmpty(forms(shape), levels - 1);
            if (empty && shape.emptiness == Answer.UNKNOWN) {
                shape.emptiness = Answer.EMPTY;
            }
            return empty;
        } catch (SelfReferenceException e) {
            return false;
        }
    }

    private boolean isClearlyEmpty(NormalForms forms, int levels) {
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
        if (form.min() > form.max() || form.required().size() > form.max()) {
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
        if (form.min() > form.max()) {
            return true;
        }
        for (int i = 0; i < Math.min(form.min(), form.prefix().size()); i++) {
            if (isClearlyEmpty(form.prefix().get(i), levels)) {
                return true;
            }
        }
        return form.min() > form.prefix().size() && isClearlyEmpty(form.rest(), levels);
    }
}
