package tramontane.grammar.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import tramontane.grammar.regex.OverworkedException;
import tramontane.grammar.regex.TooComplexException;

/**
 * A schema with all shapes that its values can meet, worked out beforehand: what cannot be enforced
 * is found here, not while an answer is written. Safe for use by many threads at once.
 */
public final class SchemaGraph {
    /**
     * Something that cannot be enforced.
     *
     * @param pointer JSON pointer into the schema
     */
    public record Fault(String pointer, String reason) {}

    private static final int MOST_FAULTS = 100;

    /** Levels of arrays and objects in the text of a schema. */
    private static final int DEEPEST = 1_000;

    /** The most characters, items or properties that a value may need. */
    private static final int LARGEST_LEAST = 10_000;

    /** The most different items that an array, or unnamed properties that an object may need. */
    private static final int MOST_DIFFERENT = 100;

    /** What one more item that has to be told apart counts as work. */
    private static final int SPLIT_WORK = 1_000;

    /** The most properties of one object that may ask for others. */
    private static final int MOST_IMPLYING = 500;

    private final SchemaReader reader;
    private final Shapes shapes;
    private final Map<String, Fault> faults = new LinkedHashMap<>();
    private Shape root;

    private SchemaGraph(Object document) {
        reader = new SchemaReader(document);
        shapes = reader.shapes();
        root = shapes.none();
    }

    /** Reads a schema; {@link #faults} says whether it can be used. */
    public static SchemaGraph of(Object document) {
        boolean deep = isDeep(document);
        SchemaGraph graph = new SchemaGraph(deep ? true : document);
        if (deep) {
            graph.fault("", "is nested more than " + DEEPEST + " deep");
            return graph;
        }
        graph.scan();
        if (graph.faults.isEmpty()) {
            graph.explore();
        }
        return graph;
    }

    /** Counted level by level, for whatever goes down by itself needs a bound. */
    private static boolean isDeep(Object document) {
        List<Object> level = List.of(document);
        for (int depth = 0; !level.isEmpty(); depth++) {
            if (depth > DEEPEST) {
                return true;
            }
            List<Object> next = new ArrayList<>();
            for (Object value : level) {
                if (value instanceof Map<?, ?> map) {
                    next.addAll(map.values());
                } else if (value instanceof List<?> list) {
                    next.addAll(list);
                }
            }
            level = next;
        }
        return false;
    }

    public List<Fault> faults() {
        return List.copyOf(faults.values());
    }

    public Shape root() {
        return root;
    }

    /** The forms of a shape that hold some value. */
    public synchronized Forms values(Shape shape) {
        return shapes.values(shape);
    }

    public synchronized boolean isEmpty(Shape shape) {
        return shapes.isEmpty(shape);
    }

    public synchronized Shape and(Shape one, Shape two) {
        return shapes.and(one, two);
    }

    public synchronized Shape not(Shape shape) {
        return shapes.not(shape);
    }

    /** The shape without one scalar value. */
    public synchronized Shape without(Shape shape, Object scalar) {
        // Worked out at once: of a long list of such shapes each would be made from the first on.
        Forms others = Constants.one(scalar, shapes).not(shapes);
        return shapes.passing(shapes.forms(shape), others);
    }

    /** Looks at every schema that a value can meet, and notes all that cannot be enforced. */
    private void scan() {
        Set<String> seen = new HashSet<>();
        Queue<Place> open = new ArrayDeque<>();
        open.add(reader.root());
        while (!open.isEmpty() && faults.size() < MOST_FAULTS) {
            Place place = open.remove();
            if (seen.add(place.pointer())) {
                try {
                    refusals(place);
                    open.addAll(reader.next(place));
                } catch (RefusedException e) {
                    fault(place.pointer(), String.valueOf(e.getMessage()));
                } catch (OverworkedException e) {
                    // Whatever comes after would be refused for the same reason.
                    fault(place.pointer(), String.valueOf(e.getMessage()));
                    return;
                }
            }
        }
    }

    private void refusals(Place place) {
        reader.refusals(place)
                .forEach((keyword, reason) ->
                        fault(
                                keyword.isEmpty()
                                        ? place.pointer()
                                        : place.under(keyword, "").pointer(),
                                reason));
    }

    private void fault(String pointer, String reason) {
        faults.putIfAbsent(pointer, new Fault(pointer, reason));
    }

    private record Step(Shape shape, String pointer) {}

