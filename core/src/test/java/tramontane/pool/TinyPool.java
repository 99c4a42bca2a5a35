package tramontane.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.ModelState;
import tramontane.backend.RunOptions;
import tramontane.completion.Answering;
import tramontane.completion.Completions;
import tramontane.completion.Environment;
import tramontane.completion.ModelNames;
import tramontane.completion.WholeAnswer;
import tramontane.kernel.Kernels;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** A pool of tiny models, whose loading and whose engines the test can disturb. */
final class TinyPool implements AutoCloseable {
    static final RunOptions OPTIONS =
            new RunOptions(Optional.of(1), Optional.of(512), Optional.of(2));
    static final Duration LONG = Duration.ofMinutes(10);
    static final Duration SOON = Duration.ofMillis(1);

    static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000));

    /** Fails once after it was told to. */
    static final class Brittle extends ScalarKernels {
        volatile boolean breaks;

        @Override
        public void add(MemorySegment x, MemorySegment y, long count) {
            if (breaks) {
                breaks = false;
                throw new OutOfMemoryError("no more");
            }
            super.add(x, y, count);
        }
    }

    final Brittle kernels = new Brittle();
    final ModelPool pool;
    final Completions completions;

    /** While present, each read of a header and each load waits for it. */
    private static final class Gate implements Supplier<Kernels> {
        final Kernels kernels;
        private volatile Optional<CountDownLatch> latch = Optional.empty();

        volatile boolean held;

        Gate(Kernels kernels) {
            this.kernels = kernels;
        }

        @Override
        public Kernels get() {
            try {
                Optional<CountDownLatch> closed = latch;
                if (closed.isPresent()) {
                    held = true;
                    closed.get().await();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return kernels;
        }
    }

    private final Gate gate = new Gate(kernels);

    TinyPool(PoolSettings settings, PooledModel... models) throws UnloadableModelException {
        pool = ModelPool.open(List.of(models), OPTIONS, settings, machine(0, gate));
        completions =
                new Completions(
                        new ModelNames(pool::models, () -> true),
                        pool,
                        new Environment(CLOCK, System::nanoTime, new Random(7)));
    }

    private static Machine machine(long bytes, Supplier<Kernels> kernels) {
        return new Machine(2, bytes, kernels, CLOCK);
    }

    /** Room for so many tiny models. */
    static PoolSettings roomFor(double models, Path one) throws IOException {
        return new PoolSettings(
                (long) (models * bytes(one)), LONG, Optional.empty(), SOON, SOON, 8);
    }

    /** The memory that a model takes. */
    static long bytes(Path file) throws IOException {
        return ModelBackend.outline(
                        file,
                        new ModelCard.Names("any", List.of()),
                        OPTIONS,
                        machine(1L << 40, ScalarKernels::new))
                .memory()
                .totalBytes();
    }

    static Path write(Path folder, String name, long seed) {
        return TinyModel.of(Architecture.LLAMA).withSeed(seed).write(folder.resolve(name));
    }

    static PooledModel model(Path file) {
        return new PooledModel(name(file), file, false);
    }

    static PooledModel pinned(Path file) {
        return new PooledModel(name(file), file, true);
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".gguf", "");
    }

    /** Holds back every load until {@link #release}. */
    void hold() {
        gate.latch = Optional.of(new CountDownLatch(1));
    }

    /** True once the loader waits. */
    boolean isHeld() {
        return gate.held;
    }

    void release() {
        gate.held = false;
        gate.latch.ifPresent(CountDownLatch::countDown);
        gate.latch = Optional.empty();
    }

    /** Starts an answer of 12 tokens. */
    Answering ask(String model) throws ApiException {
        return ask(model, 12);
    }

    Answering ask(String model, int tokens) throws ApiException {
        String body =
                "{'model':'%s','random_seed':3,'max_tokens':%d,'min_tokens':%d,'messages':[{'role':'user','content':'Hi'}]}"
                        .formatted(model, tokens, tokens);
        return completions.chat(
                JsonBody.parse(body.replace('\'', '"').getBytes(UTF_8)), Caller.LOCAL);
    }

    /** The text of a whole answer. */
    String answer(String model) throws ApiException, InterruptedException {
        try (Answering answering = ask(model)) {
            return text(answering);
        }
    }

    static String text(Answering answering) throws ApiException, InterruptedException {
        WholeAnswer answer = answering.whole();
        while (true) {
            Optional<CompletionEvent> event = answering.completion().poll(Duration.ofMillis(100));
            Optional<ObjectNode> whole =
                    event.isPresent() ? answer.take(event.get()) : Optional.empty();
            if (whole.isPresent()) {
                return whole.get().at("/choices/0/message/content").stringValue();
            }
        }
    }

    ModelState state(String model) {
        return pool.state(card(model));
    }

    ModelCard card(String model) {
        return pool.models().stream()
                .filter(each -> each.id().equals(model))
                .findFirst()
                .orElseThrow();
    }

    void await(String model, Class<? extends ModelState> state) throws InterruptedException {
        while (!state.isInstance(state(model))) {
            Thread.sleep(2);
        }
    }

    @Override
    public void close() {
        release();
        pool.close();
    }
}
