package tramontane.draft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfidenceTest {
    @Test
    void aProbabilityIsBelievedUntilItIsMeasured() {
        Confidence confidence = new Confidence();
        assertThat(confidence.acceptance(0.05)).isBetween(0.0, 0.125);
        assertThat(confidence.acceptance(0.99)).isBetween(0.875, 1.0);
        for (int i = 0; i < 200; i++) {
            confidence.learn(0.95, i % 2 == 0);
        }
        assertThat(confidence.acceptance(1)).isBetween(0.4, 0.6);
        assertThat(confidence.acceptance(0.5)).isBetween(0.4, 0.7);
    }
}
