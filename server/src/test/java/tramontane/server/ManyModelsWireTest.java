package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.kernel.Kernels;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.pool.ModelPool;
import tramontane.pool.PoolSettings;
import tramontane.pool.PooledModel;
import tramontane.pool.UnloadableModelException;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Several models behind one server, as clients see them. */
class ManyModelsWireTest {
    private static final RunOptions OPTIONS =
            new RunOptions(Optional.of(1), Optional.of(512), Optional.of(4));

    /** Kernels that a test can hold back, so that a load takes as long as it wants, or break. */
    private static final class Disturbed extends ScalarKernels implements Supplier<Kernels> {
        private volatile Optional<CountDownLatch> gate = Optional.empty();
        private volatile boolean breaks;

        @Override
        public Kernels get() {
            try {
                Optional<CountDownLatch> closed = gate;
                if (closed.isPresent()) {
                    closed.get().await();
                }
                return this;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void hold() {
            gate = Optional.of(new CountDownLatch(1));
        }

        void release() {
            gate.ifPresent(CountDownLatch::countDown);
            gate = Optional.empty();
        }

        @Override
        public void add(MemorySegment x, MemorySegment y, long count) {
            if (breaks) {
                breaks = false;
                throw new OutOfMemoryError("no more");
            }
            super.add(x, y, count);
        }
    }

    private final Disturbed kernels = new Disturbed();

    /** Serves models with these names and memory for so many of them. */
    private ServerUnderTest serve(double room, Duration loadWait, String... names)
            throws IOException {
        return ServerUnderTest.with(
                (directory, machine) -> {
                    List<PooledModel> models = new ArrayList<>();
                    for (String name : names) {
                        Path file = directory.resolve(name + ".gguf");
                        TinyModel.of(Architecture.LLAMA).withSeed(name.hashCode()).write(file);
                        models.add(new PooledModel(name, file, false));
                    }
                    return pool(models, settings(room, loadWait, models, machine), machine);
                },
                kernels);
    }

    private static PoolSettings settings(
            double room, Duration loadWait, List<PooledModel> models, Machine machine)
            throws IOException {
        Path file = models.getFirst().file();
        long bytes =
                ModelBackend.outline(file, new ModelCard.Names("any", List.of()), OPTIONS, machine)
                        .memory()
                        .totalBytes();
        return new PoolSettings(
                (long) (room * bytes),
                loadWait,
                Optional.empty(),
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                4);
    }

    private static ModelPool pool(
            List<PooledModel> models, PoolSettings settings, Machine machine) {
        try {
            return ModelPool.open(models, OPTIONS, settings, machine);
        } catch (UnloadableModelException e) {
            throw new AssertionError(e);
        }
    }

    private static String question(String model, String more) {
        return "{'model': '%s', 'messages': [{'role': 'user', 'content': 'a'}], 'max_tokens': 8, 'random_seed': 5%s}"
                .formatted(model, more);
    }

    private static String answer(ServerUnderTest server, String model) throws Exception {
        return Answers.whole(server.complete(question(model, ""))).getFirst().text();
    }

    @Test
    void twoModelsAnswerAtOnceWithTheBytesOfEachAlone() throws Exception {
        List<String> alone = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            try (ServerUnderTest server = serve(1, Duration.ofMinutes(5), name)) {
                alone.add(answer(server, name));
            }
        }
        try (ServerUnderTest server = serve(2, Duration.ofMinutes(5), "a", "b");
                ExecutorService clients = Executors.newFixedThreadPool(4)) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                String name = i % 2 == 0 ? "a" : "b-alias";
                answers.add(clients.submit(() -> answer(server, name)));
            }
            for (int i = 0; i < 12; i++) {
                assertThat(answers.get(i).get()).isEqualTo(alone.get(i % 2));
            }
            // The first model answers to the names of hosted ones.
            assertThat(answer(server, "mistral-small-latest")).isEqualTo(alone.getFirst());
            assertThat(server.complete(question("c", "")).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void theListSaysWhichModelsAreLoaded() throws Exception {
        try (ServerUnderTest server = serve(1, Duration.ofMinutes(5), "a", "b")) {
            assertThat(states(server)).containsExactly("a loaded", "b unloaded");
            JsonNode card = ServerUnderTest.json(server.get("/v1/models/b-alias"));
            assertThat(card.get("id").stringValue()).isEqualTo("b-alias");
            assertThat(card.get("state").stringValue()).isEqualTo("unloaded");
            assertThat(card.get("max_context_length").intValue()).isEqualTo(512);
            assertThat(card.at("/capabilities/completion_chat").booleanValue()).isTrue();
            answer(server, "b");
            assertThat(states(server)).containsExactly("a unloaded", "b loaded");
            assertThat(ServerUnderTest.json(server.get("/load")).get("blocks").intValue())
                    .isPositive();
        }
    }

    private static List<String> states(ServerUnderTest server) throws Exception {
        List<String> states = new ArrayList<>();
        for (JsonNode card : ServerUnderTest.json(server.get("/v1/models")).get("data")) {
            states.add(card.get("id").stringValue() + " " + card.get("state").stringValue());
        }
        return states;
    }

    @Test
    void aStreamIsKeptOpenWithCommentsWhileItsModelIsLoaded() throws Exception {
        try (ServerUnderTest server = serve(2, Duration.ofMinutes(5), "a", "b")) {
            kernels.hold();
            try (Socket socket = server.connect()) {
                RawHttp.write(socket, RawHttp.request(question("b", ", 'stream': true")));
                StringBuilder text = new StringBuilder();
                while (!text.toString().contains(": ping")) {
                    text.append((char) socket.getInputStream().read());
                }
                assertThat(text).contains("200 OK", "text/event-stream");
                assertThat(states(server)).containsExactly("a loaded", "b loading");
                kernels.release();
                while (!text.toString().contains("data: [DONE]")) {
                    text.append((char) socket.getInputStream().read());
                }
                assertThat(text).contains("\"finish_reason\":\"length\"");
            }
        }
    }

    /** Its tokens can be counted only by the loaded model. */
    @Test
    void aPromptThatIsTooLongIsAnErrorInAStreamThatHasBegun() throws Exception {
        String tooLong =
                question("b", ", 'stream': true").replace("'a'", "'" + "a ".repeat(2_000) + "'");
        try (ServerUnderTest server = serve(2, Duration.ofMinutes(5), "a", "b")) {
            kernels.hold();
            try (Socket socket = server.connect()) {
                RawHttp.write(socket, RawHttp.request(tooLong));
                StringBuilder text = new StringBuilder();
                while (!text.toString().contains(": ping")) {
                    text.append((char) socket.getInputStream().read());
                }
                kernels.release();
                while (!text.toString().endsWith("\r\n0\r\n\r\n")) {
                    text.append((char) socket.getInputStream().read());
                }
                assertThat(text)
                        .contains(
                                "\"finish_reason\":\"error\"",
                                "\"type\":\"invalid_request_prompt\"")
                        .doesNotContain("[DONE]");
            }
            HttpResponse<String> refused = server.complete(tooLong);
            assertThat(refused.statusCode()).isEqualTo(400);
        }
    }

    @Test
    void aClientThatLeavesWhileItWaitsGivesUpItsPlace() throws Exception {
        try (ServerUnderTest server = serve(2, Duration.ofMinutes(5), "a", "b")) {
            kernels.hold();
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(server.connect());
                RawHttp.write(waiting.getLast(), RawHttp.request(question("b", "")));
            }
            Socket refused = firstAnswered(waiting);
            waiting.remove(refused);
            refused.shutdownOutput();
            assertThat(RawHttp.readToEnd(refused))
                    .startsWith("HTTP/1.1 429")
                    .containsIgnoringCase("retry-after: ")
                    .contains("4 requests wait for models to be loaded");
            refused.close();
            // The other model is not affected.
            assertThat(answer(server, "a")).isNotEmpty();
            for (Socket socket : waiting) {
                assertThat(socket.getInputStream().available()).isZero();
                socket.close();
            }
            server.awaitNobodyInFlight();
            kernels.release();
            assertThat(answer(server, "b")).isNotEmpty();
        }
    }

