package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.plan.SchemaPlans;

/** Creates the first nodes of a grammar. */
final class GrammarEntry {
    private GrammarEntry() {}

    /** Adds the nodes that read {@code grammar} and continue with {@code rest}. */
    static void enter(Grammar grammar, Node rest, GrammarContext context, NodeSet out) {
        switch (grammar) {
            case Grammar.Text(String text) ->
                    TextNode.enter(
                            text.getBytes(StandardCharsets.UTF_8),
                            0,
                            Scalar.NONE,
                            rest,
                            context,
                            out);
            case Grammar.Control(int token) -> out.add(new ControlNode(token, rest));
            case Grammar.Json(JsonSchema schema) -> {
                SchemaPlans plans = context.plans(schema);
                out.add(new ValueNode(plans, schema.graph().root(), false, rest));
            }
            case Grammar.Gap() -> {
                NodeSet following = new NodeSet();
                rest.resume(Scalar.NONE, context, following);
                for (int i = 0; i < following.size(); i++) {
                    out.add(GapNode.before(following.get(i), context));
                }
            }
            case Grammar.Sequence(List<Grammar> parts) ->
                    new SequenceNode(parts, 0, rest).resume(Scalar.NONE, context, out);
            case Grammar.Choice(List<Grammar> options) -> {
                for (Grammar option : options) {
                    enter(option, rest, context, out);
                }
            }
            case Grammar.Repeat repeat ->
                    new RepeatNode(repeat, 0, rest).resume(Scalar.NONE, context, out);
            case Grammar.Prose prose -> out.add(ProseNode.start(prose, rest, context));
            case Grammar.Guarded guarded -> GuardNode.enter(guarded, rest, context, out);
            case Grammar.Spaced _ ->
                    throw new IllegalArgumentException("only a mark may be spaced: " + grammar);
        }
    }
}
