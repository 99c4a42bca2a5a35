package tramontane.api;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A served model as {@code /v1/models} lists it.
 *
 * @param created when its file was last modified, in seconds since 1970
 * @param contextLength maximum tokens of a prompt and its answer together
 */
public record ModelCard(
        String id,
        long created,
        int contextLength,
        List<String> aliases,
        double defaultTemperature,
        Abilities abilities,
        Optional<String> description) {
    /**
     * What a model can do.
     *
     * @param chats has a chat template, and so can call tools
     * @param reasoning can think before it answers
     * @param fim has fill-in-the-middle tokens
     * @param vision reads pictures
     * @param dimension elements of the vectors of an embedding model, which can do nothing else; 0
     *     for a model that generates text
     */
    public record Abilities(
            boolean chats, boolean reasoning, boolean fim, boolean vision, int dimension) {
        static final Abilities NONE = new Abilities(false, false, false, false, 0);

        /** The abilities of a model that generates text and reads nothing else. */
        public Abilities(boolean chats, boolean reasoning, boolean fim) {
            this(chats, reasoning, fim, false, 0);
        }

        /** The abilities of an embedding model. */
        public static Abilities embeddings(int dimension) {
            return new Abilities(false, false, false, false, dimension);
        }

        public boolean embeds() {
            return dimension > 0;
        }
    }

    /** A model's id, and the other names that it answers to. */
    public record Names(String id, List<String> aliases) {}

    /** The card of a model whose file cannot be read, so that nothing else is known of it. */
    public static ModelCard unknown(Names names, String reason) {
        return new ModelCard(names.id, 0, 0, names.aliases, 0, Abilities.NONE, Optional.of(reason));
    }

    /** False if the abilities and the context length are not known. */
    public boolean isKnown() {
        return contextLength > 0;
    }

    public ModelCard {
        aliases = List.copyOf(aliases);
    }

    /** This card with other aliases. */
    public ModelCard withAliases(List<String> others) {
        return new ModelCard(
                id, created, contextLength, others, defaultTemperature, abilities, description);
    }

    /** The card with the id or alias that the client used. */
    public ObjectNode toJson(String name) {
        ObjectNode card = JsonNodeFactory.instance.objectNode();
        card.put("id", name)
                .put("object", "model")
                .put("created", created)
                .put("owned_by", "mistralai");
        ObjectNode capabilities = card.putObject("capabilities");
        capabilities
                .put("completion_chat", abilities.chats)
                .put("function_calling", abilities.chats);
        capabilities.put("reasoning", abilities.reasoning).put("completion_fim", abilities.fim);
        capabilities.put("fine_tuning", false).put("vision", abilities.vision).put("ocr", false);
        capabilities.put("classification", false).put("moderation", false).put("audio", false);
        card.put("name", id).put("description", description.orElse(null));
        card.put("max_context_length", contextLength);
        ArrayNode names = card.putArray("aliases");
        aliases.forEach(names::add);
        card.putNull("deprecation");
        card.put("default_model_temperature", defaultTemperature);
        card.put("type", "base");
        // Documented for fine-tuned models only, but clients require it on all cards.
        card.put("archived", false);
        return card;
    }
}
