package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.schema.Shape.Answer;

/**
 * Decides whether a shape has no value.
 *
 * <p>Shapes may refer to each other recursively. The set of shapes that have a value is the least
 * fixed point of "a shape has a value if one of its alternatives needs only shapes that have a
 * value"; all other shapes are empty. This is the emptiness test for context-free grammars
 * (Hopcroft and Ullman, "Introduction to Automata Theory, Languages, and Computation", 1979,
 * section 4.4), computed depth first: a shape in progress counts as empty. An answer "empty" that
 * was found while another shape was in progress may depend on that shape, so it becomes final only
 * if the outermost shape is empty, too.
 */
final class Emptiness {
    /** Upper limit for the nesting of required values. */
    private static final int MAX_DEPTH = 400;

    private static final int MAX_KEYS_COUNTED = 10_000;

    private final Shapes shapes;

    /** Shapes answered "empty" while other shapes were in progress. */
    private final List<Shape> provisional = new ArrayList<>();

    private int open;

    Emptiness(Shapes shapes) {
        this.shapes = shapes;
    }

    boolean isEmpty(Shape shape) {
        switch (shape.emptiness) {
            case EMPTY, IN_PROGRESS -> {
                return true;
            }
            case NOT_EMPTY -> {
                return false;
            }
            case UNKNOWN -> {
                shape.emptiness = Answer.IN_PROGRESS;
            }
        }
        WorkBudget.spend(1);
        if (++open > MAX_DEPTH) {
            open = 0;
            throw new RefusedException("it is nested more than " + MAX_DEPTH + " levels deep");
        }
        boolean empty = true;
        try {
            empty = isEmpty(shapes.forms(shape));
        } finally {
            open--;
            shape.emptiness = empty ? Answer.IN_PROGRESS : Answer.NOT_EMPTY;
            if (empty) {
                provisional.add(shape);
            }
            if (open == 0 || !empty) {
                settle(open == 0 && empty);
            }
        }
        return empty;
    }

    /**
     * Settles the provisional answers. If the outermost shape is empty, so are they, for good. If a
     * shape turned out to have a value, answers that depend on it may be wrong, so all become
     * unknown again.
     */
    private void settle(boolean isFinal) {
        for (Shape shape : provisional) {
            if (shape.emptiness == Answer.IN_PROGRESS) {
                shape.emptiness = isFinal ? Answer.EMPTY : Answer.UNKNOWN;
            }
        }
        provisional.clear();
    }

    private boolean isEmpty(NormalForms forms) {
        if (!forms.literals().isEmpty()
                || !forms.numbers().isEmpty()
                || !forms.strings().isEmpty()) {
            return false;
        }
        for (ArrayForm form : forms.arrays()) {
            if (!isEmpty(form)) {
                return false;
            }
        }
        for (ObjectForm form : forms.objects()) {
            if (form.existentials().isEmpty()) {
                if (!isEmpty(form)) {
                    return false;
                }
            } else {
                for (ObjectForm withoutExistentials :
                        form.withoutExistentials(shapes, this::isEmpty)) {
                    if (!isEmpty(withoutExistentials)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    boolean isEmpty(ArrayForm form) {
        if (form.min() > form.max()) {
            return true;
        }
        long needed = form.min();
        for (ArrayForm.Contained wanted : form.contained()) {
            needed = Math.max(needed, wanted.min() > 0 ? wanted.from() + wanted.min() : 0);
            if (wanted.min() > wanted.max()
                    || needed > form.max()
                    || (wanted.min() > 0 && !canContain(form, wanted))) {
                return true;
            }
        }
        for (int i = 0; i < Math.min(needed, form.prefix().size()); i++) {
            if (isEmpty(form.prefix().get(i))) {
                return true;
            }
        }
        return needed > form.prefix().size() && isEmpty(form.rest());
    }

    private boolean canContain(ArrayForm form, ArrayForm.Contained wanted) {
        for (int i = wanted.from(); i < form.prefix().size(); i++) {
            if (!isEmpty(shapes.and(form.prefix().get(i), wanted.shape()))) {
                return true;
            }
        }
        return form.max() > form.prefix().size()
                && !isEmpty(shapes.and(form.rest(), wanted.shape()));
    }

    boolean isEmpty(ObjectForm form) {
        WorkBudget.spend(1 + form.required().size());
        if (form.min() > form.max() || form.required().size() > form.max()) {
            return true;
        }
        for (String name : form.required()) {
            if (isEmpty(form.value(name))) {
                return true;
            }
        }
        return form.min() > form.required().size() && form.min() > possibleKeys(form);
    }

    private long possibleKeys(ObjectForm form) {
        long keys = 0;
        for (Shape value : form.names().values()) {
            keys += isEmpty(value) ? 0 : 1;
        }
        for (KeyClass each : form.classes()) {
            if (!isEmpty(each.value())) {
                Optional<List<String>> words = each.keys().words(MAX_KEYS_COUNTED);
                if (words.isEmpty()) {
                    return Long.MAX_VALUE;
                }
                keys +=
                        words.get().stream()
                                .filter(word -> !form.names().containsKey(word))
                                .count();
            }
        }
        return keys;
    }
}
