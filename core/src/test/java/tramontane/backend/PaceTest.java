package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final boolean WAITING = true;
    private static final boolean NONE_WAITING = false;

    private final Pace pace = new Pace();
    private long computed;
    private long busyNanos;

    @Test
    void aQueueTakesAsLongAsItsTokensAtTheMeasuredSpeed() {
        assertThat(pace.timeFor(2_000)).isEqualTo(Duration.ofSeconds(10));
        work(20, 20_000, NONE_WAITING);
        assertThat(pace.timeFor(5_000)).isEqualTo(Duration.ofSeconds(5));
        assertThat(pace.timeFor(0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(pace.timeFor(Long.MAX_VALUE)).isEqualTo(Duration.ofMinutes(10));
    }

    /** An hour of one short answer now and then must not look like a slow engine. */
    @Test
    void littleWorkIsNoSlowEngine() {
        work(20, 20_000, NONE_WAITING);
        for (int i = 0; i < 200; i++) {
            work(2, 20, NONE_WAITING);
        }
        assertThat(pace.timeFor(9_000)).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void anEngineThatIsSlowWhileRequestsWaitIsSlow() {
        work(20, 20_000, WAITING);
        for (int i = 0; i < 20; i++) {
            work(2, 20, WAITING);
        }
        assertThat(pace.timeFor(100)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
    }

    private void work(int busySeconds, int tokens, boolean waiting) {
        busyNanos += busySeconds * 1_000_000_000L;
        computed += tokens;
        pace.observe(new Pace.Work(computed, busyNanos, waiting));
    }
}
