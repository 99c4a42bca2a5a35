package tramontane.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tramontane.grammar.regex.Work;

/** Takes down the faults of one body, so that a caller learns of all of them at once. */
final class Faults {
    /**
     * Enough to repair any request by hand; a body of a million wrong values must not echo them
     * all.
     */
    private static final int MAX_FAULTS = 100;

    private static final int MAX_ECHO_CHARS = 200;

    private final List<Fault> faults = new ArrayList<>();

    /** Counts for all schemas of the body: many small ones must not cost more than a large one. */
    private final Work schemaWork = Work.ofRequest();

    Work schemaWork() {
        return schemaWork;
    }

    void add(
            String type,
            List<Object> loc,
            String msg,
            Map<String, Object> ctx,
            Optional<JsonNode> input) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(new Fault(type, loc, msg, input.flatMap(Faults::echo), ctx));
        }
    }

    void throwIfAny() throws ApiException {
        if (!faults.isEmpty()) {
            throw ApiException.invalid(faults);
        }
    }

    boolean none() {
        return faults.isEmpty();
    }

    /** What goes back as {@code input}: short scalars only, since containers may be megabytes. */
    private static Optional<JsonNode> echo(JsonNode node) {
        if (node.isContainer()) {
            return node.isEmpty() ? Optional.of(node) : Optional.empty();
        }
        if (node.isString()) {
            String text = node.stringValue();
            String shown =
                    text.length() <= MAX_ECHO_CHARS
                            ? text
                            : text.substring(0, MAX_ECHO_CHARS) + "…";
            return Optional.of(JsonNodeFactory.instance.stringNode(wellFormed(shown)));
        }
        // A number may be a thousand digits long, or overflow to an infinity that JSON cannot
        // spell.
        boolean plain = !node.isNumber() || node.toString().length() <= 40;
        return plain ? Optional.of(node) : Optional.empty();
    }

    /**
     * A lone surrogate cannot be written as UTF-8, so it goes back as the replacement character.
     */
    static String wellFormed(String text) {
        return new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_16),
                java.nio.charset.StandardCharsets.UTF_16);
    }
}
