package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Parses all calls of an answer. The text contains marks by their names, whether they were control
 * tokens or text. The name of a mark within a JSON string is not a mark.
 */
final class CallReader {
    private static final int ID_CHARS = 9;
    private static final String FENCE = "```";
    private static final List<String> BETWEEN = List.of(",", ";", "[", "]", "}");

    private final List<String> names;

    /**
     * @param names of the tools that may be called
     */
    CallReader(List<String> names) {
        this.names = names;
    }

    /** Parses the calls; empty if the text does not consist only of calls. */
    Optional<List<AnswerPart.Call>> read(ToolFormat format, String text) {
        List<AnswerPart.Call> calls = new ArrayList<>();
        JsonCursor cursor = new JsonCursor(text, 0);
        boolean whole =
                switch (format) {
                    case ToolFormat.MistralList(Mark trigger, String _) ->
                            list(cursor, trigger, calls);
                    case ToolFormat.MistralNamed named -> named(cursor, named, calls);
                    case ToolFormat.Tagged tagged -> tagged(cursor, tagged, calls);
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
            // Small models omit the closing tag.
            boolean unused = cursor.take(format.close().text());
            cursor.skipSpace();
        }
        return !calls.isEmpty();
    }

    /**
     * Parses calls in the forms of {@link BareCalls}; empty if the text does not consist only of
     * calls.
     *
     * @param tags that may be around a call
     */
    Optional<List<AnswerPart.Call>> readBare(String text, List<String> tags) {
        List<AnswerPart.Call> calls = new ArrayList<>();
        JsonCursor cursor = new JsonCursor(text, 0);
        boolean fenced = false;
        while (true) {
            skip(cursor, tags);
            if (cursor.atEnd()) {
                return calls.isEmpty() ? Optional.empty() : Optional.of(calls);
            }
            if (cursor.take(FENCE)) {
                fenced = !fenced;
                if (fenced) {
                    String unused = cursor.name();
                }
            } else if (!object(cursor, calls)) {
                return Optional.empty();
            }
        }
    }

    /** Skips brackets without counting them: small models omit some, and a limit cuts some off. */
    private static void skip(JsonCursor cursor, List<String> tags) {
        boolean skipped = true;
        while (skipped) {
            cursor.skipSpace();
            skipped =
                    BETWEEN.stream().anyMatch(cursor::take)
                            || tags.stream().anyMatch(cursor::take)
                            || cursor.takeOuterBrace();
        }
    }

    private boolean object(JsonCursor cursor, List<AnswerPart.Call> calls) {
        return cursor.take("{") && members(cursor, calls);
    }

    /**
     * Parses the members of a call: its name, its arguments, and an optional id and type; or these
     * in a member {@code function}.
     */
    private boolean members(JsonCursor cursor, List<AnswerPart.Call> calls) {
        Optional<String> name = Optional.empty();
        Optional<String> arguments = Optional.empty();
        int before = calls.size();
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
                        case "arguments", "parameters" ->
                                (arguments = arguments(cursor)).isPresent();
                        case "function" -> cursor.take("{") && members(cursor, calls);
                        case "id", "type" -> cursor.value().isPresent();
                        default -> false;
                    };
            if (!read) {
                return false;
            }
            cursor.skipSpace();
        } while (cursor.take(","));
        if (!cursor.take("}")) {
            return false;
        }
        boolean nested = calls.size() == before + 1 && name.isEmpty() && arguments.isEmpty();
        return nested || calls.size() == before && add(name, arguments, calls);
    }

    /** Some models spell the object in a string, as the calls of an answer are sent. */
    private static Optional<String> arguments(JsonCursor cursor) {
        Optional<String> object = cursor.object();
        return object.isPresent() ? object : cursor.spelledObject();
    }

    private boolean add(
            Optional<String> name, Optional<String> arguments, List<AnswerPart.Call> calls) {
        if (name.isEmpty() || arguments.isEmpty() || !names.contains(name.get())) {
            return false;
        }
        return calls.add(new AnswerPart.Call(name.get(), arguments.get()));
    }
}
