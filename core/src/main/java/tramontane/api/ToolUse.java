package tramontane.api;

import java.util.List;
import tramontane.chat.Tool;
import tramontane.grammar.JsonSchema;

/**
 * The tools of a request, and whether the model may or must call them.
 *
 * @param offers tools described in the prompt
 * @param callable those that the model may call
 * @param parallel whether one answer may have several calls
 */
public record ToolUse(List<Offer> offers, List<Offer> callable, Choice choice, boolean parallel) {
    public static final ToolUse NONE = new ToolUse(List.of(), List.of(), Choice.AUTO, true);

    /** A tool and the schema of its arguments, which is always an object's. */
    public record Offer(Tool tool, JsonSchema arguments) {}

    /** Whether the model decides to call, must call, or must not. */
    public enum Choice {
        NONE,
        AUTO,
        CALL
    }

    public ToolUse {
        offers = List.copyOf(offers);
        callable = List.copyOf(callable);
    }

    /** The tools that the prompt describes; none if the model must not call any. */
    public List<Tool> tools() {
        return choice == Choice.NONE ? List.of() : offers.stream().map(Offer::tool).toList();
    }

    /** Whether the answer may contain calls. */
    public boolean mayCall() {
        return choice != Choice.NONE && !callable.isEmpty();
    }

    public boolean mustCall() {
        return choice == Choice.CALL;
    }
}
