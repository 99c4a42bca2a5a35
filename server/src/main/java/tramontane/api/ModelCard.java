package tramontane.api;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A served model as {@code /v1/models} shows it.
 *
 * @param created when its file was last written, in seconds since 1970
 * @param contextLength most tokens a prompt and its answer may have together
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
     * What not every model can do.
     *
     * @param chats whether it reads conversations, and so can call tools
     * @param reasoning whether it thinks before it answers, and so has a reasoning prompt
     * @param fillsGaps whether it can write what stands between two texts
     */
    public record Abilities(boolean chats, boolean reasoning, boolean fillsGaps) {}

    public ModelCard {
        aliases = List.copyOf(aliases);
    }

    /** The card under the name the caller used: the model's own, or one of its aliases. */
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
        capabilities
                .put("reasoning", abilities.reasoning)
                .put("completion_fim", abilities.fillsGaps);
        capabilities.put("fine_tuning", false).put("vision", false).put("ocr", false);
        capabilities.put("classification", false).put("moderation", false).put("audio", false);
        card.put("name", id).put("description", description.orElse(null));
        card.put("max_context_length", contextLength);
        ArrayNode names = card.putArray("aliases");
        aliases.forEach(names::add);
        card.putNull("deprecation");
        card.put("default_model_temperature", defaultTemperature);
        card.put("type", "base");
        // The contract has it for fine-tuned models only, and clients read it of all.
        card.put("archived", false);
        return card;
    }
}
