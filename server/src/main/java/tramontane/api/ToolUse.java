package tramontane.api;

import java.util.List;
import tramontane.chat.Tool;
import tramontane.grammar.JsonSchema;

/**
 * The tools of a request and what the model may do with them.
 *
 * @param offers what the model is told of
 * @param callable those of the offers that it may call
 * @param parallel whether one answer may make several calls
 */
public record ToolUse(List<Offer> offers, List<Offer> callable, Choice choice, boolean parallel) {
    public static final ToolUse NONE = new ToolUse(List.of(), List.of(), Choice.AUTO, true);

    /** A tool and the schema its arguments are held to, always that of an object. */
    public record Offer(Tool tool, JsonSchema arguments) {}

    /** Who decides whether the model calls. */
    public enum Choice {
        NONE,
        AUTO,
        CALL
    }

    public ToolUse {
        offers = List.copyOf(offers);
        callable = List.copyOf(callable);
    }

    /** The tools the model is told of: none where it must not call any. */
    public List<Tool> tools() {
        return choice == Choice.NONE ? List.of() : offers.stream().map(Offer::tool).toList();
    }

    /** Whether the answer may have calls in it. */
    public boolean mayCall() {
        return choice != Choice.NONE && !callable.isEmpty();
    }

    public boolean mustCall() {
        return choice == Choice.CALL;
    }
}
