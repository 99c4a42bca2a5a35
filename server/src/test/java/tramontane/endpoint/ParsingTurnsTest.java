package tramontane.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.api.LargeSchema;

class ParsingTurnsTest {
    private static byte[] body(String schema) {
        String json =
                "{'model':'m','messages':[{'content':'hi'}],'response_format':{'type':'json_schema',"
                        + "'json_schema':{'name':'x','schema':"
                        + schema
                        + "}}}";
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    /** Takes some tenths of a second, and is enforced. */
    private static final byte[] LARGE =
            body(
                    "{'type':'object','properties':{"
                            + "'a':{'type':'string','pattern':'^(a|b)*a(a|b){12}$'},"
                            + "'b':{'type':'string','pattern':'^(a|c)*c(a|c){12}$'},"
                            + "'c':{'type':'string','pattern':'^(b|c)*c(b|c){12}$'}}}");

    private static final byte[] SMALL = body("{'type':'string'}");

    private static ChatCompletionRequest parse(byte[] body) throws ApiException {
        return ChatCompletionRequest.parse(JsonBody.parse(body), FieldSet.MISTRAL);
    }

    @Test
    void aLargeSchemaGivesItsTurnToSmallBodies() throws Exception {
        int requests = 5;
        ParsingTurns turns = new ParsingTurns(1);
        Semaphore parsed = new Semaphore(0);
        CountDownLatch goOn = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(threads.submit(() -> parse(LARGE)))
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(LargeSchema.class);
            List<Future<Boolean>> large = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                large.add(
                        threads.submit(() ->
                                turns.read(
                                        LARGE,
                                        body -> {
                                            ChatCompletionRequest unused = parse(body);
                                            parsed.release();
                                            goOn.await();
                                            return Thread.currentThread().isVirtual();
                                        })));
            }
            // One of them has the turn of large bodies, and keeps it.
            parsed.acquire();
            assertThat(threads.submit(() -> turns.read(SMALL, ParsingTurnsTest::parse)).get())
                    .isNotNull();
            assertThat(parsed.availablePermits()).isZero();
            goOn.countDown();
            for (Future<Boolean> each : large) {
                assertThat(each.get()).isFalse();
            }
        }
    }

    @Test
    void whatIsWrongWithALargeBodyIsSaidAsOfASmallOne() throws Exception {
        ParsingTurns turns = new ParsingTurns(1);
        for (int size : new int[] {10, 2 << 20}) {
            for (int round = 0; round < 2; round++) {
                assertThatThrownBy(() -> turns.read(new byte[size], ParsingTurnsTest::parse))
                        .isInstanceOf(ApiException.class);
            }
        }
        assertThat(turns.read(SMALL, ParsingTurnsTest::parse)).isNotNull();
    }
}
