package tramontane.completion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Machine;
import tramontane.backend.Projectors;
import tramontane.backend.RunOptions;
import tramontane.chat.TemplateSource;
import tramontane.kernel.choice.KernelChoice;
import tramontane.packed.PackedPlace;

/** Completions of tiny models, with a clock that stands still and chance from a seed. */
final class TinyCompletions {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000));

    private TinyCompletions() {}

    static Machine machine() {
        return new Machine(2, 4L << 30, () -> KernelChoice.of(""), CLOCK);
    }

    static RunOptions options(Projectors projectors) {
        return new RunOptions(
                Optional.of(2),
                Optional.of(512),
                Optional.of(2),
                new TemplateSource.OfModel(),
                projectors,
                Map.of(),
                new PackedPlace.Off());
    }

    /** A chunk of a message with a picture of the golden files. */
    static String imageChunk(String name) throws IOException {
        return "{'type':'image_url','image_url':'" + image(name) + "'}";
    }

    /** A picture of the golden files as a data URL. */
    static String image(String name) throws IOException {
        byte[] file = Files.readAllBytes(Path.of("src/test/golden/image/files", name));
        return "data:image/any;base64," + Base64.getEncoder().encodeToString(file);
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
