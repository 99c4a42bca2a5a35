package tramontane.completion;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Machine;
import tramontane.kernel.choice.KernelChoice;

/** Completions of tiny models, with a clock that stands still and chance from a seed. */
final class TinyCompletions {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000));

    private TinyCompletions() {}

    static Machine machine() {
        return new Machine(2, 4L << 30, () -> KernelChoice.of(""), CLOCK);
    }

    static Completions of(Backend backend) {
        return new Completions(
                new ModelNames(backend::models, () -> true),
                backend,
                new Environment(CLOCK, System::nanoTime, new Random(7)));
    }

    static ObjectNode whole(Completions completions, JsonNode body)
            throws ApiException, InterruptedException {
        try (Answering answering = completions.chat(body, Caller.LOCAL)) {
            WholeAnswer answer = answering.whole();
            while (true) {
                Optional<CompletionEvent> event =
                        answering.completion().poll(Duration.ofSeconds(1));
                Optional<ObjectNode> whole =
                        event.isPresent() ? answer.take(event.get()) : Optional.empty();
                if (whole.isPresent()) {
                    return whole.get();
                }
            }
        }
    }
}
