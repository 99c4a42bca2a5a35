package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import tramontane.grammar.schema.Shape;

/** Before a JSON value. */
final class ValueNode extends Node {
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    private final SchemaPlans plans;
    private final Shape shape;

    /** Whether what goes on wants to know the scalar. */
    private final boolean kept;

    ValueNode(SchemaPlans plans, Shape shape, boolean kept, Node rest) {
        super(rest, System.identityHashCode(shape));
        this.plans = plans;
        this.shape = shape;
        this.kept = kept;
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        ValuePlan plan = plans.value(shape);
        switch (label) {
            case '"' -> {
                for (StringPlan strings : plan.strings()) {
                    out.add(StringNode.begin(strings, kept, rest));
                }
            }
            case '{' -> {
                for (ObjectPlan objects : plan.objects()) {
                    ObjectNode.open(objects, rest, machine, out);
                }
            }
            case '[' -> {
                for (ArrayPlan arrays : plan.arrays()) {
                    out.add(ArrayNode.open(arrays, rest, machine));
                }
            }
            case 'n' -> word(plan.literals().hasNull(), NULL, machine, out);
            case 't' -> word(plan.literals().hasTrue(), TRUE, machine, out);
            case 'f' -> word(plan.literals().hasFalse(), FALSE, machine, out);
            default -> {
                if (machine.isBlank(label)) {
                    out.add(this);
                } else if (!plan.numbers().texts().isEmpty()) {
                    NumberNode.begin(plan.numbers(), label, kept, rest, out);
                }
            }
        }
    }

    private void word(boolean allowed, byte[] word, Machine machine, Nodes out) {
        if (allowed) {
            Object scalar = kept ? SchemaPlans.scalar(latin(word)) : Scalar.NONE;
            TextNode.enter(word, 1, scalar, rest, machine, out);
        }
    }

    private static String latin(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    @Override
    int onlyLabel(Machine machine) {
        return machine.isOrdered() ? plans.value(shape).onlyLabel() : -1;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        byte[] shortest = plans.shortest(shape);
        Nodes behind = new Nodes();
        rest.resume(kept ? SchemaPlans.scalar(latin(shortest)) : Scalar.NONE, machine, behind);
        if (behind.isEmpty()) {
            // A string that is there already: its node finds another.
            closing.append('"');
            return StringNode.begin(plans.value(shape).strings().getFirst(), kept, rest);
        }
        closing.append(shortest, 0);
        return behind.get(0);
    }

    @Override
    boolean same(Node other) {
        return other instanceof ValueNode node
                && shape == node.shape
                && plans == node.plans
                && kept == node.kept;
    }
}
