import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import tramontane.engine.FinishReason;
import tramontane.engine.Generation;
import tramontane.engine.GenerationEvent;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

/**
 * Prints sampled answers of tiny models with the bits of every logprob, so that two machines can be
 * compared with diff.
 *
 * <pre>
 * SampledAnswers write FOLDER             writes the models
 * SampledAnswers answer FOLDER KERNELS THREADS
 *                                         prints their answers; KERNELS as for --kernels, "" for the fastest
 * </pre>
 */
final class SampledAnswers {
    private static final int PROMPT_TOKENS = 12;
    private static final int ANSWER_TOKENS = 8;
    private static final int CHOICES = 2;
    private static final int TOP_LOGPROBS = 5;

    private SampledAnswers() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createDirectories(Path.of(args[1]));
        if (args[0].equals("write")) {
            write(folder);
        } else {
            answer(folder, args[2], Integer.parseInt(args[3]));
        }
    }

    private static void write(Path folder) throws IOException {
        Architecture[] architectures = Architecture.values();
        WeightFormat[] formats = WeightFormat.values();
        for (int i = 0; i < formats.length; i++) {
            TinyModel model = TinyModel.of(architectures[i % architectures.length]);
            model.withFormat(formats[i]).write(folder.resolve(formats[i] + ".gguf"));
        }
    }

    private static void answer(Path folder, String kernels, int threads) throws Exception {
        List<Path> files;
        try (var list = Files.list(folder)) {
            files = list.sorted().toList();
        }
        for (Path file : files) {
            var options =
                    new LoadedModel.Options(() -> KernelChoice.of(kernels), threads, 128, 4, 1L << 30);
            try (LoadedModel model = LoadedModel.load(file, options)) {
                System.err.printf("%s with %s kernels%n", file.getFileName(), model.kernels().name());
                System.out.println(file.getFileName());
                print(model.engine().submit(request()));
            }
        }
    }

    private static GenerationRequest request() {
        return new GenerationRequest(
                IntStream.range(0, PROMPT_TOKENS).map(i -> 300 + i * 37 % 200).toArray(),
                new GenerationRequest.Length(ANSWER_TOKENS, ANSWER_TOKENS, FinishReason.LENGTH),
                new SamplingParams(0.8, 0.95, 7, 0, 0),
                CHOICES,
                new GenerationRequest.Guidance(Optional.empty(), new int[0]),
                new WantedLogprobs(OptionalInt.of(TOP_LOGPROBS), OptionalInt.of(0)),
                new GenerationRequest.Owner("test", ""));
    }

    /** Choices run at the same time, so their tokens are collected and printed one after the other. */
    private static void print(Generation generation) throws InterruptedException {
        StringBuilder prompt = new StringBuilder();
        StringBuilder[] choices = new StringBuilder[CHOICES];
        Arrays.setAll(choices, choice -> new StringBuilder());
        for (int running = CHOICES; running > 0; ) {
            switch (generation.poll(Duration.ofMinutes(10)).orElseThrow()) {
                case GenerationEvent.PromptScored(var logprobs) ->
                        logprobs.forEach(each -> append(prompt, "prompt", each));
                case GenerationEvent.Token(int choice, int token, var logprobs) ->
                        append(choices[choice], "choice " + choice, logprobs.orElseThrow());
                case GenerationEvent.Finished finished -> running--;
                case GenerationEvent.Failed(String reason) -> throw new IllegalStateException(reason);
            }
        }
        System.out.print(prompt);
        for (StringBuilder choice : choices) {
            System.out.print(choice);
        }
    }

    private static void append(StringBuilder out, String label, TokenLogprobs token) {
        out.append("%s: %d %08x".formatted(label, token.token(), Float.floatToIntBits(token.logprob())));
        for (int i = 0; i < token.topTokens().length; i++) {
            int bits = Float.floatToIntBits(token.topLogprobs()[i]);
            out.append(" %d=%08x".formatted(token.topTokens()[i], bits));
        }
        out.append('\n');
    }
}
