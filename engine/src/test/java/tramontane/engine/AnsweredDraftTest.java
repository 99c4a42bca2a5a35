package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.draft.AnsweredDraft;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Tokens that an answer had elsewhere make it faster, and never another one. */
class AnsweredDraftTest {
    private static final int LENGTH = 60;
    private static final int[] PROMPT = {9, 8, 7, 6, 5, 4, 3};
    private static final SamplingParams SAMPLED =
            new SamplingParams(0.8, 1, 0, 5, SamplingParams.Penalties.NONE);

    private static GenerationRequest request(List<int[]> answered) {
        return new GenerationRequest(
                PROMPT,
                new GenerationRequest.Length(LENGTH, 0, FinishReason.LENGTH),
                SAMPLED,
                2,
                new GenerationRequest.Guidance(Optional.empty(), new int[0], answered),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", ""));
    }

    private static int[] ints(List<Integer> tokens) {
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void anyAnswerOfElsewhereGivesTheSameTokens() throws Exception {
        try (TinyEngine tiny =
                new TinyEngine(
                        TinyModel.of(Architecture.LLAMA),
                        KernelChoice.of(""),
                        2,
                        TinyEngine.limits(200, 64))) {
            List<List<Integer>> alone = TinyEngine.answer(tiny.engine.submit(request(List.of())));
            int[] first = ints(alone.get(0));
            int[] second = ints(alone.get(1));
            int[] edited = first.clone();
            edited[LENGTH / 2] ^= 1;
            int[] longer = Arrays.copyOf(first, 3 * LENGTH);
            for (List<int[]> answered :
                    List.of(
                            List.of(first, second),
                            List.of(Arrays.copyOf(first, 20), Arrays.copyOf(second, 7)),
                            List.of(edited),
                            List.of(longer, first),
                            List.of(new int[0], IntStream.range(0, 50).toArray()))) {
                Generation again = tiny.engine.submit(request(answered));
                assertThat(TinyEngine.answer(again)).isEqualTo(alone);
            }
        }
    }

    @Test
    void whatIsLeftIsProposedUntilTheFirstDifference() {
        AnsweredDraft draft =
                new AnsweredDraft(new int[] {1, 2, 3, 4, 99, 5}, 2, token -> token == 99);
        int[] tokens = {8, 9, 1, 2, 3, 7, 0};
        assertThat(draft.next(tokens, 2, 10)).containsExactly(1, 2, 3, 4);
        assertThat(draft.next(tokens, 3, 2)).containsExactly(2, 3);
        assertThat(draft.next(tokens, 5, 10)).containsExactly(4);
        assertThat(draft.next(tokens, 5, 0)).isEmpty();
        assertThat(draft.next(tokens, 6, 10)).isEmpty();
    }

    @Test
    void nothingIsProposedAfterADifference() {
        AnsweredDraft draft = new AnsweredDraft(new int[] {1, 2, 3, 4}, 1, token -> token == 99);
        int[] tokens = {8, 1, 5, 3};
        assertThat(draft.next(tokens, 2, 10)).containsExactly(2, 3, 4);
        assertThat(draft.next(tokens, 3, 10)).isEmpty();
        assertThat(draft.next(tokens, 4, 10)).isEmpty();
    }
}
