package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/** Logprobs come from the unmodified logits, and are the same for answers and prompts. */
class LogprobsTest {
    private static final TinyModel MODEL = TinyModel.of(Architecture.QWEN2);
    private static final SamplingParams SAMPLED =
            new SamplingParams(3, 0.95, 0, 7, new SamplingParams.Penalties(0.5, 0.25, 1.2));
    private static final int PLENTY = 600;

    /** The logprobs that one generation delivered. */
    private record Delivered(List<List<TokenLogprobs>> answers, List<TokenLogprobs> prompt) {
        int[] tokens(int choice) {
            return answers.get(choice).stream().mapToInt(TokenLogprobs::token).toArray();
        }

        List<String> spelled(int choice) {
            return answers.get(choice).stream().map(LogprobsTest::spell).toList();
        }
    }

    @Test
    void anAnswerHasTheSameLogprobsWhenItIsAPrompt() throws Exception {
        try (TinyEngine tiny = engine(PLENTY, 64)) {
            Delivered delivered = ask(tiny, prompt(), 40, 2, OptionalInt.of(3), OptionalInt.of(3));
            assertThat(delivered.prompt).hasSize(prompt().length - 1);
            for (int choice = 0; choice < 2; choice++) {
                int[] all = joined(prompt(), delivered.tokens(choice));
                Delivered again = ask(tiny, all, 0, 1, OptionalInt.empty(), OptionalInt.of(3));
                assertThat(again.answers.getFirst()).isEmpty();
                List<String> spelled = again.prompt.stream().map(LogprobsTest::spell).toList();
                assertThat(spelled.subList(0, prompt().length - 1))
                        .isEqualTo(delivered.prompt.stream().map(LogprobsTest::spell).toList());
                assertThat(spelled.subList(prompt().length - 1, all.length - 1))
                        .isEqualTo(delivered.spelled(choice));
            }
        }
    }

    @Test
    void penaltiesAndTemperatureChangeNoLogprobs() throws Exception {
        try (TinyEngine tiny = engine(PLENTY, 64)) {
            Delivered delivered =
                    ask(tiny, prompt(), 30, 1, OptionalInt.of(20), OptionalInt.empty());
            for (TokenLogprobs each : delivered.answers.getFirst()) {
                assertThat(each.topLogprobs()).hasSize(20);
                for (int i = 0; i < 20; i++) {
                    if (each.topTokens()[i] == each.token()) {
                        assertThat(each.topLogprobs()[i]).isEqualTo(each.logprob());
                    }
                }
            }
            assertThat(delivered.prompt).isEmpty();
        }
    }

    @Test
    void schedulingAndDraftsChangeNoLogprobs() throws Exception {
        Delivered alone;
        try (TinyEngine tiny = engine(PLENTY, 512)) {
            alone = ask(tiny, prompt(), 60, 1, OptionalInt.of(2), OptionalInt.of(2));
        }
        long preemptions = 0;
        for (int blocks : new int[] {512 / 16 + 1, PLENTY}) {
            for (int chunk : new int[] {1, 13, 512}) {
                try (TinyEngine tiny = engine(blocks, chunk)) {
                    List<Generation> others = new ArrayList<>();
                    for (int i = 0; i < 8; i++) {
                        others.add(
                                tiny.engine.submit(
                                        request(
                                                new Random(i).ints(60, 0, 500).toArray(),
                                                90,
                                                1,
                                                OptionalInt.empty(),
                                                OptionalInt.of(1),
                                                GenerationRequest.Guidance.NONE)));
                    }
                    GenerationRequest.Guidance predicted =
                            new GenerationRequest.Guidance(Optional.empty(), alone.tokens(0));
                    Delivered delivered =
                            read(
                                    tiny.engine.submit(
                                            request(
                                                    prompt(),
                                                    60,
                                                    1,
                                                    OptionalInt.of(2),
                                                    OptionalInt.of(2),
                                                    predicted)));
                    assertThat(delivered.spelled(0)).isEqualTo(alone.spelled(0));
                    assertThat(delivered.prompt.stream().map(LogprobsTest::spell))
                            .isEqualTo(alone.prompt.stream().map(LogprobsTest::spell).toList());
                    others.forEach(Generation::cancel);
                    preemptions += tiny.engine.load().preemptions();
                }
            }
        }
        assertThat(preemptions).isPositive();
    }

