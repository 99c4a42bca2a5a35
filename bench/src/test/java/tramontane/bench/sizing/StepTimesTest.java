package tramontane.bench.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    @Test
    void aLineIsFound() {
        StepTimes times =
                StepTimes.fit(
                        List.of(
                                new StepTimes.Measured(1, 0.012),
                                new StepTimes.Measured(8, 0.026),
                                new StepTimes.Measured(32, 0.074)),
                        0.001,
                        512,
                        32);
        assertThat(times.baseSeconds()).isCloseTo(0.010, within(1e-9));
        assertThat(times.answerSeconds()).isCloseTo(0.002, within(1e-9));
        assertThat(times.seconds(3, 100)).isCloseTo(0.116, within(1e-9));
    }
}
