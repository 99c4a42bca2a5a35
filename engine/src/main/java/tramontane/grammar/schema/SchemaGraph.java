package tramontane.grammar.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkLimitException;

/**
 * A schema with all shapes that its values can have, expanded in advance. What cannot be enforced
 * is found here and not while an answer is written. Safe for use by several threads.
 */
public final class SchemaGraph {
    /**
     * A part of the schema that cannot be enforced.
     *
     * @param pointer JSON pointer into the schema
     */
    public record Fault(String pointer, String reason) {}

    private static final int MAX_FAULTS = 100;

    /** Upper limit for the nesting of the schema document. */
    private static final int MAX_DEPTH = 1_000;

    /** Upper limit for the minimum number of characters, items or properties. */
    private static final int MAX_REQUIRED_SIZE = 10_000;

    /**
     * Upper limit for the minimum number of distinct items of an array, and of unnamed properties
     * of an object.
     */
    private static final int MAX_DISTINCT = 100;

    /** Work that one more split of an item's shape counts for. */
    private static final int SPLIT_WORK = 1_000;

    /** Upper limit for the properties of one object that require others. */
    private static final int MAX_IMPLYING = 500;

    private final SchemaReader reader;
    private final Shapes shapes;
    private final Map<String, Fault> faults = new LinkedHashMap<>();
    private Shape root;

    private SchemaGraph(Object document) {
        reader = new SchemaReader(document);
        shapes = reader.shapes();
        root = shapes.none();
    }

    /** Reads a schema. It can be used if {@link #faults} is empty. */
    public static SchemaGraph of(Object document) {
        boolean deep = isDeep(document);
        SchemaGraph graph = new SchemaGraph(deep ? true : document);
        if (deep) {
            graph.fault("", "is nested more than " + MAX_DEPTH + " levels deep");
            return graph;
        }
        graph.scan();
        if (graph.faults.isEmpty()) {
            graph.explore();
        }
        return graph;
    }

