package tramontane.grammar.parser;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.lexer.JsonStrings;
import tramontane.grammar.lexer.StringPlan;
import tramontane.grammar.plan.ObjectPlan;
import tramontane.grammar.schema.Shape;

/**
 * Reads a JSON object, between its keys and values. A key is a name if the form names it, else an
 * other key.
 */
final class ObjectNode extends Node {
    private enum Phase {
        OPEN,
        /** Reading an other key. */
        KEY,
        COLON,
        VALUE_DONE,
        COMMA,
        /** After white space, before the closing brace. */
        CLOSING
    }

    /** The keys so far. */
    private static final class Keys {
        /** The names so far, as far as they make a difference. */
        private final BitSet seen;

        /** The first name that may still come, if names must come in order. */
        private final int from;

        private final ExtraKeys extras;

        /** The number of all keys, if it makes a difference. */
        private final long count;

        private final int hash;

        /**
         * The names that may come next. Cached, because a walk over the vocabulary needs them many
         * times.
         */
        private volatile Optional<BitSet> available = Optional.empty();

        /** The other keys that are left, by class. Computed on demand. */
        private final Map<Integer, StringPlan> others = new ConcurrentHashMap<>();

        Keys(BitSet seen, int from, ExtraKeys extras, long count) {
            this.seen = seen;
            this.from = from;
            this.extras = extras;
            this.count = count;
            hash =
                    31 * (31 * (31 * seen.hashCode() + from) + extras.hashCode())
                            + Long.hashCode(count);
        }

