package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PaceTest {
    private Instant now = Instant.EPOCH;
    private long computed;

    @Test
    void aQueueTakesAsLongAsItsTokensAtTheMeasuredSpeed() {
        Pace pace = new Pace(() -> now, () -> computed);
        assertThat(pace.timeFor(2_000)).isEqualTo(Duration.ofSeconds(10));
        work(pace, 20, 20_000);
        assertThat(pace.timeFor(5_000)).isEqualTo(Duration.ofSeconds(5));
        assertThat(pace.timeFor(0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(pace.timeFor(Long.MAX_VALUE)).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void anIdleWhileIsNoSlowEngine() {
        Pace pace = new Pace(() -> now, () -> computed);
        work(pace, 20, 20_000);
        work(pace, 3600, 10);
        assertThat(pace.timeFor(9_000)).isEqualTo(Duration.ofSeconds(10));
    }

    private void work(Pace pace, int seconds, int tokens) {
        now = now.plusSeconds(seconds);
        computed += tokens;
        pace.observe();
    }
}
