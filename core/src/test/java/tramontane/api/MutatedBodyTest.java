package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whatever is done to a body, parsing gives a request or a typed error, and the error can be
 * written.
 */
class MutatedBodyTest {
    private static final int MUTANTS = 20_000;

    private static final String BODY =
            """
            {"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"s\\u00e9"}]},
            {"role":"user","content":"h\\ud83d\\ude00i"},{"role":"assistant","content":null,"tool_calls":[{"id":"a",
            "type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"},"index":0}],"prefix":false},
            {"role":"tool","tool_call_id":"a","name":"f","content":"r"}],"temperature":0.7,"top_p":1,"max_tokens":10,
            "stop":["a","b"],"random_seed":42,"metadata":{"k":[1,null]},"response_format":{"type":"text"},
            "tools":[],"tool_choice":"auto","presence_penalty":0,"frequency_penalty":-1e-1,"n":2,"stream":true,
            "prediction":{"type":"content","content":""},"parallel_tool_calls":true,"prompt_mode":null,
            "safe_prompt":false,"reasoning_effort":"none","guardrails":[],"prompt_cache_key":"k","service_tier":"auto"}
            """;

    private static final String OPENAI_BODY =
            BODY.replace(
                            "\"top_p\":1",
                            "\"top_p\":1,\"seed\":3,\"max_completion_tokens\":9,\"store\":true,\"logit_bias\":{},"
                                    + "\"stream_options\":{\"include_usage\":true},\"ignore_eos\":false")
                    .replace(
                            "\"content\":null",
                            "\"content\":null,\"reasoning\":\"t\",\"refusal\":null,\"name\":\"n\"");

    private static final String[] PIECES = {
        "null", "true", "-1", "1e400", "\"\"", "[]", "{}", "\"\\ud800\"",
                "{\"type\":\"image_url\"}", "\"user\"",
        "99999999999999999999", ",", ":", "]", "}", "\"", "\\", "[[[[[[", "\u0000", "\u00e9"
    };

    @Test
    void aRequestOrATypedError() {
        for (int seed = 0; seed < MUTANTS; seed++) {
            FieldSet fields = seed % 2 == 0 ? FieldSet.MISTRAL : FieldSet.WITH_OPENAI;
            byte[] body = mutate(fields == FieldSet.MISTRAL ? BODY : OPENAI_BODY, new Random(seed));
            try {
                assertThat(ChatCompletionRequest.parse(JsonBody.parse(body), fields).messages())
                        .isNotEmpty();
            } catch (ApiException e) {
                assertThat(JsonBody.write(e.body()).length).as("seed %d", seed).isLessThan(100_000);
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + ": " + new String(body, StandardCharsets.UTF_8), e);
            }
        }
    }

    private static byte[] mutate(String valid, Random random) {
        StringBuilder text = new StringBuilder(valid);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int from = random.nextInt(text.length());
            int to = Math.min(text.length(), from + random.nextInt(12));
            switch (random.nextInt(4)) {
                case 0 -> text.delete(from, to);
                case 1 -> text.insert(from, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> replaceValue(text, from, PIECES[random.nextInt(PIECES.length)]);
                default -> text.insert(random.nextInt(text.length()), text.substring(from, to));
            }
            if (text.isEmpty()) {
                text.append('x');
            }
        }
        byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(8) == 0) {
            body[random.nextInt(body.length)] = (byte) random.nextInt(256);
        }
        return body;
    }

    /**
     * Puts a piece in the place of the next value, so that the rest stays valid JSON more often
     * than not.
     */
    private static void replaceValue(StringBuilder text, int from, String piece) {
        int colon = text.indexOf(":", from);
        if (colon < 0) {
            return;
        }
        int end = colon + 1;
        while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        text.replace(colon + 1, end, piece);
    }
}
