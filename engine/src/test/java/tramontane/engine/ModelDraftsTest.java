package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.chat.TemplateSource;
import tramontane.gguf.GgufFile;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.kernel.choice.KernelChoice;
import tramontane.model.ModelException;
import tramontane.packed.PackedPlace;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/**
 * An engine with a draft model gives the answers of one without, and sooner. {@code
 * -Dtramontane.draft.requests=24} compares more answers.
 */
class ModelDraftsTest {
    private static final TinyModel SMALL = TinyModel.of(Architecture.LLAMA);

    /** Computes what the small model computes, and takes many times as long. */
    private static final TinyModel LARGE = SMALL.withIdleLayers(40);

    private static final int ANSWER = 100;
    private static final int REQUESTS = Integer.getInteger("tramontane.draft.requests", 10);

    @TempDir private Path folder;

    private static int[] prompt(int seed) {
        Random random = new Random(seed);
        return random.ints(10 + random.nextInt(150), 0, TinyVocabulary.END_OF_TEXT).toArray();
    }

    /** Greedy and sampled, with penalties, several choices and predictions. */
    private static GenerationRequest request(int seed) {
        Random random = new Random(seed);
        double temperature = random.nextBoolean() ? 0 : 1.5;
        double penalty = random.nextInt(3) == 0 ? 0.5 : 0;
        SamplingParams sampling =
                new SamplingParams(
                        temperature,
                        random.nextBoolean() ? 1 : 0.9,
                        random.nextInt(3) == 0 ? 20 : 0,
                        seed,
                        new SamplingParams.Penalties(penalty, penalty, 1 + penalty));
        int[] prediction = random.nextInt(4) == 0 ? prompt(seed + 1) : new int[0];
        return TinyEngine.request(
                prompt(seed), ANSWER, sampling, 1 + random.nextInt(2), prediction, "");
    }

    private static List<List<List<Integer>>> answers(TinyEngine tiny, boolean together)
            throws Exception {
        List<List<List<Integer>>> answers = new ArrayList<>();
        List<Generation> running = new ArrayList<>();
        for (int seed = 0; seed < REQUESTS; seed++) {
            Generation generation = tiny.engine.submit(request(seed));
            if (together) {
                running.add(generation);
            } else {
                answers.add(TinyEngine.answer(generation));
            }
        }
        for (Generation generation : running) {
            answers.add(TinyEngine.answer(generation));
        }
        return answers;
    }

