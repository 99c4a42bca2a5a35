package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads all calls of an answer at once. Marks stand in the text as they are spelled, whatever
 * tokens they were; what one spells inside a JSON string is no mark, for strings are read as such.
 */
final class CallReader {
    private static final int ID_CHARS = 9;

    private final List<String> names;

    /**
     * @param names of the tools that may be called
     */
    CallReader(List<String> names) {
        this.names = names;
    }

    /** The calls, or nothing where the text is not calls from its first letter to its last. */
    Optional<List<AnswerPart.Call>> read(ToolFormat format, String text) {
        List<AnswerPart.Call> calls = new ArrayList<>();
        JsonCursor cursor = new JsonCursor(text, 0);
        boolean whole =
                switch (format) {
                    case ToolFormat.MistralList(Mark trigger, String _) ->
                            list(cursor, trigger, calls);
                    case ToolFormat.MistralNamed named -> named(cursor, named, calls);
                    case ToolFormat.Tagged tagged ->
                            text.startsWith(tagged.open().text())
                                    ? tagged(cursor, tagged, calls)
                                    : untagged(cursor, calls);
                    case ToolFormat.Bare(var tag) -> {
                        tag.ifPresent(mark -> cursor.take(mark.text()));
                        yield separated(cursor, ";", calls);
                    }
                };
        cursor.skipSpace();
        return whole && cursor.atEnd() ? Optional.of(calls) : Optional.empty();
    }

    private boolean list(JsonCursor cursor, Mark trigger, List<AnswerPart.Call> calls) {
        if (!cursor.take(trigger.text())) {
            return false;
        }
        cursor.skipSpace();
        return cursor.take("[") && separated(cursor, ",", calls) && cursor.take("]");
    }

    private boolean separated(JsonCursor cursor, String between, List<AnswerPart.Call> calls) {
        do {
            cursor.skipSpace();
            if (!object(cursor, calls)) {
                return false;
            }
            cursor.skipSpace();
        } while (cursor.take(between));
        return true;
    }

    private boolean named(
            JsonCursor cursor, ToolFormat.MistralNamed format, List<AnswerPart.Call> calls) {
        while (cursor.take(format.trigger().text())) {
            cursor.skipSpace();
            String name = cursor.name();
            if (format.callId().isPresent()
                    && cursor.take(format.callId().get().text())
                    && cursor.name().length() != ID_CHARS) {
                return false;
            }
            if (!cursor.take(format.arguments().text())) {
                return false;
            }
            cursor.skipSpace();
            if (!add(Optional.of(name), cursor.object(), calls)) {
                return false;
            }
        }
        return !calls.isEmpty();
    }

    private boolean tagged(
            JsonCursor cursor, ToolFormat.Tagged format, List<AnswerPart.Call> calls) {
        while (cursor.take(format.open().text())) {
            cursor.skipSpace();
            if (!object(cursor, calls)) {
                return false;
            }
            cursor.skipSpace();
            // Small models leave the closing tag out.
            boolean unused = cursor.take(format.close().text());
            cursor.skipSpace();
        }
        return !calls.isEmpty();
    }

    private boolean untagged(JsonCursor cursor, List<AnswerPart.Call> calls) {
        boolean fenced = cursor.take(Untagged.FENCE);
        return object(cursor, calls) && (!fenced || cursor.take(Untagged.FENCE_END));
    }

    /**
     * One call as an object of a name, its arguments, and perhaps the id that some models write.
     */
    private boolean object(JsonCursor cursor, List<AnswerPart.Call> calls) {
        Optional<String> name = Optional.empty();
        Optional<String> arguments = Optional.empty();
        if (!cursor.take("{")) {
            return false;
        }
        do {
            cursor.skipSpace();
            String key = cursor.plainString().orElse("");
            cursor.skipSpace();
            if (!cursor.take(":")) {
                return false;
            }
            cursor.skipSpace();
            boolean read =
                    switch (key) {
                        case "name" -> (name = cursor.plainString()).isPresent();
                        case "arguments", "parameters" -> (arguments = cursor.object()).isPresent();
                        case "id" -> cursor.value().isPresent();
                        default -> false;
                    };
            if (!read) {
                return false;
            }
            cursor.skipSpace();
        } while (cursor.take(","));
        return cursor.take("}") && add(name, arguments, calls);
    }

    private boolean add(
            Optional<String> name, Optional<String> arguments, List<AnswerPart.Call> calls) {
        if (name.isEmpty() || arguments.isEmpty() || !names.contains(name.get())) {
            return false;
        }
        return calls.add(new AnswerPart.Call(name.get(), arguments.get()));
    }
}
