package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import tramontane.kernel.Workers;

class ClaimsTest {
    @Test
    void aWorkerTakesItsHomeFirstAndTheOthersInOrder() {
        Claims claims = new Claims(3);
        claims.start(6);
        assertThat(claims.take(1)).isEqualTo(1);
        assertThat(claims.take(1)).isEqualTo(3);
        assertThat(claims.take(0)).isEqualTo(0);
        assertThat(claims.take(0)).isEqualTo(4);
        assertThat(claims.take(0)).isEqualTo(5);
        assertThat(claims.take(0)).as("the home of a worker that has not come").isEqualTo(2);
    }

    @Test
    void fewSlicesAreForTheFirstWorkers() {
        Claims claims = new Claims(4);
        claims.start(2);
        assertThat(claims.take(3)).isEqualTo(0);
        assertThat(claims.take(1)).isEqualTo(1);
    }

    @Test
    void everySliceIsTakenOnceOverThousandsOfRuns() {
        try (Workers workers = new Workers(3)) {
            Claims claims = new Claims(3);
            AtomicIntegerArray taken = new AtomicIntegerArray(20);
            int[] expected = new int[20];
            for (int round = 0; round < 20_000; round++) {
                int count = 1 + round % 20;
                claims.start(count);
                workers.run(count, (_, worker) -> taken.incrementAndGet(claims.take(worker)));
                for (int slice = 0; slice < count; slice++) {
                    expected[slice]++;
                }
            }
            for (int slice = 0; slice < 20; slice++) {
                assertThat(taken.get(slice)).isEqualTo(expected[slice]);
            }
        }
    }
}
