package tramontane.chat.dialect;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tramontane.chat.JsonLine;
import tramontane.chat.ToolCall;

/** The form in which a model writes calls; {@code package-info} shows each. */
public sealed interface ToolFormat {
    /**
     * All calls in one JSON list.
     *
     * @param gap between the trigger and the list
     */
    record MistralList(Mark trigger, String gap) implements ToolFormat {}

    /**
     * @param callId stands before an id of nine letters and digits, in the versions that write one
     */
    record MistralNamed(Mark trigger, Optional<Mark> callId, Mark arguments)
            implements ToolFormat {}

    /**
     * @param gap between a tag and the object
     */
    record Tagged(Mark open, Mark close, String gap) implements ToolFormat {}

    /**
     * Objects without a mark before them: their own beginning, with the name of a tool in it, is
     * the mark.
     *
     * @param tag a control token that may stand before the first one
     */
    record Bare(Optional<Mark> tag) implements ToolFormat {}

    /** What a call begins with, up to its arguments, where it is an object. */
    default String head(String name) {
        return "{\"name\": \"" + name + "\", \"" + argumentsKey() + "\": ";
    }

    /** The key of a call's arguments, where a call is an object. */
    default String argumentsKey() {
        return this instanceof Bare ? "parameters" : "arguments";
    }

    /** What stands between two calls. */
    default String between() {
        return switch (this) {
            case MistralList _ -> ", ";
            case MistralNamed _ -> "";
            case Tagged _ -> "\n";
            case Bare _ -> "; ";
        };
    }

    /** The marks that begin calls to the tools of these names. */
    default List<Mark> triggers(List<String> names) {
        return switch (this) {
            case MistralList(Mark trigger, String _) -> List.of(trigger);
            case MistralNamed named -> List.of(named.trigger());
            case Tagged tagged -> List.of(tagged.open());
            case Bare(var tag) -> {
                List<Mark> marks =
                        names.stream()
                                .map(name -> Mark.text(head(name)))
                                .collect(Collectors.toList());
                tag.ifPresent(marks::add);
                yield List.copyOf(marks);
            }
        };
    }

    /** Calls of earlier turns as text, for the two forms that are all text. */
    default String write(List<ToolCall> calls) {
        return calls.stream()
                .map(call -> {
                    String arguments =
                            call.arguments() instanceof String text
                                    ? text
                                    : JsonLine.of(call.arguments());
                    String object = head(call.name()) + arguments + "}";
                    return this instanceof Tagged(Mark open, Mark close, String gap)
                            ? open.text() + gap + object + gap + close.text()
                            : object;
                })
                .collect(Collectors.joining(between()));
    }
}
