package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.grammar.regex.Work;
import tramontane.grammar.schema.Shape.Answer;

/**
 * Finds out whether a shape has a value. Shapes that need one another are all empty unless one of
 * them can do without: the smallest solution. An answer found while another was still open is kept
 * only where it does not lean on that one.
 */
final class Emptiness {
    /** Levels of values that each must be there for the one above. */
    private static final int DEEPEST = 400;

    private static final int WORDS = 10_000;

    private final Shapes shapes;

    /** Answers "empty" that leaned on a shape still under way, to be asked again. */
    private final List<Shape> provisional = new ArrayList<>();

    private int open;

    Emptiness(Shapes shapes) {
        this.shapes = shapes;
    }

    boolean isEmpty(Shape shape) {
        switch (shape.emptiness) {
            case EMPTY, UNDER_WAY -> {
                return true;
            }
            case NOT_EMPTY -> {
                return false;
            }
            case UNKNOWN -> {
                shape.emptiness = Answer.UNDER_WAY;
            }
        }
        Work.spend(1);
        if (++open > DEEPEST) {
            open = 0;
            throw new RefusedException("it is nested more than " + DEEPEST + " deep");
        }
        boolean empty = true;
        try {
            empty = isEmpty(shapes.forms(shape));
        } finally {
            open--;
            shape.emptiness = empty ? Answer.UNDER_WAY : Answer.NOT_EMPTY;
            if (empty) {
                provisional.add(shape);
            }
            if (open == 0 || !empty) {
                settle(open == 0);
            }
        }
        return empty;
    }

    /**
     * Once the outermost question is answered, what is still empty is so for good; before, a shape
     * that turned out to have a value may change the others.
     */
    private void settle(boolean outermost) {
        for (Shape shape : provisional) {
            if (shape.emptiness == Answer.UNDER_WAY) {
                shape.emptiness = outermost ? Answer.EMPTY : Answer.UNKNOWN;
            }
        }
        provisional.clear();
    }

    private boolean isEmpty(Forms forms) {
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
            if (form.some().isEmpty()) {
                if (!isEmpty(form)) {
                    return false;
                }
            } else {
                for (ObjectForm settled : form.settled(shapes, this::isEmpty)) {
                    if (!isEmpty(settled)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    boolean isEmpty(ArrayForm form) {
        if (form.least() > form.most()) {
            return true;
        }
        long needed = form.least();
        for (ArrayForm.Contained wanted : form.contained()) {
            needed = Math.max(needed, wanted.least() > 0 ? wanted.from() + wanted.least() : 0);
            if (wanted.least() > wanted.most()
                    || needed > form.most()
                    || (wanted.least() > 0 && !canContain(form, wanted))) {
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
        return form.most() > form.prefix().size()
                && !isEmpty(shapes.and(form.rest(), wanted.shape()));
    }

    boolean isEmpty(ObjectForm form) {
        Work.spend(1 + form.required().size());
        if (form.least() > form.most() || form.required().size() > form.most()) {
            return true;
        }
        for (String name : form.required()) {
            if (isEmpty(form.value(name))) {
                return true;
            }
        }
        return form.least() > form.required().size() && form.least() > possibleKeys(form);
    }

    private long possibleKeys(ObjectForm form) {
        long keys = 0;
        for (Shape value : form.names().values()) {
            keys += isEmpty(value) ? 0 : 1;
        }
        for (KeyClass each : form.classes()) {
            if (!isEmpty(each.value())) {
                Optional<List<String>> words = each.keys().words(WORDS);
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
