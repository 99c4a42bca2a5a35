package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Where the reading of a grammar begins. */
final class Entry {
    private Entry() {}

    /** Adds the nodes that read {@code grammar} and then go on with {@code rest}. */
    static void enter(Grammar grammar, Node rest, Machine machine, Nodes out) {
        switch (grammar) {
            case Grammar.Text(String text) ->
                    TextNode.enter(
                            text.getBytes(StandardCharsets.UTF_8),
                            0,
                            Scalar.NONE,
                            rest,
                            machine,
                            out);
            case Grammar.Control(int token) -> out.add(new ControlNode(token, rest));
            case Grammar.Json(JsonSchema schema) -> {
                SchemaPlans plans = machine.plans(schema);
                out.add(new ValueNode(plans, schema.graph().root(), false, rest));
            }
            case Grammar.Gap() -> {
                Nodes behind = new Nodes();
                rest.resume(Scalar.NONE, machine, behind);
                for (int i = 0; i < behind.size(); i++) {
                    out.add(GapNode.before(behind.get(i), machine));
                }
            }
            case Grammar.Sequence(List<Grammar> parts) ->
                    new SequenceNode(parts, 0, rest).resume(Scalar.NONE, machine, out);
            case Grammar.Choice(List<Grammar> options) -> {
                for (Grammar option : options) {
                    enter(option, rest, machine, out);
                }
            }
            case Grammar.Repeat repeat ->
                    new RepeatNode(repeat, 0, rest).resume(Scalar.NONE, machine, out);
            case Grammar.Prose prose -> out.add(ProseNode.begin(prose, rest, machine));
            case Grammar.Guarded guarded -> GuardNode.enter(guarded, rest, machine, out);
            case Grammar.Spaced _ ->
                    throw new IllegalArgumentException("only a mark may be spaced: " + grammar);
        }
    }
}
