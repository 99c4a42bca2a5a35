package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/** How many steps an answer takes whose prediction is nearly right. */
class DrafterTest {
    private static final int TOKENS = 256;

    /** In every 40 tokens of the answer, the prediction has others in place of 4. */
    @Test
    void anEditedPredictionSavesMostSteps() {
        check(100_000, 4, 48);
        check(100_000, 6, 60);
        check(100_000, 2, 60);
        // So few different tokens that the same three stand in many places.
        check(12, 4, 64);
    }

    private static void check(int vocabulary, int put, int stepsMost) {
        Random random = new Random(1);
        int[] answer = random.ints(TOKENS, 0, vocabulary).toArray();
        int steps = steps(answer, edited(answer, vocabulary, put, random));
        assertThat(steps).as("%d tokens for 4 of %d", put, vocabulary).isLessThan(stepsMost);
    }

    @Test
    void aPredictionOfSomethingElseIsSoonLeftAlone() {
        Random random = new Random(2);
        int[] answer = random.ints(TOKENS, 0, 100_000).toArray();
        int[] other = random.ints(TOKENS, 100_000, 200_000).toArray();
        assertThat(steps(answer, other)).isEqualTo(TOKENS);
        assertThat(proposed).isLessThan(60);
    }

    @Test
    void whatStoodInThePromptIsFoundAgain() {
        int[] text = new Random(3).ints(TOKENS, 0, 100_000).toArray();
        assertThat(steps(text, text, new int[0])).isLessThan(40);
    }

    /** The prompt has the text as it was, the prediction an edit of it that does not come. */
    @Test
    void aDraftEndsWhereThePredictionLeavesWhatStoodBefore() {
        Random random = new Random(4);
        int[] text = random.ints(TOKENS, 0, 100_000).toArray();
        int[] edited = edited(text, 100_000, 4, random);
        steps(text, text, edited);
        int wrong = proposed - right;
        steps(text, edited);
        assertThat(wrong).isLessThan((proposed - right) / 2);
    }

    private static int proposed;
    private static int right;

    private static int[] edited(int[] answer, int vocabulary, int put, Random random) {
        List<Integer> edited = new ArrayList<>();
        for (int at = 0; at < answer.length; at++) {
            if (at % 40 == 20) {
                random.ints(put, 0, vocabulary).forEach(edited::add);
            }
            if (at % 40 < 20 || at % 40 >= 24) {
                edited.add(answer[at]);
            }
        }
        return edited.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int steps(int[] answer, int[] prediction) {
        return steps(new int[] {-1}, answer, prediction);
    }

    /** Plays an engine that draws {@code answer}, and whose rows are cheap. */
    private static int steps(int[] prompt, int[] answer, int[] prediction) {
        StepValue value = new StepValue();
        GenerationRequest request =
                new GenerationRequest(
                        prompt,
                        new GenerationRequest.Length(TOKENS, 0, FinishReason.LENGTH),
                        new SamplingParams(0, 1, 1, 0, 0),
                        1,
                        new GenerationRequest.Guidance(Optional.empty(), prediction),
                        WantedLogprobs.NONE,
                        new GenerationRequest.Owner("", ""));
        BlockPool pool = new BlockPool(1);
        Sequence sequence =
                new Sequence(
                        new Generation(request, new EndTokens()),
                        0,
                        new BlockTable(pool, new PrefixIndex(pool), 1, ""));
        int steps = 0;
        proposed = 0;
        right = 0;
        while (sequence.answerLength() < answer.length) {
            int start = sequence.length;
            int left = answer.length - sequence.answerLength();
            value.begin(1);
            int drafts =
                    steps == 0
                            ? 0
                            : sequence.drafter.propose(sequence, left - 1, value, new int[0]);
            int accepted = 0;
            while (accepted < drafts
                    && sequence.tokens[start + accepted] == answer[sequence.answerLength()]) {
                sequence.append(answer[sequence.answerLength()]);
                accepted++;
            }
            sequence.append(answer[sequence.answerLength()]);
            sequence.drafter.learn(sequence, drafts, accepted, accepted + 1);
            proposed += drafts;
            right += accepted;
            steps++;
        }
        return steps;
    }
}
