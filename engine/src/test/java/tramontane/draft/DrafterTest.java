package tramontane.draft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How many steps an answer takes with a prediction that is nearly right. */
class DrafterTest {
    private static final int TOKENS = 256;

    /** In every 40 tokens of the answer, the prediction has different ones in place of 4. */
    @Test
    void anEditedPredictionSavesMostSteps() {
        check(100_000, 4, 48);
        check(100_000, 6, 60);
        check(100_000, 2, 60);
        // With so few different tokens, the same three occur in many positions.
        check(12, 4, 64);
    }

    private static void check(int vocabulary, int put, int maxSteps) {
        Random random = new Random(1);
        int[] answer = random.ints(TOKENS, 0, vocabulary).toArray();
        int steps = steps(answer, edited(answer, vocabulary, put, random));
        assertThat(steps).as("%d tokens for 4 of %d", put, vocabulary).isLessThan(maxSteps);
    }

    @Test
    void aWrongPredictionIsSoonIgnored() {
        Random random = new Random(2);
        int[] answer = random.ints(TOKENS, 0, 100_000).toArray();
        int[] other = random.ints(TOKENS, 100_000, 200_000).toArray();
        assertThat(steps(answer, other)).isEqualTo(TOKENS);
        assertThat(proposed).isLessThan(60);
    }

    @Test
    void textOfThePromptIsDraftedAgain() {
        int[] text = new Random(3).ints(TOKENS, 0, 100_000).toArray();
        assertThat(steps(text, text, new int[0])).isLessThan(40);
    }

    /** The answer repeats the prompt, and the prediction describes an edit that is not made. */
    @Test
    void aDraftEndsWherePredictionAndPromptDiffer() {
        Random random = new Random(4);
        int[] text = random.ints(TOKENS, 0, 100_000).toArray();
        int[] edited = edited(text, 100_000, 4, random);
        steps(text, text, edited);
        int wrong = proposed - right;
        steps(text, edited);
        assertThat(wrong).isLessThan((proposed - right) / 2);
    }

    /** A step that looks whether a model must draft asks first, and searched twice for that. */
    @Test
    void aSearchServesBothQuestionsOfAStep() {
        int[] text = new Random(5).ints(40, 0, 100_000).toArray();
        int[] repeated = Arrays.copyOf(text, 60);
        System.arraycopy(text, 0, repeated, 40, 20);
        int[] other = repeated.clone();
        other[59]++;
        for (int[] prediction : new int[][] {{}, text}) {
            Drafter drafter = new Drafter(prediction);
            // The cursor is behind the prediction, so both places are searched.
            drafter.learn(text, 40, Proposal.NONE, 0, 40);
            drafter.isSure(repeated, 60, new int[0]);
            int[] draft = propose(drafter, other, 60);
            assertThat(draft)
                    .isNotEmpty()
                    .isEqualTo(Arrays.copyOfRange(text, 20, 20 + draft.length));
        }
    }

    /** Steps of one to three tokens, as after drafts of a model that were right. */
    @Test
    void askingWhetherASourceIsSureChangesNoDraft() {
        Random random = new Random(6);
        int[] text = random.ints(TOKENS, 0, 12).toArray();
        int[] answer = edited(text, 12, 4, random);
        Drafter asked = new Drafter(text);
        Drafter plain = new Drafter(text);
        int gained = 10;
        for (int length = gained; length < answer.length; length += gained) {
            for (Drafter each : List.of(asked, plain)) {
                each.learn(answer, length, Proposal.NONE, 0, gained);
            }
            boolean isSure = asked.isSure(answer, length, new int[0]);
            assertThat(asked.isSure(answer, length, new int[0])).isEqualTo(isSure);
            assertThat(propose(asked, answer, length))
                    .as("at %d", length)
                    .isEqualTo(propose(plain, answer, length));
            gained = 1 + random.nextInt(3);
        }
    }

    private static int[] propose(Drafter drafter, int[] tokens, int length) {
        StepCostModel costs = new StepCostModel();
        costs.startStep(1);
        return drafter.propose(tokens, length, 8, costs, new int[0]);
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

    /** Plays an engine that samples {@code answer} and whose rows are cheap. */
    private static int steps(int[] prompt, int[] answer, int[] prediction) {
        StepCostModel costs = new StepCostModel();
        Drafter drafter = new Drafter(prediction);
        int[] tokens = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
        int length = prompt.length;
        int steps = 0;
        proposed = 0;
        right = 0;
        while (length < tokens.length) {
            costs.startStep(1);
            int max = tokens.length - length - 1;
            int[] draft =
                    steps == 0
                            ? new int[0]
                            : drafter.propose(tokens, length, max, costs, new int[0]);
            int accepted = 0;
            while (accepted < draft.length && draft[accepted] == tokens[length + accepted]) {
                accepted++;
            }
            length += accepted + 1;
            drafter.learn(
                    tokens,
                    length,
                    new Proposal(draft, Proposal.Origin.TEXT),
                    accepted,
                    accepted + 1);
            proposed += draft.length;
            right += accepted;
            steps++;
        }
        return steps;
    }
}
