package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came back for a task.
 *
 * @param call the tool call, if the answer is exactly one
 * @param cost what the answer's tokens cost, if logprobs were asked for
 */
record Answer(
        String text,
        Optional<Call> call,
        String finishReason,
        int promptTokens,
        int tokens,
        Optional<MaskCost> cost) {

    /** A tool call, with its arguments as JSON text. */
    record Call(String name, String arguments) {}

    /** Reads a chat completion. */
    static Answer of(JsonNode completion) {
        JsonNode choice = completion.path("choices").path(0);
        JsonNode message = choice.path("message");
        JsonNode usage = completion.path("usage");
        JsonNode scored = choice.path("logprobs").path("content");
        return new Answer(
                text(message.path("content")),
                call(message.path("tool_calls")),
                choice.path("finish_reason").asString("none"),
                usage.path("prompt_tokens").asInt(0),
                usage.path("completion_tokens").asInt(0),
                scored.isEmpty() ? Optional.empty() : Optional.of(MaskCost.of(scored)));
    }

    /** A string, or the text of a list of chunks. */
    private static String text(JsonNode content) {
        if (!content.isArray()) {
            return content.asString("");
        }
        List<String> parts = new ArrayList<>();
        content.forEach(chunk -> parts.add(chunk.path("text").asString("")));
        return String.join("", parts);
    }

    private static Optional<Call> call(JsonNode calls) {
        if (calls.size() != 1) {
            return Optional.empty();
        }
        JsonNode function = calls.path(0).path("function");
        JsonNode arguments = function.path("arguments");
        return Optional.of(
                new Call(
                        function.path("name").asString(""),
                        arguments.isString() ? arguments.asString() : arguments.toString()));
    }

    void writeTo(ObjectNode json) {
        json.put("text", text);
        call.ifPresent(made ->
                json.putObject("call").put("name", made.name).put("arguments", made.arguments));
        json.put("finish", finishReason).put("promptTokens", promptTokens).put("tokens", tokens);
        cost.ifPresent(paid -> {
            json.put("nats", paid.nats()).put("scored", paid.tokens());
            json.put("overruled", paid.overruled());
            ArrayNode turns = json.putArray("turns");
            for (MaskCost.Turn turn : paid.largest()) {
                turns.addObject()
                        .put("at", turn.at())
                        .put("wanted", turn.wanted())
                        .put("took", turn.took())
                        .put("nats", turn.nats());
            }
        });
    }

    static Answer read(JsonNode json) {
        Optional<MaskCost> cost = Optional.empty();
        if (json.has("nats")) {
            List<MaskCost.Turn> turns = new ArrayList<>();
            for (JsonNode turn : json.path("turns")) {
                turns.add(
                        new MaskCost.Turn(
                                turn.path("at").asInt(),
                                turn.path("wanted").asString(),
                                turn.path("took").asString(),
                                turn.path("nats").asDouble()));
            }
            int scored = json.path("scored").asInt();
            int overruled = json.path("overruled").asInt();
            cost =
                    Optional.of(
                            new MaskCost(json.path("nats").asDouble(), scored, overruled, turns));
        }
        JsonNode call = json.path("call");
        return new Answer(
                json.path("text").asString(""),
                call.isMissingNode()
                        ? Optional.empty()
                        : Optional.of(
                                new Call(
                                        call.path("name").asString(),
                                        call.path("arguments").asString())),
                json.path("finish").asString(),
                json.path("promptTokens").asInt(),
                json.path("tokens").asInt(),
                cost);
    }
}
