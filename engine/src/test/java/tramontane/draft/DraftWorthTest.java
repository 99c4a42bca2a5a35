package tramontane.draft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a draft model reads an answer, and when it drafts. */
class DraftWorthTest {
    private static final int REMAINING = 1000;

    @Test
    void itReadsWhenAsMuchTimeIsLostAsReadingTakes() {
        DraftWorth worth = new DraftWorth(0.8);
        int tokens = 0;
        while (!worth.isNow(10, 250, REMAINING)) {
            worth.miss(1);
            tokens++;
        }
        assertThat(tokens).isEqualTo(25);
        assertThat(worth.isNow(10, 1e9, REMAINING)).as("once it follows").isTrue();
    }

    @Test
    void itReadsNothingForAnAnswerThatEndsBeforeThatPays() {
        DraftWorth worth = new DraftWorth(0.8);
        worth.miss(100);
        assertThat(worth.isNow(10, 250, 24)).isFalse();
        assertThat(worth.isNow(10, 250, 25)).isTrue();
    }

    @Test
    void itNeverReadsWhereDraftsDoNotPay() {
        DraftWorth worth = new DraftWorth(0.8);
        worth.miss(1000);
        for (int step = 0; step < 500; step++) {
            assertThat(worth.isNow(0, 1, REMAINING)).isFalse();
        }
    }

    @Test
    void whereDraftsDoNotPayItStopsAndComesBackLater() {
        DraftWorth worth = new DraftWorth(0.8);
        worth.miss(1);
        assertThat(worth.isNow(10, 0, REMAINING)).isTrue();
        for (int i = 0; i < 50; i++) {
            worth.learn(false);
        }
        assertThat(worth.rate()).isLessThan(0.4);
        assertThat(worth.isNow(0, 0, REMAINING)).isFalse();
        int tokens = 0;
        // Drafts that pay at a rate of 0.7, and reading that takes as long as they save.
        while (!worth.isNow(worth.rate() > 0.7 ? 10 : 0, 10 * tokens, REMAINING)) {
            worth.miss(1);
            tokens++;
        }
        assertThat(tokens).isBetween(100, 400);
    }

    @Test
    void theRateFollowsWhatIsAccepted() {
        DraftWorth worth = new DraftWorth(0.75);
        assertThat(worth.rate()).isEqualTo(0.75);
        for (int i = 0; i < 200; i++) {
            worth.learn(i % 4 == 0);
        }
        assertThat(worth.rate()).isBetween(0.1, 0.4);
    }
}
