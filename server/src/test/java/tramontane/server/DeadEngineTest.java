package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.kernel.scalar.ScalarKernels;

/** What clients and health checks see of an engine that has failed. */
class DeadEngineTest {
    private static final String REASON = "the engine failed: java.lang.OutOfMemoryError: no more";

    /** Runs out of memory when it is told to. */
    private static final class Exhausted extends ScalarKernels {
        private volatile boolean exhausted;

        @Override
        public void add(MemorySegment x, MemorySegment y, long count) {
            if (exhausted) {
                throw new OutOfMemoryError("no more");
            }
            super.add(x, y, count);
        }
    }

    @Test
    void itShowsInHealthAndFailsRequestsWithTheReason() throws IOException, InterruptedException {
        Exhausted kernels = new Exhausted();
        try (ServerUnderTest server = ServerUnderTest.withKernels(kernels)) {
            assertThat(server.complete(question(false)).statusCode()).isEqualTo(200);
            assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
            kernels.exhausted = true;
            // The first of these meets the failure under way, the others the failed engine.
            for (boolean stream : List.of(false, true, false)) {
                HttpResponse<String> answer = server.complete(question(stream));
                assertThat(answer.statusCode()).isEqualTo(503);
                JsonNode error = ServerUnderTest.json(answer);
                assertThat(error.get("type").stringValue()).isEqualTo("service_unavailable");
                assertThat(error.get("message").stringValue()).contains(REASON);
            }
            HttpResponse<String> health = server.get("/health");
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(ServerUnderTest.json(health).get("status").stringValue())
                    .isEqualTo("failed");
            assertThat(ServerUnderTest.json(health).get("reason").stringValue()).isEqualTo(REASON);
        }
    }

    private static String question(boolean stream) {
        return "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'a'}], 'max_tokens': 4, 'stream': "
                + stream
                + "}";
    }
}