        @Override
        public boolean equals(Object other) {
            return this == other
                    || other instanceof Keys keys
                            && hash == keys.hash
                            && from == keys.from
                            && count == keys.count
                            && seen.equals(keys.seen)
                            && extras.equals(keys.extras);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final ObjectPlan plan;
    private final Phase phase;
    private final Keys keys;

    /** Index of the class of the other key being read; -1 for a name. */
    private final int other;

    /** Index of the name whose value comes next, or -1. */
    private final int name;

    private ObjectNode(ObjectPlan plan, Phase phase, Keys keys, int other, int name, Node rest) {
        super(
                rest,
                31 * (31 * (31 * keys.hashCode() + phase.ordinal()) + other)
                        + name
                        + System.identityHashCode(plan));
        this.plan = plan;
        this.phase = phase;
        this.keys = keys;
        this.other = other;
        this.name = name;
    }

    /** Adds the node after the opening brace, unless the object could not be completed. */
    static void open(ObjectPlan plan, Node rest, GrammarContext context, NodeSet out) {
        Keys none = new Keys(new BitSet(), 0, ExtraKeys.NONE, 0);
        ObjectNode node = new ObjectNode(plan, Phase.OPEN, none, -1, -1, rest);
        if (node.mayGoOn(context)) {
            out.add(GapNode.before(node, context));
        } else if (node.mayClose(context)) {
            out.add(node);
        }
    }

    private ObjectNode in(Phase newPhase) {
        return new ObjectNode(plan, newPhase, keys, other, name, rest);
    }

    /** The node after a name, before its colon. */
    ObjectNode named(int index, GrammarContext context) {
        BitSet seen = keys.seen;
        if (!context.isOrdered() || plan.implies()) {
            seen = (BitSet) seen.clone();
            seen.set(index);
        }
        int from = context.isOrdered() ? index + 1 : 0;
        Keys more = new Keys(seen, from, keys.extras, plan.isCounted() ? keys.count + 1 : 0);
        return new ObjectNode(plan, Phase.COLON, more, -1, index, rest);
    }

    /** {@inheritDoc} */
    @Override
    void resume(Object scalar, GrammarContext context, NodeSet out) {
        if (phase != Phase.KEY) {
            out.add(this);
            return;
        }
        String key = (String) scalar;
        if (!isTaken(key)) {
            int from = context.isOrdered() ? plan.names() : 0;
            long count = plan.isCounted() ? keys.count + 1 : 0;
            Keys more = new Keys(keys.seen, from, keys.extras.with(key), count);
            out.add(new ObjectNode(plan, Phase.COLON, more, other, -1, rest));
        }
    }

    boolean isTaken(String key) {
        return phase == Phase.KEY && (plan.isName(key) || keys.extras.contains(key));
    }

    /** {@inheritDoc} */
    @Override
    Set<String> usedStrings() {
        Set<String> usedStrings = new HashSet<>(plan.allNames());
        usedStrings.addAll(keys.extras.keys());
        return usedStrings;
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        if (context.isBlank(label)) {
            out.add(this);
            return;
        }
        switch (phase) {
            case OPEN -> {
                if (label == '"') {
                    keys(context, out);
                } else if (label == '}' && mayClose(context)) {
                    rest.resume(Scalar.NONE, context, out);
                }
            }
            case COMMA -> {
                if (label == '"') {
                    keys(context, out);
                }
            }
            case COLON -> {
                if (label == ':') {
                    out.add(GapNode.before(value(), context));
                }
            }
            case VALUE_DONE -> {
                if (label == '}' && mayClose(context)) {
                    rest.resume(Scalar.NONE, context, out);
                } else if (label == ',' && mayGoOn(context)) {
                    out.add(GapNode.before(in(Phase.COMMA), context));
                } else if (mayClose(context)) {
                    GapNode.start(label, in(Phase.CLOSING), context, out);
                }
            }
            case CLOSING -> {
                if (label == '}') {
                    rest.resume(Scalar.NONE, context, out);
                }
            }
            case KEY -> throw new IllegalStateException("a key is read by a string node");
        }
    }

    private ValueNode value() {
        Shape shape = name >= 0 ? plan.shape(name) : plan.others().get(other).value();
        Node following = new ObjectNode(plan, Phase.VALUE_DONE, keys, -1, -1, rest);
        return new ValueNode(plan.plans(), shape, false, following);
    }

    /**
     * Names that are still required. With {@code added} >= 0: that would be required after this
     * name.
     */
    private BitSet missing(int added, GrammarContext context) {
        BitSet missing = (BitSet) plan.required().clone();
        if (plan.implies()) {
            for (int i = keys.seen.nextSetBit(0); i >= 0; i = keys.seen.nextSetBit(i + 1)) {
                missing.or(plan.implied(i));
            }
            if (added >= 0) {
                missing.or(plan.implied(added));
            }
        }
        missing.andNot(keys.seen);
        if (context.isOrdered() && !plan.implies()) {
            missing.clear(0, keys.from);
        }
        if (added >= 0) {
            missing.clear(added);
        }
        return missing;
    }

    /** The names that may come next. Callers must not change the set. */
    private BitSet available(GrammarContext context) {
        if (keys.available.isEmpty()) {
            keys.available = Optional.of(findAvailable(context));
        }
        return keys.available.get();
    }

    private BitSet findAvailable(GrammarContext context) {
        BitSet names = (BitSet) plan.possible().clone();
        names.andNot(keys.seen);
        if (context.isOrdered()) {
            names.clear(0, keys.from);
            int firstMissing = missing(-1, context).nextSetBit(0);
            if (firstMissing >= 0) {
                names.clear(firstMissing + 1, Math.max(firstMissing + 1, plan.names()));
            }
        }
        if (plan.isCounted() || plan.implies()) {
            for (int i = names.nextSetBit(0); i >= 0; i = names.nextSetBit(i + 1)) {
                if (!fits(i, context)) {
                    names.clear(i);
                }
            }
        }
        return names;
    }

    /** True when the object can still be completed after this name. */
    private boolean fits(int added, GrammarContext context) {
        BitSet missing = missing(added, context);
        BitSet impossible = (BitSet) missing.clone();
        impossible.andNot(plan.possible());
        boolean passed =
                context.isOrdered() && missing.nextSetBit(0) >= 0 && missing.nextSetBit(0) < added;
        if (!impossible.isEmpty()
                || passed
                || keys.count + 1 + missing.cardinality() > plan.max()) {
            return false;
        }
        if (!context.isOrdered() || plan.otherWords() == Long.MAX_VALUE) {
            return true;
        }
        BitSet later = (BitSet) plan.possible().clone();
        later.clear(0, added + 1);
        return keys.count + 1 + later.cardinality() + plan.otherWords() >= plan.min();
    }

    private boolean mayTakeOther(GrammarContext context) {
        if (plan.others().isEmpty()) {
            return false;
        }
        BitSet missing = missing(-1, context);
        if (context.isOrdered() && !missing.isEmpty()) {
            return false;
        }
        return keys.count + 1 + missing.cardinality() <= plan.max();
    }

    private boolean mayGoOn(GrammarContext context) {
        if (!available(context).isEmpty()) {
            return true;
        }
        if (mayTakeOther(context)) {
            for (int i = 0; i < plan.others().size(); i++) {
                if (!otherKeys(i).lexer().language().isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean mayClose(GrammarContext context) {
        return keys.count >= plan.min() && missing(-1, context).isEmpty();
    }

    private void keys(GrammarContext context, NodeSet out) {
        BitSet names = available(context);
        if (!names.isEmpty()) {
            out.add(NameNode.start(plan, names, this));
        }
        if (mayTakeOther(context)) {
            for (int i = 0; i < plan.others().size(); i++) {
                StringPlan strings = otherKeys(i);
                if (!strings.lexer().language().isEmpty()) {
                    Node following = new ObjectNode(plan, Phase.KEY, keys, i, -1, rest);
                    out.add(StringNode.start(strings, true, following));
                }
            }
        }
    }

    /**
     * A class of other keys, without the keys that are there already if the class could run out of
     * keys.
     */
    private StringPlan otherKeys(int index) {
        ObjectPlan.OtherKeys others = plan.others().get(index);
        if (others.endless() || keys.extras.isEmpty()) {
            return others.keys();
        }
        return keys.others.computeIfAbsent(
                index,
                at -> {
                    Automaton there = Automaton.oneOf(keys.extras.keys());
                    Automaton left = others.keys().lexer().language().minus(there);
                    return new StringPlan(plan.plans().lexers().strings(left), 0, Long.MAX_VALUE);
                });
    }

    @Override
    int onlyLabel(GrammarContext context) {
        if (!context.isOrdered()) {
            return -1;
        }
        return switch (phase) {
            case OPEN -> mayClose(context) ? (mayGoOn(context) ? -1 : '}') : '"';
            case COMMA -> '"';
            case COLON -> ':';
            case VALUE_DONE -> mayClose(context) ? -1 : ',';
            case CLOSING -> '}';
            case KEY -> -1;
        };
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        switch (phase) {
            case OPEN, VALUE_DONE, CLOSING -> {
                if (mayClose(context)) {
                    closing.append('}');
                    return rest.resumed(Scalar.NONE, context);
                }
                if (phase == Phase.VALUE_DONE) {
                    closing.append(',');
                }
                return closeKey(context, closing);
            }
            case COMMA -> {
                return closeKey(context, closing);
            }
            case COLON -> {
                closing.append(':');
                return value();
            }
            case KEY -> throw new IllegalStateException("a key is read by a string node");
        }
        throw new IllegalStateException();
    }

    /** The name, one of {@code names}, with which the object is complete soonest. */
    int preferred(BitSet names, GrammarContext context) {
        BitSet wanted = missing(-1, context);
        if (plan.min() > keys.count + wanted.cardinality()) {
            // More properties are needed than are required: take the first name that requires no
            // others.
            for (int i = names.nextSetBit(0); i >= 0; i = names.nextSetBit(i + 1)) {
                if (wanted.get(i) || !plan.implies() || plan.implied(i).isEmpty()) {
                    return i;
                }
            }
        }
        wanted.and(names);
        return wanted.isEmpty() ? names.nextSetBit(0) : wanted.nextSetBit(0);
    }

    private Node closeKey(GrammarContext context, Closing closing) {
        closing.append('"');
        BitSet names = available(context);
        if (!names.isEmpty()) {
            int index = preferred(names, context);
            closing.append(plan.spelled(index), 0);
            return named(index, context);
        }
        Set<String> extras = new HashSet<>(keys.extras.keys());
        for (int i = 0; i < plan.others().size(); i++) {
            Optional<String> key = plan.others().get(i).shortest().firstExcept(extras);
            if (key.isPresent()) {
                closing.append(JsonStrings.bytes(key.get()), 0);
                closing.append('"');
                return new ObjectNode(plan, Phase.KEY, keys, i, -1, rest)
                        .resumed(key.get(), context);
            }
        }
        throw new IllegalStateException("an object cannot be completed");
    }

    /** Models write most of the properties that a schema names. */
    @Override
    int likelyLabel(GrammarContext context, SpacingStyle style) {
        if (phase != Phase.OPEN && phase != Phase.VALUE_DONE) {
            return onlyLabel(context);
        }
        boolean more = !available(context).isEmpty();
        if (more || !mayClose(context)) {
            return phase == Phase.OPEN ? '"' : ',';
        }
        return phase == Phase.VALUE_DONE && style.members() == SpacingStyle.Space.LINE ? '\n' : '}';
    }

    @Override
    GapNode.Kind containerKind() {
        return GapNode.Kind.MEMBER;
    }

    @Override
    boolean followsKey() {
        return phase == Phase.KEY;
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
    boolean same(Node node) {
        return node instanceof ObjectNode object
                && plan == object.plan
                && phase == object.phase
                && other == object.other
                && name == object.name
                && keys.equals(object.keys);
    }
}
