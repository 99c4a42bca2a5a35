package tramontane.grammar.parser;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.plan.ArrayPlan;
import tramontane.grammar.schema.ArrayForm;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;

/** Reads a JSON array, between its items. */
final class ArrayNode extends Node {
    private enum Phase {
        OPEN,
        ITEM_DONE,
        COMMA,
        /** After white space, before the closing bracket. */
        CLOSING
    }

    private final ArrayPlan plan;
    private final Phase phase;
    private final int count;

    /** The number of matching items for each {@code contains} of the form. */
    private final List<Long> counts;

    /** The items so far, if they must be distinct. */
    private final Used used;

    /** The scalars that may not come again. */
    private static final class Used {
        private final List<Object> scalars;

        /** The shape of items when the last scalar is not yet excluded. */
        private final Shape before;

        private volatile Optional<Shape> left = Optional.empty();

        private volatile Optional<Set<String>> strings = Optional.empty();

        /** The last successor. Searches for a closing text add the same items again and again. */
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

        /** Computed on demand, because many successors are only tried and dropped. */
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

    /**
     * The possible next items. Cached, because a walk over the vocabulary needs them many times.
     */
    private volatile Optional<List<ValueNode>> items = Optional.empty();

    private ArrayNode(
            ArrayPlan plan, Phase phase, int count, List<Long> counts, Used used, Node rest) {
        super(
                rest,
                31 * (31 * (31 * plan.hashCode() + phase.ordinal()) + count)
                        + counts.hashCode()
                        + 31 * used.scalars.hashCode());
        this.plan = plan;
        this.phase = phase;
        this.count = count;
        this.counts = counts;
        this.used = used;
    }

    /** The node after the opening bracket. */
    static Node open(ArrayPlan plan, Node rest, GrammarContext context) {
        List<Long> none = plan.form().contained().stream().map(wanted -> 0L).toList();
        Used used = new Used(List.of(), plan.form().item(0));
        ArrayNode node = new ArrayNode(plan, Phase.OPEN, 0, none, used, rest);
        return plan.form().max() == 0 ? node : GapNode.before(node, context);
    }

    @Override
    void resume(Object scalar, GrammarContext context, NodeSet out) {
        if (scalar == Scalar.NONE || !plan.form().unique()) {
            out.add(this);
            return;
        }
        if (!used.scalars.contains(scalar)) {
            out.add(new ArrayNode(plan, phase, count, counts, used.with(scalar, plan), rest));
        }
    }

    /** {@inheritDoc} */
    @Override
    boolean mustExcludeUsed() {
        return plan.hasUnlimitedStrings();
    }

    /** {@inheritDoc} */
    @Override
    Set<String> usedStrings() {
        return used.strings();
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        if (context.isBlank(label)) {
            out.add(this);
        } else if (phase != Phase.COMMA && label == ']') {
            if (mayClose()) {
                rest.resume(Scalar.NONE, context, out);
            }
        } else if (phase == Phase.ITEM_DONE) {
            if (label == ',' && !items().isEmpty()) {
                out.add(GapNode.before(in(Phase.COMMA), context));
            } else if (mayClose()) {
                GapNode.start(label, in(Phase.CLOSING), context, out);
            }
        } else if (phase != Phase.CLOSING) {
            for (ValueNode item : items()) {
                item.step(label, context, out);
            }
        }
    }

    private ArrayNode in(Phase newPhase) {
        return new ArrayNode(plan, newPhase, count, counts, used, rest);
    }

    private boolean mayClose() {
        ArrayForm form = plan.form();
        for (int i = 0; i < counts.size(); i++) {
            if (counts.get(i) < form.contained().get(i).min()) {
                return false;
            }
        }
        return count >= form.min();
    }

    /**
     * The possible next items, one for each way to count it. An item that matches a {@code
     * contains} shape is counted, one that does not match is not, so each value has exactly one
     * parse.
     */
    private List<ValueNode> items() {
        if (items.isEmpty()) {
            items = Optional.of(findItems());
        }
        return items.get();
    }

    private List<ValueNode> findItems() {
        if (count >= plan.form().max()) {
            return List.of();
        }
        List<ValueNode> found = new ArrayList<>();
        Shape item = plan.form().unique() ? used.left(plan) : plan.form().item(count);
        split(0, item, new ArrayList<>(), found);
        return List.copyOf(found);
    }

    private void split(int index, Shape item, List<Long> newCounts, List<ValueNode> found) {
        SchemaGraph graph = plan.plans().graph();
        if (graph.isEmpty(item)) {
            return;
        }
        ArrayForm form = plan.form();
        if (index == counts.size()) {
            int next = plan.counted(count + 1);
            Node following =
                    new ArrayNode(plan, Phase.ITEM_DONE, next, List.copyOf(newCounts), used, rest);
            found.add(new ValueNode(plan.plans(), item, form.unique(), following));
            return;
        }
        ArrayForm.Contained wanted = form.contained().get(index);
        long before = counts.get(index);
        boolean settled = before >= wanted.min() && wanted.max() == Long.MAX_VALUE;
        if (count < wanted.from() || settled) {
            newCounts.add(before);
            split(index + 1, item, newCounts, found);
            newCounts.removeLast();
            return;
        }
        if (before < wanted.max() && isReachable(wanted, before + 1)) {
            newCounts.add(before + 1);
            split(index + 1, graph.and(item, wanted.shape()), newCounts, found);
            newCounts.removeLast();
        }
        if (isReachable(wanted, before)) {
            newCounts.add(before);
            split(index + 1, graph.and(item, graph.not(wanted.shape())), newCounts, found);
            newCounts.removeLast();
        }
    }

    /** True when enough matching items can still come after the next item. */
    private boolean isReachable(ArrayForm.Contained wanted, long counted) {
        if (counted >= wanted.min()) {
            return true;
        }
        return plan.form().max() - count - 1 >= wanted.min() - counted
                && plan.canStillHold(wanted.shape(), count + 1);
    }

    @Override
    int onlyLabel(GrammarContext context) {
        if (!context.isOrdered()) {
            return -1;
        }
        boolean more = phase != Phase.COMMA && phase != Phase.CLOSING && !items().isEmpty();
        return switch (phase) {
            case OPEN -> !more ? ']' : mayClose() ? -1 : onlyItemLabel(context);
            case ITEM_DONE -> mayClose() ? -1 : ',';
            case COMMA -> onlyItemLabel(context);
            case CLOSING -> ']';
        };
    }

    private int onlyItemLabel(GrammarContext context) {
        List<ValueNode> items = items();
        return items.size() == 1 ? items.getFirst().onlyLabel(context) : -1;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        if (phase != Phase.COMMA && mayClose()) {
            closing.append(']');
            return rest.resumed(Scalar.NONE, context);
        }
        if (phase == Phase.ITEM_DONE) {
            closing.append(',');
        }
        // The first option counts for every contains that it can match.
        return items().getFirst();
    }

    @Override
    GapNode.Kind containerKind() {
        return GapNode.Kind.ITEM;
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
                && counts.equals(node.counts)
                && used.scalars.equals(node.used.scalars);
    }
}
