package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A step is as large as a bounded time allows, but has a minimum size. */
class StepBudgetTest {
    private static final EngineLimits LIMITS =
            new EngineLimits(1024, 64, 4, 512, 128, 1000, 1 << 20);

    private final StepBudget budget = new StepBudget(LIMITS);

    private void check(int idle, int busy) {
        assertThat(budget.tokens(false)).isEqualTo(idle);
        assertThat(budget.tokens(true)).isEqualTo(busy);
    }

    @Test
    void theFirstStepHasTheFullSize() {
        check(512, 128);
    }

    @Test
    void fastRowsFillAFullStep() {
        budget.learn(512, 512 * 1e6);
        check(512, 128);
    }

    @Test
    void aStepOfSlowRowsIsSmaller() {
        budget.learn(512, 512 * 4e6);
        check(250, 100);
    }

    @Test
    void aStepIsNeverSmallerThanAQuarter() {
        budget.learn(512, 512 * 1e9);
        check(128, 32);
    }

    @Test
    void oneFastStepDoesNotRestoreTheFullSize() {
        budget.learn(512, 512 * 4e6);
        budget.learn(16, 16 * 1e5);
        check(500, 128);
        budget.learn(500, 500 * 4e6);
        check(250, 100);
    }
}
