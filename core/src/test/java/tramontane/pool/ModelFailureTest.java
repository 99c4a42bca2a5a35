package tramontane.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.backend.ModelState;
import tramontane.completion.Answering;
import tramontane.gguf.GgufException;

/** Models that cannot be read or loaded, and engines that fail, among others that work. */
class ModelFailureTest {
    @TempDir Path folder;
    private Path a;
    private Path b;

    @BeforeEach
    void write() {
        a = TinyPool.write(folder, "a.gguf", 1);
        b = TinyPool.write(folder, "b.gguf", 2);
    }

    /** Waits for ever after a failure, as far as the test is concerned. */
    private PoolSettings noRetry() throws Exception {
        return new PoolSettings(
                2 * TinyPool.bytes(a),
                TinyPool.LONG,
                Optional.empty(),
                TinyPool.SOON,
                PoolSettings.MAX_RETRY,
                8);
    }

    @Test
    void aDamagedFileFailsItsOwnRequestsAndServesOnceItIsRepaired() throws Exception {
        byte[] whole = Files.readAllBytes(b);
        PooledModel[] models = {TinyPool.model(a), TinyPool.model(b)};
        Files.write(b, new byte[] {'G', 'G', 'U', 'F', 9});
        try (TinyPool pool = new TinyPool(noRetry(), models)) {
            assertThat(pool.state("b")).isInstanceOf(ModelState.Failed.class);
            assertThat(pool.card("b").isKnown()).isFalse();
            assertThatThrownBy(() -> pool.answer("b"))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            refusal -> {
                                assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                                assertThat(refusal.retryAfter())
                                        .hasValueSatisfying(wait ->
                                                assertThat(wait)
                                                        .isBetween(
                                                                Duration.ofMinutes(4),
                                                                Duration.ofMinutes(5)));
                            })
                    .hasMessageMatching(
                            "Model b cannot answer, because it cannot be loaded: version: .*. Try again in \\d+ s.")
                    .hasMessageNotContaining(folder.toString());
            assertThat(pool.answer("a")).isNotEmpty();
            assertThat(pool.pool.failure()).isEmpty();
        }
        try (TinyPool pool = new TinyPool(TinyPool.roomFor(2, a), models)) {
            assertThat(pool.card("b").isKnown()).isFalse();
            Files.write(b, whole);
            // No request is needed for the file to be read again.
            pool.await("b", ModelState.Unloaded.class);
            assertThat(pool.card("b").contextLength()).isEqualTo(512);
            assertThat(pool.answer("b")).isNotEmpty();
        }
    }

    @Test
    void aFileThatShrinksBeforeItIsLoadedFailsItsRequests() throws Exception {
        try (TinyPool pool = new TinyPool(noRetry(), TinyPool.model(a), TinyPool.model(b))) {
            try (RandomAccessFile file = new RandomAccessFile(b.toFile(), "rw")) {
                file.setLength(file.length() / 2);
            }
            ModelPoolTest.refused(
                    () -> pool.answer("b"), ErrorCode.UNAVAILABLE, "Model b cannot answer, .*");
            assertThat(pool.state("b")).isInstanceOf(ModelState.Failed.class);
            assertThat(pool.answer("a")).isNotEmpty();
        }
    }

    @Test
    void aFileThatShrinksWhileItIsLoadedFailsItsRequests() throws Exception {
        try (TinyPool pool = new TinyPool(noRetry(), TinyPool.model(a), TinyPool.model(b))) {
            pool.hold();
            Answering waiting = pool.ask("b");
            pool.await("b", ModelState.Loading.class);
            // The loader has the header, and waits for the kernels before it reads the weights.
            while (!pool.isHeld()) {
                Thread.sleep(2);
            }
            try (RandomAccessFile file = new RandomAccessFile(b.toFile(), "rw")) {
                file.setLength(file.length() / 2);
            }
            pool.release();
            ModelPoolTest.refused(
                    () -> TinyPool.text(waiting),
                    ErrorCode.UNAVAILABLE,
                    "Model b cannot answer, because it cannot be loaded: b.gguf: changed while it was being read; .*");
            waiting.close();
            assertThat(pool.answer("a")).isNotEmpty();
        }
    }

    @Test
    void aReplacedFileIsLoadedAsItIsNow() throws Exception {
        String first;
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(1, a), TinyPool.model(a), TinyPool.model(b))) {
            first = pool.answer("b");
            pool.answer("a");
            Path other = TinyPool.write(folder, "other", 5);
            Files.move(other, b, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(pool.answer("b")).isNotEqualTo(first);
        }
    }

    @Test
    void anEngineThatFailsComesBackAndTheOthersRunOn() throws Exception {
        try (TinyPool pool =
                new TinyPool(TinyPool.roomFor(2, a), TinyPool.model(a), TinyPool.model(b))) {
            String before = pool.answer("b");
            String other = pool.answer("a");
            pool.kernels.breaks = true;
            ModelPoolTest.refused(
                    () -> pool.answer("b"),
                    ErrorCode.UNAVAILABLE,
                    "The answer could not be finished: the engine failed: java.lang.OutOfMemoryError: no more.");
            assertThat(pool.answer("a")).isEqualTo(other);
            assertThat(answerOnceItIsBack(pool, "b")).isEqualTo(before);
            pool.kernels.breaks = true;
            ModelPoolTest.refused(
                    () -> pool.answer("a"), ErrorCode.UNAVAILABLE, ".*engine failed.*");
            // The first model is loaded again without a request.
            pool.await("a", ModelState.Loaded.class);
            assertThat(pool.answer("a")).isEqualTo(other);
        }
    }

    private static String answerOnceItIsBack(TinyPool pool, String model)
            throws InterruptedException {
        while (true) {
            try {
                return pool.answer(model);
            } catch (ApiException notYet) {
                Thread.sleep(1);
            }
        }
    }

    @Test
    void aFailedModelIsRefusedAtOnceUntilItIsTriedAgain() throws Exception {
        try (TinyPool pool = new TinyPool(noRetry(), TinyPool.model(a), TinyPool.model(b))) {
            pool.answer("b");
            for (String model : new String[] {"a", "b"}) {
                pool.kernels.breaks = true;
                ModelPoolTest.refused(
                        () -> pool.answer(model), ErrorCode.UNAVAILABLE, ".*engine failed.*");
                pool.await(model, ModelState.Failed.class);
                ModelPoolTest.refused(
                        () -> pool.ask(model),
                        ErrorCode.UNAVAILABLE,
                        "Model "
                                + model
                                + " cannot answer, because the engine failed: .* Try again in \\d+ s.");
            }
            assertThat(pool.pool.failure().orElseThrow())
                    .matches("a: the engine failed: .*; b: the engine failed: .*");
        }
    }

    @Test
    void theWaitAfterFailuresDoublesUpToALimit() throws Exception {
        PoolSettings settings = new PoolSettings(1, TinyPool.LONG, Optional.empty());
        assertThat(settings.retryAfter(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.retryAfter(2)).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.retryAfter(5)).isEqualTo(Duration.ofSeconds(16));
        assertThat(settings.retryAfter(1000)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aDamagedFirstModelIsRefusedAtStart() throws Exception {
        PoolSettings settings = noRetry();
        Files.write(a, new byte[100]);
        assertThatThrownBy(
                        () -> new TinyPool(settings, TinyPool.model(a), TinyPool.model(b)).close())
                .isInstanceOf(UnloadableModelException.class)
                .hasCauseInstanceOf(GgufException.class);
    }
}
