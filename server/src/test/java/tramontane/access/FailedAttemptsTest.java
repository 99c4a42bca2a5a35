package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailedAttemptsTest {
    private long nowNanos;
    private final FailedAttempts attempts = new FailedAttempts(() -> nowNanos);

    private Duration fail(String address) {
        Duration delay = attempts.failed(address);
        attempts.waited(address);
        return delay;
    }

    @Test
    void aFewWrongKeysAreAnsweredAtOnceAndMoreAreSlowed() {
        for (int i = 0; i < FailedAttempts.FREE; i++) {
            assertThat(fail("a")).isZero();
        }
        assertThat(fail("a")).isEqualTo(FailedAttempts.DELAY);
        assertThat(fail("b")).isZero();
        nowNanos += 2 * FailedAttempts.FORGET.toNanos();
        assertThat(fail("a")).isZero();
        assertThat(fail("a")).isEqualTo(FailedAttempts.DELAY);
    }

    @Test
    void onlySoManyOfOneAddressWait() {
        for (int i = 0; i < FailedAttempts.MAX_WAITING; i++) {
            assertThat(attempts.isCrowded("a")).isFalse();
            attempts.failed("a");
        }
        assertThat(attempts.isCrowded("a")).isTrue();
        assertThat(attempts.isCrowded("b")).isFalse();
        attempts.waited("a");
        assertThat(attempts.isCrowded("a")).isFalse();
    }

    @Test
    void theNumberOfAddressesIsBounded() {
        for (int i = 0; i < FailedAttempts.FREE; i++) {
            fail("first");
        }
        for (int i = 0; i < FailedAttempts.MAX_ADDRESSES; i++) {
            fail("address " + i);
        }
        assertThat(fail("first")).as("forgotten").isZero();
    }
}