    private void explore() {
        Set<Shape> seen = new HashSet<>();
        Queue<Step> open = new ArrayDeque<>();
        root = reader.located(reader.root());
        open.add(new Step(root, ""));
        while (!open.isEmpty() && faults.isEmpty()) {
            Step step = open.remove();
            if (seen.add(step.shape)) {
                String pointer =
                        step.shape.expression instanceof Shape.Expression.Located(Place place)
                                ? place.pointer()
                                : step.pointer;
                try {
                    expand(step.shape, pointer, open);
                } catch (RefusedException | TooComplexException | OverworkedException e) {
                    fault(pointer, String.valueOf(e.getMessage()));
                } catch (StackOverflowError e) {
                    fault(pointer, "is nested too deep");
                }
            }
        }
        if (faults.isEmpty() && shapes.isEmpty(root)) {
            fault("", "no value satisfies it");
        }
    }

    private void expand(Shape shape, String pointer, Queue<Step> open) {
        Forms values = shapes.values(shape);
        if (!values.numbers().isEmpty()) {
            // Made now, because some sets need an automaton that is too large.
            values.numbers().text();
        }
        checkSizes(values);
        for (ObjectForm form : values.objects()) {
            form.names().values().forEach(value -> open.add(new Step(value, pointer)));
            form.classes().forEach(each -> open.add(new Step(each.value(), pointer)));
        }
        for (ArrayForm form : values.arrays()) {
            if (form.most() > 0) {
                List<Shape> items = new ArrayList<>(form.prefix());
                items.add(form.rest());
                items.forEach(item -> open.add(new Step(item, pointer)));
                if (form.unique()) {
                    checkUnique(form);
                }
                if (form.contained().size() > 1) {
                    checkContained(form);
                }
                for (Shape item : items) {
                    split(item, form.contained(), pointer, open);
                }
            }
        }
    }

    /** An item may or may not be of each shape that is wished for. */
    private void split(
            Shape item, List<ArrayForm.Contained> wishes, String pointer, Queue<Step> open) {
        if (wishes.isEmpty()) {
            return;
        }
        shapes.spend(SPLIT_WORK);
        Shape wanted = wishes.getFirst().shape();
        for (Shape part : List.of(shapes.and(item, wanted), shapes.and(item, shapes.not(wanted)))) {
            if (!shapes.isEmpty(part)) {
                open.add(new Step(part, pointer));
                split(part, wishes.subList(1, wishes.size()), pointer, open);
            }
        }
        split(item, wishes.subList(1, wishes.size()), pointer, open);
    }

    /** What must be very long could not be written, and a way to its end not be kept. */
    private static void checkSizes(Forms values) {
        long least = 0;
        for (StringForm form : values.strings()) {
            least = Math.max(least, form.least());
        }
        for (ArrayForm form : values.arrays()) {
            least = Math.max(least, form.least());
        }
        for (ObjectForm form : values.objects()) {
            least = Math.max(least, form.least());
            if (form.implied().size() > MOST_IMPLYING) {
                throw new RefusedException(
                        "%d properties ask for others, %d are supported"
                                .formatted(form.implied().size(), MOST_IMPLYING));
            }
            if (form.least() > form.names().size() + MOST_DIFFERENT) {
                throw new RefusedException(
                        "asks for %d properties at least, %d are supported beyond those it names"
                                .formatted(form.least(), MOST_DIFFERENT));
            }
        }
        if (least > LARGEST_LEAST) {
            throw new RefusedException(
                    "asks for " + least + " parts at least, " + LARGEST_LEAST + " are supported");
        }
    }

    /** Wishes that compete for a limited number of items could leave no way to the end. */
    private static void checkContained(ArrayForm form) {
        boolean open = form.most() == Long.MAX_VALUE;
        for (ArrayForm.Contained wanted : form.contained()) {
            open &= wanted.most() == Long.MAX_VALUE;
        }
        if (!open) {
            throw new RefusedException("several limited contains together are not supported");
        }
    }

    /** Scalars can be told apart while they are written; of structures that is not known. */
    private void checkUnique(ArrayForm form) {
        if (form.most() <= 1) {
            return;
        }
        if (form.least() > MOST_DIFFERENT) {
            throw new RefusedException(
                    "asks for %d different items at least, %d are supported"
                            .formatted(form.least(), MOST_DIFFERENT));
        }
        if (!form.prefix().isEmpty()) {
            throw new RefusedException("uniqueItems is not supported with items by place");
        }
        Forms items = shapes.values(form.rest());
        if (!items.arrays().isEmpty() || !items.objects().isEmpty()) {
            throw new RefusedException("uniqueItems is supported for items without structure only");
        }
        if (form.contained().isEmpty() && form.least() > Scalars.count(items, form.least())) {
            throw new RefusedException("there are fewer different items than minItems");
        }
    }
}
