package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.server.TinyPictures.promptTokens;
import static tramontane.server.TinyPictures.request;
import static tramontane.server.TinyPictures.seeing;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tramontane.access.ApiKey;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.api.ModelCard;
import tramontane.backend.EncodedImages;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.endpoint.Gate;
import tramontane.limit.MonthTable;
import tramontane.limit.RateLimits;
import tramontane.pool.ModelPool;
import tramontane.pool.PoolSettings;
import tramontane.pool.PooledModel;
import tramontane.pool.UnloadableModelException;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.testkit.TinyVision;

/** Pictures under limits: of keys, of memory, and of the models that are loaded. */
class ImagesLimitsTest {
    private static final String TEXT = ApiKey.create(new Random(12));
    private static final int ROW_BYTES = TinyVision.TEXT_WIDTH * Float.BYTES;

    @TempDir Path folder;

    private static StoredKey key(KeyLimits limits) {
        return new StoredKey(
                "key_8",
                "bob",
                new StoredKey.Secret(ApiKey.sha256(TEXT), Optional.empty()),
                new StoredKey.Lifetime(0, Optional.empty(), Optional.empty(), Optional.empty()),
                new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                limits);
    }

    private static HttpResponse<String> asked(ServerUnderTest server, String json)
            throws Exception {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                        .header("authorization", "Bearer " + TEXT)
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    private static long header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValueAsLong("x-ratelimit-" + name).orElseThrow();
    }

    /** The tokens of a picture count against both limits, and are known before it is encoded. */
    @Test
    void tokensOfPicturesCountAgainstLimits() throws Exception {
        int text;
        try (ServerUnderTest unlimited = TinyPictures.serve()) {
            text = promptTokens(ServerUnderTest.json(unlimited.complete(request(""))));
        }
        long enough = text + TinyPictures.TOKENS + 8L;
        HeldKernels held = new HeldKernels();
        try (MonthTable months =
                MonthTable.open(Database.open(new DatabaseUrl.Sqlite(folder.resolve("keys.db"))))) {
            KeyRing ring = new KeyRing(List.of(), List.of(), ServerUnderTest.CLOCK);
            RateLimits limits =
                    new RateLimits(ServerUnderTest.CLOCK, System::nanoTime, Optional.of(months));
            Gate gate = new Gate(ring, new FailedAttempts(System::nanoTime), limits);
            try (ServerUnderTest server =
                    ServerUnderTest.with(
                            (directory, machine) ->
                                    TinyPictures.open(
                                            directory,
                                            with(machine, held, machine.encoded()),
                                            TinyVision.ofMerging()),
                            gate)) {
                for (boolean month : new boolean[] {false, true}) {
                    Optional<Long> tooFew = Optional.of(enough - 1);
                    ring.replace(
                            List.of(
                                    key(
                                            new KeyLimits(
                                                    Optional.empty(),
                                                    month ? Optional.empty() : tooFew,
                                                    month ? tooFew : Optional.empty(),
                                                    Optional.empty()))));
                    HttpResponse<String> refused = asked(server, seeing(1));
                    assertThat(refused.statusCode()).as(refused.body()).isBetween(400, 429);
                    assertThat(refused.body()).contains("tokens");
                }
                assertThat(held.encoded.get()).as("nothing was encoded for nothing").isZero();
                held.released.countDown();
                ring.replace(
                        List.of(
                                key(
                                        new KeyLimits(
                                                Optional.empty(),
                                                Optional.of(1000L),
                                                Optional.of(2000L),
                                                Optional.empty()))));
                HttpResponse<String> answer = asked(server, seeing(1));
                JsonNode usage = ServerUnderTest.json(answer).get("usage");
                int used = usage.get("total_tokens").intValue();
                assertThat(used).isGreaterThanOrEqualTo(text + TinyPictures.TOKENS);
                assertThat(header(answer, "tokens-query-cost")).isEqualTo(used);
                assertThat(header(answer, "remaining-tokens-month")).isEqualTo(2000 - used);
            }
        }
    }

    private static Machine with(Machine machine, HeldKernels kernels, EncodedImages memory) {
        return new Machine(
                machine.cores(),
                machine.availableBytes(),
                () -> kernels,
                machine.clock(),
                machine.images(),
                memory);
    }

