package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CacheIsolationTest {
    private static final String ASK =
            """
            {"model": "tiny", "max_tokens": 4, "random_seed": 1,
             "messages": [{"role": "user", "content": "A secret that is long enough to fill a block of the cache"}]}\
            """;

    /** Otherwise the time and the usage of an answer would reveal what others have asked. */
    @Test
    void aKeyFindsNoPrefixThatAnotherKeyHasCached() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.withKeys("one", "two")) {
            assertThat(cachedTokens(server, "one")).isZero();
            assertThat(cachedTokens(server, "two")).isZero();
            assertThat(cachedTokens(server, "one")).isPositive();
        }
    }

    private static int cachedTokens(ServerUnderTest server, String key)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                        .header("authorization", "Bearer " + key)
                        .POST(HttpRequest.BodyPublishers.ofString(ASK));
        JsonNode answer = ServerUnderTest.json(server.send(request));
        return answer.at("/usage/num_cached_tokens").intValue();
    }
}
