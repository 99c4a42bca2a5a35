package tramontane.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.backend.Caller;
import tramontane.backend.Inspection;
import tramontane.backend.ModelState;
import tramontane.completion.Answering;
import tramontane.model.ModelException;

/** Which models a pool loads, which it unloads, and what requests wait for. */
class ModelPoolTest {
    @TempDir Path folder;
    private Path a;
    private Path b;
    private Path c;

    @BeforeEach
    void write() {
        a = TinyPool.write(folder, "a.gguf", 1);
        b = TinyPool.write(folder, "b.gguf", 2);
        c = TinyPool.write(folder, "c.gguf", 3);
    }

    @Test
    void aModelIsLoadedByItsFirstRequestAndAnswersAsAlone() throws Exception {
        String alone;
        try (TinyPool pool = new TinyPool(TinyPool.roomFor(1, a), TinyPool.model(b))) {
            alone = pool.answer("b");
        }
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(2, a), TinyPool.model(a), TinyPool.model(b))) {
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
            assertThat(pool.state("b")).isInstanceOf(ModelState.Unloaded.class);
            assertThat(pool.card("b").contextLength()).isEqualTo(512);
            assertThat(pool.card("b").abilities()).isEqualTo(pool.card("a").abilities());
            assertThat(pool.answer("b")).isEqualTo(alone).isNotEqualTo(pool.answer("a"));
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
        }
    }

    @Test
    void theModelUsedLongestAgoGivesWayAndAPinnedOneNever() throws Exception {
        try (TinyPool pool =
                new TinyPool(
                        TinyPool.roomFor(2, a),
                        TinyPool.model(a),
                        TinyPool.model(b),
                        TinyPool.model(c))) {
            pool.answer("b");
            pool.answer("a");
            pool.answer("c");
            assertThat(loaded(pool)).containsExactly("a", "c");
            pool.answer("b");
            assertThat(loaded(pool)).containsExactly("b", "c");
        }
        try (TinyPool pool =
                new TinyPool(
                        TinyPool.roomFor(2, a),
                        TinyPool.pinned(a),
                        TinyPool.model(b),
                        TinyPool.model(c))) {
            pool.answer("b");
            pool.answer("c");
            assertThat(loaded(pool)).containsExactly("a", "c");
            pool.answer("b");
            assertThat(loaded(pool)).containsExactly("a", "b");
        }
    }

    @Test
    void aModelInUseIsNotUnloadedAndGetsNoNewRequestsWhileAnotherWaits() throws Exception {
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(1, a), TinyPool.model(a), TinyPool.model(b))) {
            Answering inUse = pool.ask("a");
            Answering other = pool.ask("b");
            pool.await("b", ModelState.Loading.class);
            assertThat(other.completion().poll(Duration.ofMillis(300))).isEmpty();
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
            Answering late = pool.ask("a");
            assertThat(late.completion().poll(Duration.ofMillis(100))).isEmpty();
            assertThat(TinyPool.text(inUse)).isNotEmpty();
            inUse.close();
            assertThat(TinyPool.text(other)).isNotEmpty();
            assertThat(loaded(pool)).containsExactly("b");
            other.close();
            assertThat(TinyPool.text(late)).isNotEmpty();
            late.close();
            assertThat(loaded(pool)).containsExactly("a");
        }
    }

    @Test
    void modelsThatFitTogetherWithASmallerCacheGetThat() throws Exception {
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(1.99, a), TinyPool.model(a), TinyPool.model(b))) {
            assertThat(pool.card("b").contextLength()).isEqualTo(512);
            assertThat(pool.answer("b")).isNotEmpty();
            assertThat(loaded(pool)).containsExactly("a", "b");
            assertThat(pool.pool.plans().values())
                    .allSatisfy(
                            plan -> assertThat(plan.totalBytes()).isEqualTo(plan.compactBytes()));
        }
    }

    @Test
    void whatCanNeverFitIsRefusedWithTheSum() throws Exception {
        assertThatThrownBy(() -> new TinyPool(TinyPool.roomFor(0.5, a), TinyPool.model(a)).close())
                .isInstanceOf(UnloadableModelException.class)
                .cause()
                .isInstanceOf(ModelException.class)
                .hasMessageMatching(sum());
        Path small = TinyPool.write(folder, "small.gguf", 4);
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(1.5, a), TinyPool.pinned(small), TinyPool.model(b))) {
            assertThat(pool.state("b"))
                    .isInstanceOfSatisfying(
                            ModelState.Failed.class,
                            failed -> assertThat(failed.reason()).matches(".*" + sum()));
            refused(() -> pool.answer("b"), ErrorCode.UNAVAILABLE, ".*" + sum() + ".*");
            assertThat(pool.answer("small")).isNotEmpty();
        }
    }

    private static String sum() {
        return "not enough memory: needs \\d+ MiB \\(weights \\d+ MiB \\+ buffers \\d+ MiB \\+ a context of"
                + " 512 tokens \\d+ MiB\\), available are \\d+ MiB; use a smaller model or a smaller context";
    }

    @Test
    void aModelWithoutRequestsIsUnloadedAfterAWhile() throws Exception {
        PoolSettings room = TinyPool.roomFor(3, a);
        PoolSettings brief =
                new PoolSettings(
                        room.budgetBytes(),
                        TinyPool.LONG,
                        Optional.of(Duration.ofMillis(50)),
                        TinyPool.SOON,
                        TinyPool.SOON,
                        8);
        try (TinyPool pool = new TinyPool(brief, TinyPool.pinned(a), TinyPool.model(b))) {
            Answering inUse = pool.ask("b");
            TinyPool.text(inUse);
            assertThat(inUse.completion().poll(Duration.ofMillis(200))).isEmpty();
            assertThat(pool.state("b")).isInstanceOf(ModelState.Loaded.class);
            inUse.close();
            pool.await("b", ModelState.Unloaded.class);
            assertThat(pool.state("a")).isInstanceOf(ModelState.Loaded.class);
            assertThat(pool.answer("b")).isNotEmpty();
        }
    }

    @Test
    void manyRequestsForOneModelLoadItOnce() throws Exception {
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(2, a), TinyPool.model(a), TinyPool.model(b))) {
            pool.hold();
            List<Answering> waiting = List.of(pool.ask("b"), pool.ask("b"), pool.ask("b"));
            pool.await("b", ModelState.Loading.class);
            long before = engines();
            pool.release();
            for (Answering each : waiting) {
                assertThat(TinyPool.text(each)).isNotEmpty();
                each.close();
            }
            assertThat(engines()).isEqualTo(before + 1);
        }
    }

    private static long engines() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("tramontane-engine"))
                .count();
    }

    @Test
    void aRequestThatLeavesGivesItsPlaceAndAModelThatNobodyWaitsForIsNotLoaded() throws Exception {
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(1, a), TinyPool.model(a), TinyPool.model(b))) {
            Answering inUse = pool.ask("a");
            for (int round = 0; round < 3; round++) {
                List<Answering> waiting = new java.util.ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    waiting.add(pool.ask("b"));
                }
                refused(
                        () -> pool.ask("b"),
                        ErrorCode.RATE_LIMITED,
                        "The server is busy: 8 requests wait for models to be loaded.");
                waiting.forEach(Answering::close);
            }
            pool.await("b", ModelState.Unloaded.class);
            inUse.close();
            assertThat(loaded(pool)).containsExactly("a");
        }
    }

    @Test
    void aRequestThatWaitedTooLongIsToldWhenToTryAgain() throws Exception {
        PoolSettings room = TinyPool.roomFor(1, a);
        for (Duration wait : List.of(Duration.ZERO, Duration.ofMillis(50))) {
            PoolSettings settings =
                    new PoolSettings(
                            room.budgetBytes(),
                            wait,
                            Optional.empty(),
                            TinyPool.LONG,
                            TinyPool.SOON,
                            8);
            try (TinyPool pool = new TinyPool(settings, TinyPool.model(a), TinyPool.model(b))) {
                Answering inUse = pool.ask("a");
                refused(
                        () -> pool.answer("b"),
                        ErrorCode.UNAVAILABLE,
                        "Model b waits to be loaded until other models leave it memory. Try again in 1 s.");
                inUse.close();
                if (wait.isZero()) {
                    // The refused request has caused the load, so that the next one finds it.
                    pool.await("b", ModelState.Loaded.class);
                    assertThat(pool.answer("b")).isNotEmpty();
                }
            }
        }
    }

    @Test
    void anInspectionLoadsNothing() throws Exception {
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(2, a), TinyPool.model(a), TinyPool.model(b))) {
            ChatCompletionRequest request =
                    ChatCompletionRequest.parse(
                            JsonBody.parse(
                                    "{\"model\":\"b\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"
                                            .getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                            FieldSet.MISTRAL);
            Inspection unloaded = pool.pool.inspect(pool.card("b"), request, Caller.LOCAL);
            assertThat(unloaded.prompt()).isEmpty();
            assertThat(unloaded.refusal().orElseThrow()).hasMessageContaining("b is not loaded");
            assertThat(pool.state("b")).isInstanceOf(ModelState.Unloaded.class);
            pool.answer("b");
            assertThat(pool.pool.inspect(pool.card("b"), request, Caller.LOCAL).prompt())
                    .isPresent();
        }
    }

    @Test
    void closingRefusesWhatWaits() throws Exception {
        TinyPool pool = new TinyPool(TinyPool.roomFor(1, a), TinyPool.model(a), TinyPool.model(b));
        Answering inUse = pool.ask("a", 400);
        Answering waiting = pool.ask("b");
        pool.pool.endAnswers();
        refused(
                () -> TinyPool.text(inUse),
                ErrorCode.UNAVAILABLE,
                ".*the server is shutting down.");
        refused(
                () -> TinyPool.text(waiting),
                ErrorCode.UNAVAILABLE,
                ".*the server is shutting down.");
        refused(() -> pool.ask("b"), ErrorCode.UNAVAILABLE, ".*the server is shutting down.");
        pool.close();
    }

    private static List<String> loaded(TinyPool pool) {
        return pool.pool.models().stream()
                .filter(card -> pool.pool.state(card) instanceof ModelState.Loaded)
                .map(card -> card.id())
                .toList();
    }

    static void refused(ThrowingCallable call, ErrorCode code, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class, refusal -> assertThat(refusal.code()).isEqualTo(code))
                .hasMessageMatching(message);
    }
}
