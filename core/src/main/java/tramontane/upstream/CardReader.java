package tramontane.upstream;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tramontane.api.ModelCard;

/** Finds what a model can do in an upstream's list of models. */
final class CardReader {
    private static final double DEFAULT_TEMPERATURE = 0.7;
    private static final int MAX_NAMED = 10;

    private CardReader() {}

    /** What a list says of the model. */
    sealed interface Found {
        record Card(ModelCard card) implements Found {}

        /**
         * @param why a clause without a full stop
         */
        record Nothing(String why) implements Found {}
    }

    /** Asks for more, where the list does not have it. */
    @FunctionalInterface
    interface Properties {
        JsonNode read() throws IOException, InterruptedException;
    }

    static Found find(UpstreamModel model, JsonNode list, Properties more)
            throws IOException, InterruptedException {
        JsonNode data = list.path("data");
        Optional<JsonNode> found =
                StreamSupport.stream(data.spliterator(), false)
                        .filter(card -> isNamed(card, model.remoteName()))
                        .findFirst();
        if (found.isEmpty() && model.kind() == UpstreamKind.LLAMA_SERVER && data.size() == 1) {
            // It has one model, and looks at no name.
            found = Optional.of(data.get(0));
        }
        if (found.isEmpty()) {
            return new Found.Nothing(
                    "it does not serve "
                            + model.remoteName()
                            + " but "
                            + StreamSupport.stream(data.spliterator(), false)
                                    .limit(MAX_NAMED)
                                    .map(card -> ErrorReply.shown(card.path("id").asString("")))
                                    .collect(Collectors.joining(", "))
                            + " (see upstream-model)");
        }
        JsonNode card = found.get();
        if (card.path("state").asString("").equals("failed")) {
            return new Found.Nothing("the model has failed there");
        }
        int context =
                model.context().isPresent() ? model.context().get() : context(model, card, more);
        if (context <= 0) {
            return new Found.Nothing(
                    "it does not say how long its context is (see upstream-context)");
        }
        return read(model, card, context);
    }

    private static boolean isNamed(JsonNode card, String name) {
        return card.path("id").asString("").equals(name)
                || StreamSupport.stream(card.path("aliases").spliterator(), false)
                        .anyMatch(alias -> alias.asString("").equals(name));
    }

    private static Found read(UpstreamModel model, JsonNode card, int context) {
        JsonNode can = card.path("capabilities");
        boolean tells = model.kind().speaksMistral();
        boolean chats = !tells || can.path("completion_chat").asBoolean(false);
        boolean fim = tells && can.path("completion_fim").asBoolean(false);
        if (!chats && !fim) {
            return new Found.Nothing("the model there generates no text");
        }
        return new Found.Card(
                new ModelCard(
                        model.name(),
                        card.path("created").asLong(0),
                        context,
                        List.of(),
                        tells
                                ? card.path("default_model_temperature")
                                        .asDouble(DEFAULT_TEMPERATURE)
                                : DEFAULT_TEMPERATURE,
                        new ModelCard.Abilities(
                                chats,
                                tells && can.path("reasoning").asBoolean(false),
                                fim,
                                tells && can.path("vision").asBoolean(false),
                                0),
                        Optional.of("on " + model.kind().wireName())));
    }

    private static int context(UpstreamModel model, JsonNode card, Properties more)
            throws IOException, InterruptedException {
        return switch (model.kind()) {
            case TRAMONTANE, MISTRAL -> card.path("max_context_length").asInt(0);
            case VLLM, SGLANG -> card.path("max_model_len").asInt(0);
            case LLAMA_SERVER ->
                    more.read()
                            .path("default_generation_settings")
                            .path("n_ctx")
                            .asInt(card.path("meta").path("n_ctx_train").asInt(0));
            case OPENAI -> 0;
        };
    }
}
