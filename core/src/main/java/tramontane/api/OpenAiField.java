package tramontane.api;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A field of OpenAI's API in docs/OPENAI.md.
 *
 * @param note what it becomes, or why it is ignored or refused
 * @param instead what a client of Mistral's API uses; empty for a field that both APIs have
 * @param asksNothing JSON values of a refused field that ask for nothing, beside null
 */
record OpenAiField(
        String name, Treatment treatment, String note, String instead, List<String> asksNothing) {
    /** What becomes of a field. */
    enum Treatment {
        SAME("as in Mistral's API"),
        TRANSLATED("translated"),
        IGNORED("ignored"),
        REFUSED("refused");

        private final String word;

        Treatment(String word) {
            this.word = word;
        }

        /** The word in the documentation. */
        String word() {
            return word;
        }
    }

    OpenAiField {
        asksNothing = List.copyOf(asksNothing);
    }

    static OpenAiField same(String name, String note) {
        return new OpenAiField(name, Treatment.SAME, note, "", List.of());
    }

    static OpenAiField translated(String name, String note, String instead) {
        return new OpenAiField(name, Treatment.TRANSLATED, note, instead, List.of());
    }

    static OpenAiField ignored(String name, String note, String instead) {
        return new OpenAiField(name, Treatment.IGNORED, note, instead, List.of());
    }

    static OpenAiField refused(String name, String note, String instead, String... asksNothing) {
        return new OpenAiField(name, Treatment.REFUSED, note, instead, List.of(asksNothing));
    }

    /** True if a refused field may be left out with this value. */
    boolean asksNothing(JsonNode value) {
        return value.isNull() || asksNothing.contains(value.toString());
    }

    boolean is(Treatment other) {
        return treatment == other;
    }
}
