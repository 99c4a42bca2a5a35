package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How much is proposed by a source that is right or wrong. */
class OddsTest {
    @Test
    void aSourceThatIsAlwaysRightProposesAllItMay() {
        Odds odds = new Odds(2, 1);
        int last = 0;
        for (int step = 0; step < 20; step++) {
            last = drafts(odds);
            odds.learn(last, last);
        }
        assertThat(last).isEqualTo(16);
    }

    @Test
    void aSourceThatIsAlwaysWrongTriesOneTokenNowAndThen() {
        Odds odds = new Odds(16, 1);
        int early = tried(odds, 200);
        int late = tried(odds, 1000);
        assertThat(early).isLessThan(80);
        assertThat(late).isBetween(5, 40);
    }

    @Test
    void aSourceThatIsRightAgainIsTrustedAgain() {
        Odds odds = new Odds(16, 1);
        tried(odds, 500);
        int steps = 0;
        while (drafts(odds, 1) < 16) {
            assertThat(++steps).isLessThan(150);
        }
    }

    private static int tried(Odds odds, int steps) {
        int tried = 0;
        for (int step = 0; step < steps; step++) {
            tried += drafts(odds, 0);
        }
        return tried;
    }

    /** Proposes, and is right in this share of it. */
    private static int drafts(Odds odds, double right) {
        int drafts = drafts(odds);
        if (drafts > 0) {
            odds.learn(drafts, (int) (drafts * right));
        }
        return drafts;
    }

    private static int drafts(Odds odds) {
        StepValue step = new StepValue();
        step.begin(1);
        return odds.drafts(16, step);
    }
}
