package tramontane.grammar;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.schema.ArrayForm;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;

/** Within a JSON array, between its items. */
final class ArrayNode extends Node {
    private enum Phase {
        OPEN,
        ITEM_DONE,
        COMMA,
        /** Behind white space before the closing bracket. */
        CLOSING
    }

    private final ArrayPlan plan;
    private final Phase phase;
    private final int count;

    /** How many items were counted for each of the form's wishes. */
    private final List<Long> held;

    /** The items so far, where they must differ. */
    private final Used used;

    /** Items that may not come again. */
    private static final class Used {
        private final List<Object> scalars;

        /** What items may be without the last of the scalars, and without any of them. */
        private final Shape before;

        private volatile Optional<Shape> left = Optional.empty();

        private volatile Optional<Set<String>> strings = Optional.empty();

        /** The way to the end leads over the same items each time it is looked for. */
        private volatile Optional<Used> latest = Optional.empty();

        Used(List<Object> scalars, Shape before) {
            this.scalars = scalars;
            this.before = before;
        }

        Used with(Object scalar, ArrayPlan plan) {
            Optional<Used> known = latest.filter(used -> used.scalars.getLast().equals(scalar));
            if (known.isPresent()) {
                return known.get();
            }
            List<Object> more = new ArrayList<>(scalars);
            more.add(scalar);
            Used next = new Used(List.copyOf(more), left(plan));
            latest = Optional.of(next);
            return next;
        }

        Set<String> strings() {
            if (strings.isEmpty()) {
                Set<String> found = new HashSet<>();
                for (Object scalar : scalars) {
                    if (scalar instanceof String text) {
                        found.add(text);
                    }
                }
                strings = Optional.of(found);
            }
            return strings.get();
        }

        /** Worked out when it is asked for: many items are but tried. */
        Shape left(ArrayPlan plan) {
            if (left.isEmpty()) {
                left =
                        Optional.of(
                                scalars.isEmpty()
                                        ? before
                                        : plan.without(before, scalars.getLast()));
            }
            return left.get();
        }
    }

    /** What may come next, once it was asked for: a walk over the vocabulary asks many times. */
    private volatile Optional<List<ValueNode>> items = Optional.empty();

    private ArrayNode(
            ArrayPlan plan, Phase phase, int count, List<Long> held, Used used, Node rest) {
        super(
                rest,
                31 * (31 * (31 * plan.hashCode() + phase.ordinal()) + count)
                        + held.hashCode()
                        + 31 * used.scalars.hashCode());
        this.plan = plan;
        this.phase = phase;
        this.count = count;
        this.held = held;
        this.used = used;
    }

    /** What reads on behind the opening bracket. */
    static Node open(ArrayPlan plan, Node rest, Machine machine) {
        List<Long> none = plan.form().contained().stream().map(wanted -> 0L).toList();
        Used used = new Used(List.of(), plan.form().item(0));
        ArrayNode node = new ArrayNode(plan, Phase.OPEN, 0, none, used, rest);
        return plan.form().most() == 0 ? node : GapNode.before(node, machine);
    }

    @Override
    void resume(Object scalar, Machine machine, Nodes out) {
        if (scalar == Scalar.NONE || !plan.form().unique()) {
            out.add(this);
            return;
        }
        if (!used.scalars.contains(scalar)) {
            out.add(new ArrayNode(plan, phase, count, held, used.with(scalar, plan), rest));
        }
    }

    /** Whether strings that are there already are no part of what items are said to be. */
    boolean isRoomy() {
        return plan.roomy();
    }

    /** The strings that may not come again. */
    Set<String> taken() {
        return used.strings();
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        if (machine.isBlank(label)) {
            out.add(this);
        } else if (phase != Phase.COMMA && label == ']') {
            if (mayClose()) {
                rest.resume(Scalar.NONE, machine, out);
            }
        } else if (phase == Phase.ITEM_DONE) {
            if (label == ',' && !items().isEmpty()) {
                out.add(GapNode.before(in(Phase.COMMA), machine));
            } else if (mayClose()) {
                GapNode.begin(label, in(Phase.CLOSING), machine, out);
            }
        } else if (phase != Phase.CLOSING) {
            for (ValueNode item : items()) {
                item.step(label, machine, out);
            }
        }
    }