    @Test
    void forcedTokensHaveLogprobs() throws Exception {
        try (TinyEngine tiny = engine(PLENTY, 64)) {
            for (int seed = 0; seed < 6; seed++) {
                int[] question = new Random(seed).ints(20, 0, 500).toArray();
                GenerationRequest.Guidance guidance =
                        new GenerationRequest.Guidance(Optional.of(Nested.start()), new int[0]);
                Delivered scored =
                        read(
                                tiny.engine.submit(
                                        request(
                                                question,
                                                30,
                                                1,
                                                OptionalInt.of(0),
                                                OptionalInt.empty(),
                                                guidance)));
                List<Integer> plain =
                        tiny.answer(
                                request(
                                        question,
                                        30,
                                        1,
                                        OptionalInt.empty(),
                                        OptionalInt.empty(),
                                        guidance));
                assertThat(Arrays.stream(scored.tokens(0)).boxed().toList()).isEqualTo(plain);
                assertThat(Nested.accepts(plain)).isTrue();
            }
        }
    }

    @Test
    void aPromptOfOneTokenHasNoLogprobs() throws Exception {
        try (TinyEngine tiny = engine(PLENTY, 64)) {
            Delivered delivered =
                    ask(tiny, new int[] {5}, 3, 2, OptionalInt.of(0), OptionalInt.of(4));
            assertThat(delivered.prompt).isEmpty();
            assertThat(delivered.answers.getFirst()).hasSize(3);
        }
    }

    private static TinyEngine engine(int blocks, int chunk) throws Exception {
        return new TinyEngine(MODEL, KernelChoice.of(""), 2, TinyEngine.limits(blocks, chunk));
    }

    private static Delivered ask(
            TinyEngine tiny,
            int[] prompt,
            int max,
            int choices,
            OptionalInt answer,
            OptionalInt ofPrompt)
            throws Exception {
        return read(
                tiny.engine.submit(
                        request(
                                prompt,
                                max,
                                choices,
                                answer,
                                ofPrompt,
                                GenerationRequest.Guidance.NONE)));
    }

    private static GenerationRequest request(
            int[] prompt,
            int max,
            int choices,
            OptionalInt answer,
            OptionalInt ofPrompt,
            GenerationRequest.Guidance guidance) {
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(max, 0, FinishReason.LENGTH),
                SAMPLED,
                choices,
                guidance,
                new WantedLogprobs(answer, ofPrompt),
                new GenerationRequest.Owner("test", ""));
    }

    private static Delivered read(Generation generation) throws InterruptedException {
        int open = generation.request().choices();
        Delivered delivered =
                new Delivered(
                        IntStream.range(0, open)
                                .<List<TokenLogprobs>>mapToObj(choice -> new ArrayList<>())
                                .toList(),
                        new ArrayList<>());
        while (open > 0) {
            switch (generation.poll(Duration.ofMinutes(5)).orElseThrow()) {
                case GenerationEvent.PromptScored(var logprobs) ->
                        delivered.prompt.addAll(logprobs);
                case GenerationEvent.Token(int choice, int token, var logprobs) -> {
                    assertThat(logprobs.map(TokenLogprobs::token).orElse(token)).isEqualTo(token);
                    logprobs.ifPresent(delivered.answers.get(choice)::add);
                }
                case GenerationEvent.Finished finished -> open--;
                case GenerationEvent.Failed(String reason) -> throw new AssertionError(reason);
            }
        }
        return delivered;
    }

    private static String spell(TokenLogprobs scored) {
        return scored.token()
                + " "
                + scored.logprob()
                + Arrays.toString(scored.topTokens())
                + Arrays.toString(scored.topLogprobs());
    }

    private static int[] joined(int[] left, int[] right) {
        return IntStream.concat(Arrays.stream(left), Arrays.stream(right)).toArray();
    }

    private static int[] prompt() {
        return new Random(4).ints(75, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }
}
