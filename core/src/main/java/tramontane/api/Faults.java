package tramontane.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tramontane.grammar.automaton.WorkBudget;

/** Collects the faults of one body, so that the client gets all of them in one response. */
final class Faults {
    /**
     * Enough to repair a request by hand; a body with a million wrong values must not be echoed.
     */
    private static final int MAX_FAULTS = 100;

    private static final int MAX_ECHO_CHARS = 200;

    private final List<Fault> faults = new ArrayList<>();

    /**
     * One budget for all schemas of a body, so that many small ones cost no more than a large one.
     */
    private final WorkBudget schemaWork = WorkBudget.forRequest();

    private final Map<String, String> sentNames = new HashMap<>();
    private final String openAiRemedy;

    /**
     * @param openAiRemedy appended to the error about a field of OpenAI's API, see {@link
     *     OpenAiFields#hint}
     */
    Faults(String openAiRemedy) {
        this.openAiRemedy = openAiRemedy;
    }

    String openAiRemedy() {
        return openAiRemedy;
    }

    /** Faults of a field of the body that was renamed are reported under the name that was sent. */
    void renamed(String sent, String read) {
        sentNames.put(read, sent);
    }

    /** The name under which a field of the body was sent. */
    String sentName(String read) {
        return sentNames.getOrDefault(read, read);
    }

    private List<Object> asSent(List<Object> loc) {
        if (loc.size() < 2 || !sentNames.containsKey(loc.get(1).toString())) {
            return loc;
        }
        List<Object> sent = new ArrayList<>(loc);
        sent.set(1, sentName(loc.get(1).toString()));
        return List.copyOf(sent);
    }

    WorkBudget schemaWork() {
        return schemaWork;
    }

    void add(
            String type,
            List<Object> loc,
            String msg,
            Map<String, Object> ctx,
            Optional<JsonNode> input) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(new Fault(type, asSent(loc), msg, input.flatMap(Faults::echo), ctx));
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

    /**
     * The {@code input} of a fault: short scalars only, since arrays and objects may be megabytes.
     */
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
        // A number may have thousands of digits, or overflow to infinity, which JSON cannot
        // represent.
        boolean plain = !node.isNumber() || node.toString().length() <= 40;
        return plain ? Optional.of(node) : Optional.empty();
    }

    /** Replaces lone surrogates, which UTF-8 cannot encode, by U+FFFD. */
    static String wellFormed(String text) {
        return new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_16),
                java.nio.charset.StandardCharsets.UTF_16);
    }
}
