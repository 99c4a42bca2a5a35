package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.RealModels;

/** Filling gaps in code, with a model that was trained to. */
class FimWireTest {
    private static final String NAME = "qwen2.5-coder-0.5b";
    private static final String GAP =
            "{'model':'codestral-latest','temperature':0,'max_tokens':24,"
                    + "'prompt':'def add(a, b):\\n    ','suffix':'\\n\\nprint(add(2, 3))\\n'";

    @Test
    void theTextBetweenPromptAndSuffixIsWrittenWholeAndStreamed()
            throws IOException, InterruptedException {
        try (ServerUnderTest server = real()) {
            JsonNode answer = ServerUnderTest.json(fim(server, GAP + "}"));
            String text = answer.at("/choices/0/message/content").stringValue();
            assertThat(text).startsWith("return a + b");
            assertThat(answer.get("object").stringValue()).isEqualTo("chat.completion");
            assertThat(answer.get("model").stringValue()).isEqualTo("codestral-latest");

            String streamed = fim(server, GAP + ",'stream':true}").body();
            StringBuilder pieces = new StringBuilder();
            for (String block : streamed.split("\n\n")) {
                if (block.startsWith("data: {")) {
                    JsonNode chunk = JsonMapper.shared().readTree(block.substring(6));
                    pieces.append(chunk.at("/choices/0/delta/content").stringValue());
                }
            }
            assertThat(streamed).endsWith("data: [DONE]\n\n");
            assertThat(pieces.toString()).isEqualTo(text);

            JsonNode stopped = ServerUnderTest.json(fim(server, GAP + ",'stop':[' + ']}"));
            assertThat(stopped.at("/choices/0/message/content").stringValue())
                    .isEqualTo("return a");
            JsonNode card = ServerUnderTest.json(server.get("/v1/models/codestral-latest"));
            assertThat(card.at("/capabilities/completion_fim").booleanValue()).isTrue();
        }
    }

    @Test
    void withoutASuffixTheTextGoesOnFromThePrompt() throws IOException, InterruptedException {
        try (ServerUnderTest server = real()) {
            String open = "{'model':'tiny','temperature':0,'max_tokens':6,'prompt':'1, 2, 3, 4,'}";
            JsonNode answer = ServerUnderTest.json(fim(server, open));
            assertThat(answer.at("/choices/0/message/content").stringValue()).startsWith(" 5, 6");

            // Nothing comes before the text of this family, not even a token.
            HttpResponse<String> nothing = fim(server, "{'model':'tiny','prompt':''}");
            assertThat(nothing.statusCode()).isEqualTo(400);
            assertThat(ServerUnderTest.json(nothing).get("param").stringValue())
                    .isEqualTo("prompt");
        }
    }

    @Test
    void aModelThatCannotChatSaysSo() throws IOException, InterruptedException {
        try (ServerUnderTest server = real("gemma3-270m")) {
            JsonNode card = ServerUnderTest.json(server.get("/v1/models/tiny"));
            assertThat(card.at("/capabilities/completion_chat").booleanValue()).isFalse();
            assertThat(card.at("/capabilities/function_calling").booleanValue()).isFalse();
            HttpResponse<String> refused =
                    server.complete("{'model':'tiny','messages':[{'content':'Hi'}]}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("cannot chat");
        }
    }

    @Test
    void aModelWithoutTheTokensRefuses() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.start()) {
            for (String suffix : new String[] {"", ",'suffix':'b'", ",'stream':true"}) {
                HttpResponse<String> response =
                        fim(server, "{'model':'tiny','prompt':'a'" + suffix + "}");
                assertThat(response.statusCode()).isEqualTo(400);
                JsonNode error = ServerUnderTest.json(response);
                assertThat(error.get("param").stringValue()).isEqualTo("model");
                assertThat(error.get("message").stringValue())
                        .contains("no fill-in-the-middle tokens");
            }
            assertThat(fim(server, "{'model':'tiny','prompt':'a','n':2}").statusCode())
                    .isEqualTo(422);
            assertThat(server.get("/v1/fim/completions").statusCode()).isEqualTo(405);
            JsonNode card = ServerUnderTest.json(server.get("/v1/models/tiny"));
            assertThat(card.at("/capabilities/completion_fim").booleanValue()).isFalse();
        }
    }

    private static ServerUnderTest real() throws IOException {
        return real(NAME);
    }

    private static ServerUnderTest real(String name) throws IOException {
        Optional<Path> model = RealModels.find(name);
        assumeTrue(model.isPresent(), name + ".gguf is not here: ./tramontane pull " + name);
        return ServerUnderTest.withModel(model.get(), 1024);
    }

    private static HttpResponse<String> fim(ServerUnderTest server, String json)
            throws IOException, InterruptedException {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/fim/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }
}
