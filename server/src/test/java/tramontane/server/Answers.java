package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A choice of an answer as it was told, whole or streamed.
 *
 * @param calls each as {@code name arguments}
 */
record Answers(String thinking, String text, List<String> calls, String reason) {
    /** Asks for the same answer whole and streamed; both must be one. JSON has single quotes. */
    static List<Answers> both(ServerUnderTest server, String body)
            throws IOException, InterruptedException {
        List<Answers> whole = whole(server.complete(body));
        String asStream = body.substring(0, body.length() - 1) + ",'stream':true}";
        assertThat(streamed(server.complete(asStream))).as(body).isEqualTo(whole);
        return whole;
    }

    static List<Answers> whole(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<Answers> answers = new ArrayList<>();
        for (JsonNode choice : ServerUnderTest.json(response).get("choices")) {
            JsonNode message = choice.get("message");
            answers.add(
                    new Answers(
                            thinking(message.get("content")),
                            text(message.get("content")),
                            calls(message.get("tool_calls")),
                            choice.get("finish_reason").stringValue()));
        }
        return answers;
    }

    static List<Answers> streamed(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        Map<Integer, Answers> answers = new TreeMap<>();
        List<String> blocks =
                List.of(response.body().split("\n\n")).stream()
                        .filter(block -> !block.startsWith(":"))
                        .toList();
        assertThat(blocks.getLast()).isEqualTo("data: [DONE]");
        for (String block : blocks.subList(0, blocks.size() - 1)) {
            JsonNode chunk = JsonMapper.shared().readTree(block.substring("data: ".length()));
            JsonNode choice = chunk.at("/choices/0");
            boolean last = chunk.has("usage");
            answers.merge(choice.get("index").intValue(), part(choice, last), Answers::followedBy);
        }
        return List.copyOf(answers.values());
    }

    private static Answers part(JsonNode choice, boolean last) {
        JsonNode delta = choice.get("delta");
        JsonNode reason = choice.get("finish_reason");
        assertThat(reason.isNull() && (last || delta.has("tool_calls")))
                .as("calls and usage come with the end: %s", choice)
                .isFalse();
        return new Answers(
                thinking(delta.path("content")),
                text(delta.path("content")),
                calls(delta.path("tool_calls")),
                reason.isNull() ? "" : reason.stringValue());
    }

    private Answers followedBy(Answers more) {
        List<String> allCalls = new ArrayList<>(calls);
        allCalls.addAll(more.calls);
        return new Answers(
                thinking + more.thinking, text + more.text, allCalls, reason + more.reason);
    }

    private static String thinking(JsonNode content) {
        StringBuilder thinking = new StringBuilder();
        if (content.isArray()) {
            for (JsonNode chunk : content) {
                chunk.path("thinking")
                        .forEach(part -> thinking.append(part.at("/text").asString()));
            }
        }
        return thinking.toString();
    }

    private static String text(JsonNode content) {
        if (content.isString()) {
            return content.stringValue();
        }
        StringBuilder text = new StringBuilder();
        if (content.isArray()) {
            content.forEach(chunk -> text.append(chunk.path("text").asString("")));
        }
        return text.toString();
    }

    private static List<String> calls(JsonNode list) {
        List<String> calls = new ArrayList<>();
        for (JsonNode call : list) {
            assertThat(call.get("id").stringValue()).matches("[a-zA-Z0-9]{9}");
            assertThat(call.get("index").intValue()).isEqualTo(calls.size());
            calls.add(
                    call.at("/function/name").stringValue()
                            + " "
                            + call.at("/function/arguments").stringValue());
        }
        return calls;
    }
}