    @Test
    void answersAreThoseWithoutADraftModel() throws Exception {
        Path right = SMALL.write(folder.resolve("right.gguf"));
        Path wrong = SMALL.withSeed(9).write(folder.resolve("wrong.gguf"));
        List<List<List<Integer>>> expected;
        try (TinyEngine plain =
                new TinyEngine(
                        LARGE,
                        KernelChoice.of(""),
                        2,
                        TinyEngine.limits(600, 64),
                        Optional.empty())) {
            expected = answers(plain, false);
        }
        for (Path draft : List.of(right, wrong)) {
            // With few blocks, sequences are preempted and start again.
            for (int blocks : new int[] {600, 40}) {
                EngineLimits limits = TinyEngine.limits(blocks, 64);
                try (TinyEngine tiny =
                        new TinyEngine(LARGE, KernelChoice.of(""), 2, limits, draft)) {
                    assertThat(answers(tiny, false)).isEqualTo(expected);
                    assertThat(answers(tiny, true)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void constrainedAnswersAreThoseWithoutADraftModel() throws Exception {
        Path draft = SMALL.write(folder.resolve("draft.gguf"));
        EngineLimits limits = TinyEngine.limits(600, 64);
        try (TinyEngine plain =
                        new TinyEngine(LARGE, KernelChoice.of(""), 2, limits, Optional.empty());
                TinyEngine drafted = new TinyEngine(LARGE, KernelChoice.of(""), 2, limits, draft)) {
            for (int seed = 0; seed < REQUESTS / 2; seed++) {
                assertThat(drafted.answer(constrained(drafted, seed)))
                        .isEqualTo(plain.answer(constrained(plain, seed)));
            }
        }
    }

    /** A list of long strings, of which nearly every token is free. */
    private static GenerationRequest constrained(TinyEngine tiny, int seed) throws Exception {
        Map<String, Object> schema =
                Map.of("type", "array", "minItems", 2, "items", Map.of("type", "string"));
        return new GenerationRequest(
                prompt(seed),
                new GenerationRequest.Length(ANSWER, 0, FinishReason.LENGTH),
                new SamplingParams(seed % 2, 1, seed, 0, 0),
                1,
                new GenerationRequest.Guidance(
                        Optional.of(
                                new GrammarCompiler(tiny.tokenizer)
                                        .compile(new Grammar.Json(JsonSchema.compile(schema)))),
                        new int[0]),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", ""));
    }

    @Test
    void aModelThatAgreesIsUsed() throws Exception {
        Path draft = SMALL.write(folder.resolve("draft.gguf"));
        SamplingParams sampling = new SamplingParams(1, 1, 3, 0, 0);
        try (TinyEngine tiny =
                new TinyEngine(LARGE, KernelChoice.of(""), 1, TinyEngine.limits(64, 64), draft)) {
            int accepted = 0;
            // How often it drafts depends on measured times, so on what else the machine does.
            for (int round = 0; accepted < ANSWER && round < 1000; round++) {
                Generation generation =
                        tiny.engine.submit(TinyEngine.request(prompt(round), ANSWER, sampling));
                TinyEngine.answer(generation);
                accepted += generation.counts().acceptedDrafts();
            }
            assertThat(accepted).isGreaterThanOrEqualTo(ANSWER);
        }
    }

    private static LoadedModel.Options options(long available, Path draft) {
        return options(1024, available, draft);
    }

    private static LoadedModel.Options options(int context, long available, Path draft) {
        return new LoadedModel.Options(
                () -> KernelChoice.of(""),
                1,
                context,
                4,
                available,
                new TemplateSource.OfModel(),
                new LoadedModel.Beside(new PackedPlace.Off(), Optional.of(draft)));
    }

    @Test
    void itsMemoryIsPlanned() {
        Path large = LARGE.write(folder.resolve("large.gguf"));
        Path draft = SMALL.write(folder.resolve("draft.gguf"));
        long with;
        try (LoadedModel model = LoadedModel.load(large, options(1L << 30, draft))) {
            with = model.plan().compactBytes();
        }
        var plain = new LoadedModel.Options(() -> KernelChoice.of(""), 1, 1024, 4, 1L << 30);
        try (LoadedModel model = LoadedModel.load(large, plain)) {
            assertThat(with).isGreaterThan(model.plan().compactBytes() + 500_000);
        }
        assertThatThrownBy(() -> LoadedModel.load(large, options(with - 1, draft)).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("+ draft model ")
                .hasMessageEndingWith(
                        "; it fits without the draft model: leave that out, or use a smaller model or"
                                + " a smaller context");
        LoadedModel.load(large, options(with, draft)).close();
        assertThatThrownBy(() -> LoadedModel.load(large, options(1 << 20, draft)).close())
                .hasMessageContaining("+ draft model ")
                .hasMessageEndingWith(
                        " available are 1 MiB; use a smaller model or a smaller context");
    }

    /** The draft model needs no longer context than the one that is left to the large model. */
    @Test
    void aContextThatIsReducedNeedsLessOfTheDraftModel() {
        Path large = SMALL.write(folder.resolve("large.gguf"));
        Path draft = SMALL.write(folder.resolve("draft.gguf"));
        long whole;
        long half;
        try (LoadedModel model =
                LoadedModel.load(large, options(TinyModel.CONTEXT, 1L << 30, draft))) {
            whole = model.plan().compactBytes();
        }
        try (LoadedModel model =
                LoadedModel.load(large, options(TinyModel.CONTEXT / 2, 1L << 30, draft))) {
            half = model.plan().compactBytes();
        }
        // A quarter of what the other half of the context needs: too little for the draft model's
        // half of it. Buffers of a step are planned for the model's own context.
        long available = half + (whole - half) / 4;
        try (LoadedModel model = LoadedModel.load(large, options(0, available, draft))) {
            assertThat(model.plan().context()).isEqualTo(TinyModel.CONTEXT / 2);
            long needed = model.plan().compactBytes();
            // What the pool does: the same plan with exactly this much.
            try (LoadedModel again = LoadedModel.load(large, options(0, needed, draft))) {
                assertThat(again.plan().context()).isEqualTo(TinyModel.CONTEXT / 2);
                assertThat(again.plan().totalBytes()).isEqualTo(needed);
            }
        }
    }

    /** A file with changed weights of another model may have all of its tensors. */
    @Test
    void anAdapterIsRefused() {
        Path large = LARGE.write(folder.resolve("large.gguf"));
        Path adapter = folder.resolve("adapter.gguf");
        SMALL.gguf().put("general.type", "adapter").write(adapter);
        refused(large, adapter, "it is an adapter, which changes another model and is none itself");
        SMALL.gguf().put("general.type", "model").write(adapter);
        LoadedModel.load(large, options(1L << 30, adapter)).close();
    }

    @Test
    void aModelWithOtherTokensIsRefused() {
        Path large = LARGE.write(folder.resolve("large.gguf"));
        Path other = folder.resolve("other-tokens.gguf");
        List<String> tokens =
                IntStream.range(0, TinyVocabulary.SIZE).mapToObj(i -> "other " + i).toList();
        SMALL.gguf().put("tokenizer.ggml.tokens", tokens).write(other);
        assertThatThrownBy(() -> LoadedModel.load(large, options(1L << 30, other)).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("other-tokens.gguf cannot draft for this model")
                .hasMessageContaining("token 0 is 'other 0', and in the model");
    }

    /** Its steps are measured at load, and none may be longer than its context. */
    @Test
    void aModelWithAShortContextDrafts() {
        Path large = LARGE.write(folder.resolve("large.gguf"));
        Path draft = folder.resolve("short.gguf");
        for (int context : new int[] {1, 8, 31}) {
            SMALL.gguf().put("llama.context_length", context).write(draft);
            LoadedModel.load(large, options(1L << 30, draft)).close();
        }
    }

    /** The large model's file is the one that is being loaded, and it is not the broken one. */
    @Test
    void aBrokenFileIsNamed() throws Exception {
        Path large = LARGE.write(folder.resolve("large.gguf"));
        Path draft = folder.resolve("draft.gguf");
        Files.writeString(draft, "no model");
        refused(large, draft, "magic: is not");
        SMALL.gguf().remove("tokenizer.ggml.tokens").write(draft);
        refused(large, draft, "tokenizer.ggml.tokens: is missing");
        SMALL.gguf().put("general.architecture", "other").write(draft);
        refused(large, draft, "other");
        SMALL.gguf().remove("llama.attention.head_count").write(draft);
        refused(large, draft, "llama.attention.head_count");
    }

    private void refused(Path large, Path draft, String reason) {
        assertThatThrownBy(() -> LoadedModel.load(large, options(1L << 30, draft)).close())
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith(draft + " cannot draft for this model: ")
                .hasMessageContaining(reason);
    }

    /** Its embedding would be read behind the end when the text has one of the others. */
    @Test
    void aModelWithoutWeightsForAllOfItsTokensIsRefused() {
        List<String> tokens =
                IntStream.range(0, TinyVocabulary.SIZE + 8).mapToObj(i -> "t" + i).toList();
        Path large = folder.resolve("large.gguf");
        SMALL.gguf().put("tokenizer.ggml.tokens", tokens).write(large);
        try (GgufFile file = GgufFile.open(large)) {
            assertThatThrownBy(() -> DraftFile.open(large, file).close())
                    .isInstanceOf(ModelException.class)
                    .hasMessageEndingWith("it lists 520 tokens, and has weights for 512");
        }
    }

    /** Four answers are too long for the draft model, and a fifth is not. */
    @Test
    void answersThatCannotBeDraftedTakeNoOthersPlace() throws Exception {
        Path draft = folder.resolve("short.gguf");
        SMALL.gguf().put("llama.context_length", 128).write(draft);
        SamplingParams sampling = new SamplingParams(1, 1, 3, 0, 0);
        int[] longPrompt = new Random(5).ints(200, 0, TinyVocabulary.END_OF_TEXT).toArray();
        try (TinyEngine tiny =
                new TinyEngine(LARGE, KernelChoice.of(""), 1, TinyEngine.limits(600, 64), draft)) {
            int accepted = 0;
            // How often it drafts depends on measured times, so on what else the machine does.
            for (int round = 0; accepted < 20 && round < 100; round++) {
                List<Generation> others = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Generation other =
                            tiny.engine.submit(TinyEngine.request(longPrompt, 300, sampling));
                    assertThat(other.poll(Duration.ofMinutes(5))).isPresent();
                    others.add(other);
                }
                Generation fifth =
                        tiny.engine.submit(
                                TinyEngine.request(new int[] {round, 1, 2}, ANSWER, sampling));
                TinyEngine.answer(fifth);
                // Text that repeats itself is drafted, too, but of so random a text never so much.
                accepted = fifth.counts().acceptedDrafts();
                others.forEach(Generation::cancel);
            }
            assertThat(accepted).isGreaterThanOrEqualTo(20);
        }
    }
}
