package tramontane.draft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many tokens a source drafts that is right or wrong. */
class AcceptanceRateTest {
    @Test
    void aSourceThatIsAlwaysRightDraftsTheMaximum() {
        AcceptanceRate rate = new AcceptanceRate(2, 1);
        int last = 0;
        for (int step = 0; step < 20; step++) {
            last = drafts(rate);
            rate.learn(last, last);
        }
        assertThat(last).isEqualTo(16);
    }

    @Test
    void aSourceThatIsAlwaysWrongRarelyDraftsAToken() {
        AcceptanceRate rate = new AcceptanceRate(16, 1);
        int early = tried(rate, 200);
        int late = tried(rate, 1000);
        assertThat(early).isLessThan(80);
        assertThat(late).isBetween(5, 40);
    }

    @Test
    void aSourceThatBecomesRightDraftsTheMaximumAgain() {
        AcceptanceRate rate = new AcceptanceRate(16, 1);
        tried(rate, 500);
        int steps = 0;
        while (drafts(rate, 1) < 16) {
            assertThat(++steps).isLessThan(150);
        }
    }

    private static int tried(AcceptanceRate rate, int steps) {
        int tried = 0;
        for (int step = 0; step < steps; step++) {
            tried += drafts(rate, 0);
        }
        return tried;
    }

    /** Drafts tokens, of which this part is right. */
    private static int drafts(AcceptanceRate rate, double right) {
        int drafts = drafts(rate);
        if (drafts > 0) {
            rate.learn(drafts, (int) (drafts * right));
        }
        return drafts;
    }

    private static int drafts(AcceptanceRate rate) {
        StepCostModel costs = new StepCostModel();
        costs.startStep(1);
        return rate.drafts(16, costs);
    }
}
