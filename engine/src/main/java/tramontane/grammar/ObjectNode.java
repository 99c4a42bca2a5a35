package tramontane.grammar;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.schema.Shape;

/** Within a JSON object, between its keys and values. */
final class ObjectNode extends Node {
    private enum Phase {
        OPEN,
        /** Reading a key that is no name. */
        KEY,
        COLON,
        VALUE_DONE,
        COMMA,
        /** Behind white space before the closing brace. */
        CLOSING
    }

    /** The keys that are there. */
    private static final class Keys {
        /** Names, as far as they matter. */
        private final BitSet seen;

        /** The first name that may still come, where names come in order. */
        private final int from;

        private final Extras extras;

        /** Of all keys, where it matters. */
        private final long count;

        private final int hash;

        /** Names that may come next, once it was asked for: a walk asks many times. */
        private volatile Optional<BitSet> available = Optional.empty();

        /** The other keys that are left, where that matters and was asked for. */
        private final Map<Integer, StringPlan> others = new ConcurrentHashMap<>();

        Keys(BitSet seen, int from, Extras extras, long count) {
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

    /** Which of the plan's other keys is being read; -1 where a name was. */
    private final int other;

    /** The name whose value comes next, or -1. */
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

    /** Adds what reads on behind the opening brace, if anything can. */
    static void open(ObjectPlan plan, Node rest, Machine machine, Nodes out) {
        Keys none = new Keys(new BitSet(), 0, Extras.NONE, 0);
        ObjectNode node = new ObjectNode(plan, Phase.OPEN, none, -1, -1, rest);
        if (node.mayGoOn(machine)) {
            out.add(GapNode.before(node, machine));
        } else if (node.mayClose(machine)) {
            out.add(node);
        }
    }

    private ObjectNode in(Phase newPhase) {
        return new ObjectNode(plan, newPhase, keys, other, name, rest);
    }

    /** Behind the name, before its colon. */
    ObjectNode named(int place, Machine machine) {
        BitSet seen = keys.seen;
        if (!machine.isOrdered() || plan.implies()) {
            seen = (BitSet) seen.clone();
            seen.set(place);
        }
        int from = machine.isOrdered() ? place + 1 : 0;
        Keys more = new Keys(seen, from, keys.extras, plan.isCounted() ? keys.count + 1 : 0);
        return new ObjectNode(plan, Phase.COLON, more, -1, place, rest);
    }

    /** A key that is no name is complete. */
    @Override
    void resume(Object scalar, Machine machine, Nodes out) {
        if (phase != Phase.KEY) {
            out.add(this);
            return;
        }
        String key = (String) scalar;
        if (!isTaken(key)) {
            int from = machine.isOrdered() ? plan.names() : 0;
            long count = plan.isCounted() ? keys.count + 1 : 0;
            Keys more = new Keys(keys.seen, from, keys.extras.with(key), count);
            out.add(new ObjectNode(plan, Phase.COLON, more, other, -1, rest));
        }
    }

    boolean isTaken(String key) {
        return phase == Phase.KEY && (plan.isName(key) || keys.extras.contains(key));
    }

    /** Keys that may not come again, or not among the other keys. */
    Set<String> taken() {
        Set<String> taken = new HashSet<>(plan.allNames());
        taken.addAll(keys.extras.keys());
        return taken;
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        if (machine.isBlank(label)) {
            out.add(this);
            return;
        }
        switch (phase) {
            case OPEN -> {
                if (label == '"') {
                    keys(machine, out);
                } else if (label == '}' && mayClose(machine)) {
                    rest.resume(Scalar.NONE, machine, out);
                }
            }
            case COMMA -> {
                if (label == '"') {
                    keys(machine, out);
                }
            }
            case COLON -> {
                if (label == ':') {
                    out.add(GapNode.before(value(), machine));
                }
            }
            case VALUE_DONE -> {
                if (label == '}' && mayClose(machine)) {
                    rest.resume(Scalar.NONE, machine, out);
                } else if (label == ',' && mayGoOn(machine)) {
                    out.add(GapNode.before(in(Phase.COMMA), machine));
                } else if (mayClose(machine)) {
                    GapNode.begin(label, in(Phase.CLOSING), machine, out);
                }
            }
            case CLOSING -> {
                if (label == '}') {
                    rest.resume(Scalar.NONE, machine, out);
                }
            }
            case KEY -> throw new IllegalStateException("a key is read by its own node");
        }
    }

    private ValueNode value() {
        Shape shape = name >= 0 ? plan.shape(name) : plan.others().get(other).value();
        Node behind = new ObjectNode(plan, Phase.VALUE_DONE, keys, -1, -1, rest);
        return new ValueNode(plan.plans(), shape, false, behind);
    }

    /** Names that are not there and must come, if {@code added} comes too; -1 for none. */
    private BitSet missing(int added, Machine machine) {
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
        if (machine.isOrdered() && !plan.implies()) {
            missing.clear(0, keys.from);
        }
        if (added >= 0) {
            missing.clear(added);
        }
        return missing;
    }

    /** The names that may come next. Not to be changed. */
    private BitSet available(Machine machine) {
        if (keys.available.isEmpty()) {
            keys.available = Optional.of(findAvailable(machine));
        }
        return keys.available.get();
    }

    private BitSet findAvailable(Machine machine) {
        BitSet names = (BitSet) plan.possible().clone();
        names.andNot(keys.seen);
        if (machine.isOrdered()) {
            names.clear(0, keys.from);
            int firstMissing = missing(-1, machine).nextSetBit(0);
            if (firstMissing >= 0) {
                names.clear(firstMissing + 1, Math.max(firstMissing + 1, plan.names()));
            }
        }
        if (plan.isCounted() || plan.implies()) {
            for (int i = names.nextSetBit(0); i >= 0; i = names.nextSetBit(i + 1)) {
                if (!fits(i, machine)) {
                    names.clear(i);
                }
            }
        }
        return names;
    }

    /** Whether the object can still be finished when this name comes. */
    private boolean fits(int added, Machine machine) {
        BitSet missing = missing(added, machine);
        BitSet impossible = (BitSet) missing.clone();
        impossible.andNot(plan.possible());
        boolean passed =
                machine.isOrdered() && missing.nextSetBit(0) >= 0 && missing.nextSetBit(0) < added;
        if (!impossible.isEmpty()
                || passed
                || keys.count + 1 + missing.cardinality() > plan.most()) {
            return false;
        }
        if (!machine.isOrdered() || plan.otherWords() == Long.MAX_VALUE) {
            return true;
        }
        BitSet later = (BitSet) plan.possible().clone();
        later.clear(0, added + 1);
        return keys.count + 1 + later.cardinality() + plan.otherWords() >= plan.least();
    }

    private boolean mayTakeOther(Machine machine) {
        if (plan.others().isEmpty()) {
            return false;
        }
        BitSet missing = missing(-1, machine);
        if (machine.isOrdered() && !missing.isEmpty()) {
            return false;
        }
        return keys.count + 1 + missing.cardinality() <= plan.most();
    }

    private boolean mayGoOn(Machine machine) {
        if (!available(machine).isEmpty()) {
            return true;
        }
        if (mayTakeOther(machine)) {
            for (int i = 0; i < plan.others().size(); i++) {
                if (!otherKeys(i).lexer().language().isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean mayClose(Machine machine) {
        return keys.count >= plan.least() && missing(-1, machine).isEmpty();
    }

    private void keys(Machine machine, Nodes out) {
        BitSet names = available(machine);
        if (!names.isEmpty()) {
            out.add(NameNode.begin(plan, names, this));
        }
        if (mayTakeOther(machine)) {
            for (int i = 0; i < plan.others().size(); i++) {
                StringPlan strings = otherKeys(i);
                if (!strings.lexer().language().isEmpty()) {
                    Node behind = new ObjectNode(plan, Phase.KEY, keys, i, -1, rest);
                    out.add(StringNode.begin(strings, true, behind));
                }
            }
        }
    }

    /** Other keys, without those that are there where one could otherwise get stuck in them. */
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
    int onlyLabel(Machine machine) {
        if (!machine.isOrdered()) {
            return -1;
        }
        return switch (phase) {
            case OPEN -> mayClose(machine) ? (mayGoOn(machine) ? -1 : '}') : '"';
            case COMMA -> '"';
            case COLON -> ':';
            case VALUE_DONE -> mayClose(machine) ? -1 : ',';
            case CLOSING -> '}';
            case KEY -> -1;
        };
    }

    @Override
    Node close(Machine machine, Closing closing) {
        switch (phase) {
            case OPEN, VALUE_DONE, CLOSING -> {
                if (mayClose(machine)) {
                    closing.append('}');
                    return rest.resumed(Scalar.NONE, machine);
                }
                if (phase == Phase.VALUE_DONE) {
                    closing.append(',');
                }
                return closeKey(machine, closing);
            }
            case COMMA -> {
                return closeKey(machine, closing);
            }
            case COLON -> {
                closing.append(':');
                return value();
            }
            case KEY -> throw new IllegalStateException("a key is read by its own node");
        }
        throw new IllegalStateException();
    }

    /** Of these names the one with which the object is soon complete. */
    int preferred(BitSet names, Machine machine) {
        BitSet wanted = missing(-1, machine);
        if (plan.least() > keys.count + wanted.cardinality()) {
            // More than must be there are wanted: the first that ask for no others.
            for (int i = names.nextSetBit(0); i >= 0; i = names.nextSetBit(i + 1)) {
                if (wanted.get(i) || !plan.implies() || plan.implied(i).isEmpty()) {
                    return i;
                }
            }
        }
        wanted.and(names);
        return wanted.isEmpty() ? names.nextSetBit(0) : wanted.nextSetBit(0);
    }

    private Node closeKey(Machine machine, Closing closing) {
        closing.append('"');
        BitSet names = available(machine);
        if (!names.isEmpty()) {
            int place = preferred(names, machine);
            closing.append(plan.spelled(place), 0);
            return named(place, machine);
        }
        Set<String> extras = new HashSet<>(keys.extras.keys());
        for (int i = 0; i < plan.others().size(); i++) {
            Optional<String> key = plan.others().get(i).shortest().but(extras);
            if (key.isPresent()) {
                closing.append(JsonText.bytes(key.get()), 0);
                closing.append('"');
                return new ObjectNode(plan, Phase.KEY, keys, i, -1, rest)
                        .resumed(key.get(), machine);
            }
        }
        throw new IllegalStateException("an object cannot be finished");
    }

    /** Models leave out few of the properties that a schema names. */
    @Override
    int likelyLabel(Machine machine, Style style) {
        if (phase != Phase.OPEN && phase != Phase.VALUE_DONE) {
            return onlyLabel(machine);
        }
        boolean more = !available(machine).isEmpty();
        if (more || !mayClose(machine)) {
            return phase == Phase.OPEN ? '"' : ',';
        }
        return phase == Phase.VALUE_DONE && style.members() == Style.Space.LINE ? '\n' : '}';
    }

    @Override
    GapNode.Place place() {
        return GapNode.Place.MEMBER;
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