    private ArrayNode in(Phase newPhase) {
        return new ArrayNode(plan, newPhase, count, held, used, rest);
    }

    private boolean mayClose() {
        ArrayForm form = plan.form();
        for (int i = 0; i < held.size(); i++) {
            if (held.get(i) < form.contained().get(i).least()) {
                return false;
            }
        }
        return count >= form.least();
    }

    /**
     * What may come next, in all ways to count it. An item that is of a shape that is wished for
     * counts, and one that is not does not, so each value is read in one way only.
     */
    private List<ValueNode> items() {
        if (items.isEmpty()) {
            items = Optional.of(findItems());
        }
        return items.get();
    }

    private List<ValueNode> findItems() {
        if (count >= plan.form().most()) {
            return List.of();
        }
        List<ValueNode> found = new ArrayList<>();
        Shape item = plan.form().unique() ? used.left(plan) : plan.form().item(count);
        split(0, item, new ArrayList<>(), found);
        return List.copyOf(found);
    }

    private void split(int wish, Shape item, List<Long> counts, List<ValueNode> found) {
        SchemaGraph graph = plan.plans().graph();
        if (graph.isEmpty(item)) {
            return;
        }
        ArrayForm form = plan.form();
        if (wish == held.size()) {
            int next = plan.counted(count + 1);
            Node behind =
                    new ArrayNode(plan, Phase.ITEM_DONE, next, List.copyOf(counts), used, rest);
            found.add(new ValueNode(plan.plans(), item, form.unique(), behind));
            return;
        }
        ArrayForm.Contained wanted = form.contained().get(wish);
        long before = held.get(wish);
        boolean settled = before >= wanted.least() && wanted.most() == Long.MAX_VALUE;
        if (count < wanted.from() || settled) {
            counts.add(before);
            split(wish + 1, item, counts, found);
            counts.removeLast();
            return;
        }
        if (before < wanted.most() && isReachable(wanted, before + 1)) {
            counts.add(before + 1);
            split(wish + 1, graph.and(item, wanted.shape()), counts, found);
            counts.removeLast();
        }
        if (isReachable(wanted, before)) {
            counts.add(before);
            split(wish + 1, graph.and(item, graph.not(wanted.shape())), counts, found);
            counts.removeLast();
        }
    }

    /** Whether, behind the next item, enough items can still come. */
    private boolean isReachable(ArrayForm.Contained wanted, long counted) {
        if (counted >= wanted.least()) {
            return true;
        }
        return plan.form().most() - count - 1 >= wanted.least() - counted
                && plan.canStillHold(wanted.shape(), count + 1);
    }

    @Override
    int onlyLabel(Machine machine) {
        if (!machine.isOrdered()) {
            return -1;
        }
        boolean more = phase != Phase.COMMA && phase != Phase.CLOSING && !items().isEmpty();
        return switch (phase) {
            case OPEN -> !more ? ']' : mayClose() ? -1 : onlyItemLabel(machine);
            case ITEM_DONE -> mayClose() ? -1 : ',';
            case COMMA -> onlyItemLabel(machine);
            case CLOSING -> ']';
        };
    }

    private int onlyItemLabel(Machine machine) {
        List<ValueNode> items = items();
        return items.size() == 1 ? items.getFirst().onlyLabel(machine) : -1;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        if (phase != Phase.COMMA && mayClose()) {
            closing.append(']');
            return rest.resumed(Scalar.NONE, machine);
        }
        if (phase == Phase.ITEM_DONE) {
            closing.append(',');
        }
        // The first way counts for all that is wished for.
        return items().getFirst();
    }

    @Override
    GapNode.Place place() {
        return GapNode.Place.ITEM;
    }

    @Override
    boolean isEdge() {
        return phase == Phase.OPEN || phase == Phase.CLOSING;
    }

    @Override
    boolean isClosing() {
        return phase == Phase.CLOSING;
    }

    @Override
    boolean same(Node other) {
        return other instanceof ArrayNode node
                && plan == node.plan
                && phase == node.phase
                && count == node.count
                && held.equals(node.held)
                && used.scalars.equals(node.used.scalars);
    }
}
