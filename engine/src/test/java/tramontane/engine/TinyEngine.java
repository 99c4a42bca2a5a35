package tramontane.engine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import tramontane.draft.DraftModel;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;
import tramontane.model.ModelConfig;
import tramontane.model.WeightSource;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;
import tramontane.token.Tokenizer;

/** An engine that runs a tiny random model. */
final class TinyEngine implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Path path;
    private final GgufFile file;
    private final Workers workers;
    final Tokenizer tokenizer;
    final Engine engine;

    /** Only one token ends an answer, so most answers are long. */
    TinyEngine(TinyModel model, Kernels kernels, int threads, EngineLimits limits)
            throws IOException {
        this(
                model,
                kernels,
                threads,
                limits,
                Optional.of(token -> token == TinyVocabulary.END_OF_TEXT));
    }

    /**
     * @param endsAnswer true for end tokens; empty for those of the tokenizer
     */
    TinyEngine(
            TinyModel model,
            Kernels kernels,
            int threads,
            EngineLimits limits,
            Optional<IntPredicate> endsAnswer)
            throws IOException {
        path = Files.createTempFile("tiny", ".gguf");
        file = GgufFile.open(model.write(path));
        tokenizer = Tokenizer.from(file.metadata());
        workers = new Workers(threads);
        EngineParts parts =
                EngineParts.load(
                        WeightSource.of(file), ModelConfig.of(file), kernels, workers, arena);
        engine = parts.start(limits, endsAnswer.orElse(tokenizer::isEndOfGeneration));
    }

    /**
     * With a draft model, and the end tokens of the tokenizer.
     *
     * @param draft the file of the draft model
     */
    TinyEngine(TinyModel model, Kernels kernels, int threads, EngineLimits limits, Path draft)
            throws IOException {
        path = Files.createTempFile("tiny", ".gguf");
        file = GgufFile.open(model.write(path));
        tokenizer = Tokenizer.from(file.metadata());
        workers = new Workers(threads);
        IntPredicate ends = tokenizer::isEndOfGeneration;
        EngineParts parts =
                EngineParts.load(
                        WeightSource.of(file), ModelConfig.of(file), kernels, workers, arena);
        try (DraftFile small = DraftFile.open(draft, file)) {
            DraftModel drafts =
                    small.load(WeightSource.of(small.file()), parts, limits.context(), ends);
            engine = parts.start(limits, ends, Optional.of(drafts));
        }
    }

    static EngineLimits limits(int blocks, int stepTokens) {
        return new EngineLimits(
                512, blocks, 24, stepTokens, Math.max(1, stepTokens / 4), 256, 1 << 20);
    }

    static GenerationRequest request(int[] prompt, int maxTokens, SamplingParams sampling) {
        return request(prompt, maxTokens, sampling, 1, new int[0], "");
    }

    static GenerationRequest request(
            int[] prompt,
            int maxTokens,
            SamplingParams sampling,
            int choices,
            int[] prediction,
            String cacheKey) {
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(maxTokens, 0, FinishReason.LENGTH),
                sampling,
                choices,
                new GenerationRequest.Guidance(Optional.empty(), prediction),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", cacheKey));
    }

    List<Integer> answer(GenerationRequest request) throws Exception {
        return answer(engine.submit(request)).getFirst();
    }

    /** Waits for all choices. A failure of the engine fails the test. */
    static List<List<Integer>> answer(Generation generation) throws InterruptedException {
        List<List<Integer>> answers = new ArrayList<>();
        int open = generation.request().choices();
        for (int choice = 0; choice < open; choice++) {
            answers.add(new ArrayList<>());
        }
        while (open > 0) {
            switch (generation.poll(Duration.ofMinutes(5)).orElseThrow()) {
                case GenerationEvent.PromptScored scored -> {}
                case GenerationEvent.Token(int choice, int token, var logprobs) ->
                        answers.get(choice).add(token);
                case GenerationEvent.Finished finished -> open--;
                case GenerationEvent.Failed(String reason) -> throw new AssertionError(reason);
            }
        }
        return answers;
    }

    @Override
    public void close() throws IOException {
        engine.close();
        workers.close();
        file.close();
        arena.close();
        Files.delete(path);
    }
}