    /** Waits until the server has written something to one of them. */
    private static Socket firstAnswered(List<Socket> sockets) throws Exception {
        while (true) {
            for (Socket socket : sockets) {
                if (socket.getInputStream().available() > 0) {
                    return socket;
                }
            }
            Thread.sleep(5);
        }
    }

    @Test
    void withoutWaitingARequestIsToldWhenToComeAgain() throws Exception {
        try (ServerUnderTest server = serve(2, Duration.ZERO, "a", "b")) {
            HttpResponse<String> first = server.complete(question("b", ""));
            assertThat(first.statusCode()).isEqualTo(503);
            assertThat(first.headers().firstValue("retry-after").orElseThrow()).matches("\\d+");
            assertThat(ServerUnderTest.json(first).get("type").stringValue())
                    .isEqualTo("service_unavailable");
            while (!states(server).contains("b loaded")) {
                Thread.sleep(5);
            }
            assertThat(answer(server, "b")).isNotEmpty();
        }
    }

    @Test
    void aFailedModelIsReportedWithItsReasonWhileOthersAnswer() throws Exception {
        try (ServerUnderTest server = serve(2, Duration.ofMinutes(5), "a", "b")) {
            String before = answer(server, "b");
            kernels.breaks = true;
            HttpResponse<String> failed = server.complete(question("b", ""));
            assertThat(failed.statusCode()).isEqualTo(503);
            assertThat(failed.body()).contains("the engine failed: java.lang.OutOfMemoryError");
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(answer(server, "a")).isNotEmpty();
            HttpResponse<String> again = server.complete(question("b", ""));
            while (again.statusCode() != 200) {
                assertThat(again.statusCode()).isEqualTo(503);
                assertThat(again.headers().firstValue("retry-after")).contains("1");
                Thread.sleep(10);
                again = server.complete(question("b", ""));
            }
            assertThat(Answers.whole(again).getFirst().text()).isEqualTo(before);
        }
    }