    /** The memory of encoded pictures is bounded, however many clients come at the same time. */
    @Test
    void manyPicturesAtATimeStayWithinTheirMemory() throws Exception {
        int fit = 4;
        HeldKernels held = new HeldKernels();
        // Open requests get a quarter.
        EncodedImages memory = new EncodedImages(4L * fit * TinyPictures.ROWS * ROW_BYTES);
        try (ServerUnderTest server =
                        ServerUnderTest.with(
                                (directory, machine) ->
                                        TinyPictures.open(
                                                directory,
                                                with(machine, held, memory),
                                                TinyVision.ofMerging()),
                                () -> held);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                String body = seeing(i);
                answers.add(clients.submit(() -> server.complete(body)));
            }
            // All but those that are encoded are refused, and told to come again.
            while (answers.stream().filter(Future::isDone).count() < 64 - fit
                    && encoding() <= fit) {
                Thread.sleep(5);
            }
            held.released.countDown();
            int answered = 0;
            for (Future<HttpResponse<String>> each : answers) {
                HttpResponse<String> answer = each.get();
                if (answer.statusCode() == 200) {
                    answered++;
                } else {
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(429);
                    assertThat(answer.headers().firstValue("retry-after")).isPresent();
                    assertThat(answer.body()).contains("images of other requests");
                }
            }
            assertThat(answered).isEqualTo(fit);
            // All of it is given back, also of those who were refused.
            for (int i = 0; i < 2 * fit; i++) {
                assertThat(server.complete(seeing(i)).statusCode()).isEqualTo(200);
            }
        }
    }

    /** Pictures that are being encoded, or wait for their turn. */
    private static long encoding() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("tramontane-images"))
                .count();
    }

    /** Two models with memory for one of them. */
    private ServerUnderTest pool(HeldKernels held) throws IOException {
        return ServerUnderTest.with(
                (directory, machine) -> {
                    List<PooledModel> models = new ArrayList<>();
                    for (String name : List.of("tiny", "second")) {
                        Path file = TinyPictures.write(directory, name, TinyVision.ofMerging());
                        models.add(new PooledModel(name, file, false));
                    }
                    long bytes = outline(models.getFirst(), machine);
                    PoolSettings settings =
                            new PoolSettings(
                                    bytes + bytes / 2,
                                    Duration.ofSeconds(60),
                                    Optional.empty(),
                                    Duration.ofMillis(1),
                                    Duration.ofMillis(1),
                                    8);
                    try {
                        return ModelPool.open(models, TinyPictures.OPTIONS, settings, machine);
                    } catch (UnloadableModelException e) {
                        throw new IOException(e);
                    }
                },
                () -> held);
    }

    private static long outline(PooledModel model, Machine machine) throws IOException {
        return ModelBackend.outline(
                        model.file(),
                        new ModelCard.Names(model.name(), List.of()),
                        TinyPictures.OPTIONS,
                        machine)
                .memory()
                .totalBytes();
    }

    /** A model is not unloaded while it encodes, and reads the same after it was loaded again. */
    @Test
    void aModelThatEncodesStaysLoaded() throws Exception {
        HeldKernels held = new HeldKernels();
        try (ServerUnderTest server = pool(held);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            String first = seeing(5);
            String second = request("").replace("'tiny'", "'second'");
            Future<HttpResponse<String>> seeing = clients.submit(() -> server.complete(first));
            held.began.await();
            Future<HttpResponse<String>> waiting = clients.submit(() -> server.complete(second));
            server.awaitInFlight(2);
            // The second model waits for the memory of the first, which is busy.
            while (!state(server, "second").equals("loading")) {
                Thread.sleep(5);
            }
            assertThat(state(server, "tiny")).isEqualTo("loaded");
            assertThat(waiting.isDone()).isFalse();
            held.released.countDown();
            HttpResponse<String> answer = seeing.get();
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(waiting.get().statusCode()).isEqualTo(200);
            assertThat(state(server, "tiny")).isEqualTo("unloaded");
            int encoded = held.encoded.get();
            assertThat(ServerUnderTest.json(server.complete(first)).get("choices"))
                    .isEqualTo(ServerUnderTest.json(answer).get("choices"));
            assertThat(held.encoded.get()).as("encoded again").isGreaterThan(encoded);
        }
    }

    private static String state(ServerUnderTest server, String model) throws Exception {
        return ServerUnderTest.json(server.get("/v1/models/" + model)).get("state").stringValue();
    }
}
