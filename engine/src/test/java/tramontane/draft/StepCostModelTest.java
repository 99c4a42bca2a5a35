package tramontane.draft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which drafts are worth the time of their row. */
class StepCostModelTest {
    @Test
    void improbableDraftsAreTakenWhereRowsAreNearlyFree() {
        check(100, 1, 1, 0.02, true);
        check(100, 1, 1, 0.005, false);
    }

    @Test
    void onlyCertainDraftsAreTakenWhereAStepIsAllArithmetic() {
        check(1, 100, 1, 0.9, false);
        check(1, 100, 8, 0.95, false);
        check(0, 100, 8, 0.98, false);
    }

    @Test
    void onlyProbableDraftsAreTakenAmongManyAnswers() {
        check(10, 1, 1, 0.2, true);
        check(10, 1, 32, 0.7, false);
        check(10, 1, 32, 0.8, true);
    }

    @Test
    void theNumberOfDraftsTakenMaximizesTokensPerTime() {
        for (double chance : new double[] {0.3, 0.6, 0.9, 0.97}) {
            for (double base : new double[] {2, 10, 40}) {
                StepCostModel costs = learned(base, 1, 0);
                costs.startStep(1);
                int taken = 0;
                for (double all = chance; costs.takes(all); all *= chance) {
                    taken++;
                }
                double best = 0;
                for (int drafts = 0; drafts < 100; drafts++) {
                    best = Math.max(best, speed(base, chance, drafts));
                }
                assertThat(speed(base, chance, taken))
                        .as("%d drafts of %s, base %s", taken, chance, base)
                        .isGreaterThan(0.99 * best);
            }
        }
    }

    /**
     * Expected tokens per time of a step with {@code drafts} drafts.
     *
     * @param chance that a draft is accepted if the one before it is
     */
    private static double speed(double base, double chance, int drafts) {
        double tokens = (1 - Math.pow(chance, drafts + 1)) / (1 - chance);
        return tokens / (base + 1 + drafts);
    }

    @Test
    void interruptedStepsChangeTheEstimateLittle() {
        StepCostModel costs = learned(100, 1, 30);
        costs.startStep(1);
        assertThat(costs.takes(0.1)).isTrue();
    }

    private static void check(
            double base, double row, int answers, double chance, boolean expected) {
        StepCostModel costs = learned(base, row, 0);
        costs.startStep(answers);
        assertThat(costs.takes(chance))
                .as("base %s, row %s, %d answers, chance %s", base, row, answers, chance)
                .isEqualTo(expected);
    }

    /** A model fitted to steps of 1 to 17 rows; one in {@code oneLateIn} took 50 times as long. */
    private static StepCostModel learned(double base, double row, int oneLateIn) {
        StepCostModel costs = new StepCostModel();
        Random random = new Random(5);
        for (int step = 0; step < 400; step++) {
            int rows = 1 + random.nextInt(17);
            boolean late = oneLateIn > 0 && random.nextInt(oneLateIn) == 0;
            costs.learn(rows, (base + row * rows) * (late ? 50 : 1));
        }
        return costs;
    }
}