    @Test
    void aDamagedModelIsListedWithTheReason() throws Exception {
        ServerUnderTest.Opening opening =
                (directory, machine) -> {
                    Path good = directory.resolve("good.gguf");
                    TinyModel.of(Architecture.LLAMA).write(good);
                    Path bad = Files.write(directory.resolve("bad.gguf"), new byte[1000]);
                    List<PooledModel> models =
                            List.of(
                                    new PooledModel("good", good, false),
                                    new PooledModel("bad", bad, false));
                    Duration wait = Duration.ofMinutes(5);
                    return pool(models, settings(2, wait, models, machine), machine);
                };
        try (ServerUnderTest server = ServerUnderTest.with(opening, kernels)) {
            JsonNode card = ServerUnderTest.json(server.get("/v1/models/bad"));
            assertThat(card.get("state").stringValue()).isEqualTo("failed");
            assertThat(card.get("state_reason").stringValue()).contains("this is no GGUF file");
            // Whatever is asked for, the reason is the same: nothing is known of its abilities.
            for (String more : List.of("", ", 'stream': true", ", 'prompt_mode': 'reasoning'")) {
                HttpResponse<String> refused = server.complete(question("bad", more));
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.body()).contains("this is no GGUF file");
                assertThat(refused.headers().firstValue("retry-after")).isPresent();
            }
            assertThat(answer(server, "good")).isNotEmpty();
        }
    }
}
