package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import tramontane.grammar.lexer.StringPlan;
import tramontane.grammar.plan.ArrayPlan;
import tramontane.grammar.plan.ObjectPlan;
import tramontane.grammar.plan.SchemaPlans;
import tramontane.grammar.plan.ValuePlan;
import tramontane.grammar.schema.Shape;

/** Expects a JSON value. */
final class ValueNode extends Node {
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    private final SchemaPlans plans;
    private final Shape shape;

    /** True when the rest needs the value. */
    private final boolean keepScalar;

    ValueNode(SchemaPlans plans, Shape shape, boolean keepScalar, Node rest) {
        super(rest, System.identityHashCode(shape));
        this.plans = plans;
        this.shape = shape;
        this.keepScalar = keepScalar;
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        ValuePlan plan = plans.value(shape);
        switch (label) {
            case '"' -> {
                for (StringPlan strings : plan.strings()) {
                    out.add(StringNode.start(strings, keepScalar, rest));
                }
            }
            case '{' -> {
                for (ObjectPlan objects : plan.objects()) {
                    ObjectNode.open(objects, rest, context, out);
                }
            }
            case '[' -> {
                for (ArrayPlan arrays : plan.arrays()) {
                    out.add(ArrayNode.open(arrays, rest, context));
                }
            }
            case 'n' -> word(plan.literals().hasNull(), NULL, context, out);
            case 't' -> word(plan.literals().hasTrue(), TRUE, context, out);
            case 'f' -> word(plan.literals().hasFalse(), FALSE, context, out);
            default -> {
                if (context.isBlank(label)) {
                    out.add(this);
                } else if (!plan.numbers().texts().isEmpty()) {
                    NumberNode.start(plan.numbers(), label, keepScalar, rest, out);
                }
            }
        }
    }

    private void word(boolean allowed, byte[] word, GrammarContext context, NodeSet out) {
        if (allowed) {
            Object scalar = keepScalar ? SchemaPlans.scalar(latin(word)) : Scalar.NONE;
            TextNode.enter(word, 1, scalar, rest, context, out);
        }
    }

    private static String latin(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    @Override
    int onlyLabel(GrammarContext context) {
        return context.isOrdered() ? plans.value(shape).onlyLabel() : -1;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        byte[] shortest = plans.shortest(shape);
        NodeSet following = new NodeSet();
        rest.resume(
                keepScalar ? SchemaPlans.scalar(latin(shortest)) : Scalar.NONE, context, following);
        if (following.isEmpty()) {
            // The shortest string is used: the string node finds another.
            closing.append('"');
            return StringNode.start(plans.value(shape).strings().getFirst(), keepScalar, rest);
        }
        closing.append(shortest, 0);
        return following.get(0);
    }

    @Override
    GapNode.Kind gapKind() {
        return GapNode.Kind.COLON;
    }

    @Override
    boolean same(Node other) {
        return other instanceof ValueNode node
                && shape == node.shape
                && plans == node.plans
                && keepScalar == node.keepScalar;
    }
}
