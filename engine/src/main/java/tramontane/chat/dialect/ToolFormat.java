package tramontane.chat.dialect;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tramontane.chat.JsonLine;
import tramontane.chat.ToolCall;

/** The format in which a model writes calls; {@code package-info} shows an example of each. */
public sealed interface ToolFormat {
    /**
     * All calls in one JSON list.
     *
     * @param space white space between the trigger and the list
     */
    record MistralList(Mark trigger, String space) implements ToolFormat {}

    /**
     * The name of the function and its arguments behind marks.
     *
     * @param callId the mark before an id of nine letters and digits, in versions that have one
     */
    record MistralNamed(Mark trigger, Optional<Mark> callId, Mark arguments)
            implements ToolFormat {}

    /**
     * A JSON object between tags.
     *
     * @param space white space between a tag and the object
     */
    record Tagged(Mark open, Mark close, String space) implements ToolFormat {}

    /**
     * JSON objects without a mark. The beginning of the object with the name of a tool is the mark.
     *
     * @param tag a control token that may precede the first object
     */
    record Bare(Optional<Mark> tag) implements ToolFormat {}

    /** The beginning of a call in JSON, up to its arguments. */
    default String head(String name) {
        return "{\"name\": \"" + name + "\", \"" + argumentsKey() + "\": ";
    }

    /** The key of the arguments of a call in JSON. */
    default String argumentsKey() {
        return this instanceof Bare ? "parameters" : "arguments";
    }

    /** The text between two calls. */
    default String between() {
        return switch (this) {
            case MistralList _ -> ", ";
            case MistralNamed _ -> "";
            case Tagged _ -> "\n";
            case Bare _ -> "; ";
        };
    }

    /** The marks at the beginning of calls to the tools with these names. */
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

    /** Writes calls of earlier turns as text, for the formats {@code Tagged} and {@code Bare}. */
    default String write(List<ToolCall> calls) {
        return calls.stream()
                .map(call -> {
                    String arguments =
                            call.arguments() instanceof String text
                                    ? text
                                    : JsonLine.of(call.arguments());
                    String object = head(call.name()) + arguments + "}";
                    return this instanceof Tagged(Mark open, Mark close, String space)
                            ? open.text() + space + object + space + close.text()
                            : object;
                })
                .collect(Collectors.joining(between()));
    }
}