    /** Checks the nesting level by level, because recursion needs a bound. */
    private static boolean isDeep(Object document) {
        List<Object> level = List.of(document);
        for (int depth = 0; !level.isEmpty(); depth++) {
            if (depth > MAX_DEPTH) {
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

    /** The normal form of a shape, without the forms that are empty. */
    public synchronized NormalForms values(Shape shape) {
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

    /** The shape without one scalar. */
    public synchronized Shape without(Shape shape, Object scalar) {
        // Expanded at once. Otherwise the last of a long chain of such shapes would expand all of
        // them.
        NormalForms others = Constants.one(scalar, shapes).not(shapes);
        return shapes.transientAnd(shapes.forms(shape), others);
    }

    /** Visits all schemas that apply to a value and collects everything that cannot be enforced. */
    private void scan() {
        Set<String> seen = new HashSet<>();
        Queue<SchemaLocation> open = new ArrayDeque<>();
        open.add(reader.root());
        while (!open.isEmpty() && faults.size() < MAX_FAULTS) {
            SchemaLocation location = open.remove();
            if (seen.add(location.pointer())) {
                try {
                    refusals(location);
                    open.addAll(reader.next(location));
                } catch (RefusedException e) {
                    fault(location.pointer(), String.valueOf(e.getMessage()));
                } catch (WorkLimitException e) {
                    // All later locations would be refused for the same reason.
                    fault(location.pointer(), String.valueOf(e.getMessage()));
                    return;
                }
            }
        }
    }

    private void refusals(SchemaLocation location) {
        reader.refusals(location)
                .forEach((keyword, reason) ->
                        fault(
                                keyword.isEmpty()
                                        ? location.pointer()
                                        : location.under(keyword, "").pointer(),
                                reason));
    }

    private void fault(String pointer, String reason) {
        faults.putIfAbsent(pointer, new Fault(pointer, reason));
    }

    private record Step(Shape shape, String pointer) {}

    private void explore() {
        Set<Shape> seen = new HashSet<>();
        Queue<Step> open = new ArrayDeque<>();
        root = reader.shapeAt(reader.root());
        open.add(new Step(root, ""));
        while (!open.isEmpty() && faults.isEmpty()) {
            Step step = open.remove();
            if (seen.add(step.shape)) {
                String pointer =
                        step.shape.expression
                                        instanceof
                                        Shape.Expression.AtLocation(SchemaLocation location)
                                ? location.pointer()
                                : step.pointer;
                try {
                    expand(step.shape, pointer, open);
                } catch (RefusedException | TooComplexException | WorkLimitException e) {
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
        NormalForms values = shapes.values(shape);
        if (!values.numbers().isEmpty()) {
            // Computed now, because the automaton of some sets exceeds the limits.
            values.numbers().text();
        }
        checkSizes(values);
        for (ObjectForm form : values.objects()) {
            form.names().values().forEach(value -> open.add(new Step(value, pointer)));
            form.classes().forEach(each -> open.add(new Step(each.value(), pointer)));
        }
        for (ArrayForm form : values.arrays()) {
            if (form.max() > 0) {
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

    /**
     * An item matches a {@code contains} shape or its complement. Visits the intersections of the
     * item with all combinations.
     */
    private void split(
            Shape item, List<ArrayForm.Contained> requirements, String pointer, Queue<Step> open) {
        if (requirements.isEmpty()) {
            return;
        }
        shapes.spend(SPLIT_WORK);
        Shape wanted = requirements.getFirst().shape();
        for (Shape part : List.of(shapes.and(item, wanted), shapes.and(item, shapes.not(wanted)))) {
            if (!shapes.isEmpty(part)) {
                open.add(new Step(part, pointer));
                split(part, requirements.subList(1, requirements.size()), pointer, open);
            }
        }
        split(item, requirements.subList(1, requirements.size()), pointer, open);
    }

    /**
     * Refuses values that must be very long: they could not be closed within an answer's token
     * limit.
     */
    private static void checkSizes(NormalForms values) {
        long min = 0;
        for (StringForm form : values.strings()) {
            min = Math.max(min, form.min());
        }
        for (ArrayForm form : values.arrays()) {
            min = Math.max(min, form.min());
        }
        for (ObjectForm form : values.objects()) {
            min = Math.max(min, form.min());
            if (form.implied().size() > MAX_IMPLYING) {
                throw new RefusedException(
                        "%d properties require others, but at most %d are supported"
                                .formatted(form.implied().size(), MAX_IMPLYING));
            }
            if (form.min() > form.names().size() + MAX_DISTINCT) {
                throw new RefusedException(
                        "requires at least %d properties, but at most %d beyond those it names are supported"
                                .formatted(form.min(), MAX_DISTINCT));
            }
        }
        if (min > MAX_REQUIRED_SIZE) {
            throw new RefusedException(
                    "requires a size of at least "
                            + min
                            + ", but at most "
                            + MAX_REQUIRED_SIZE
                            + " is supported");
        }
    }

    /**
     * Several contains shapes that compete for a limited number of items could lead to dead ends.
     */
    private static void checkContained(ArrayForm form) {
        boolean open = form.max() == Long.MAX_VALUE;
        for (ArrayForm.Contained wanted : form.contained()) {
            open &= wanted.max() == Long.MAX_VALUE;
        }
        if (!open) {
            throw new RefusedException("several contains with limits are not supported together");
        }
    }

    /** Distinct scalars can be checked while they are written. Arrays and objects cannot. */
    private void checkUnique(ArrayForm form) {
        if (form.max() <= 1) {
            return;
        }
        if (form.min() > MAX_DISTINCT) {
            throw new RefusedException(
                    "requires at least %d different items, but at most %d are supported"
                            .formatted(form.min(), MAX_DISTINCT));
        }
        if (!form.prefix().isEmpty()) {
            throw new RefusedException("uniqueItems is not supported together with prefixItems");
        }
        NormalForms items = shapes.values(form.rest());
        if (!items.arrays().isEmpty() || !items.objects().isEmpty()) {
            throw new RefusedException(
                    "uniqueItems is supported only for items that are not arrays or objects");
        }
        if (form.contained().isEmpty() && form.min() > ScalarCount.count(items, form.min())) {
            throw new RefusedException("there are fewer different items than minItems");
        }
    }
}
