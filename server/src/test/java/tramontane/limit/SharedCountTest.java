package tramontane.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.access.KeyLimits;

/** What is said of a limit that all servers of a database share. */
class SharedCountTest {
    private static final KeyLimits MINUTE =
            new KeyLimits(Optional.empty(), Optional.of(150L), Optional.empty(), Optional.empty());

    private static final KeyLimits MONTH =
            new KeyLimits(Optional.empty(), Optional.empty(), Optional.of(150L), Optional.empty());

    private static String refusal(KeyLimits limits, Cost cost) {
        return new SharedCount(0, 101, 101, 0, 0)
                .refusal(limits, cost, Duration.ofDays(3))
                .orElseThrow()
                .message();
    }

    @Test
    void anEstimateIsCalledOne() {
        for (KeyLimits limits : List.of(MINUTE, MONTH)) {
            assertThat(refusal(limits, new Cost(40, 101, true, true)))
                    .contains("this request reserves about 101 of them, and 49 are left.");
            assertThat(refusal(limits, new Cost(40, 101, true)))
                    .contains("this request reserves 101 of them, and 49 are left.");
        }
    }
}
