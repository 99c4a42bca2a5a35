package tramontane.bench.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MinTreeTest {
    @Test
    void theSmallestAreFoundInTurn() {
        SplittableRandom random = new SplittableRandom(1);
        for (int count : new int[] {1, 2, 3, 7, 16, 33}) {
            MinTree tree = new MinTree(count, 0);
            double[] values = new double[count];
            for (int i = 0; i < 500; i++) {
                int changed = random.nextInt(count);
                values[changed] = random.nextInt(4);
                tree.set(changed, values[changed]);
                int from = random.nextInt(count);
                double min = Arrays.stream(values).min().orElseThrow();
                int expected =
                        IntStream.range(0, count)
                                .map(step -> (from + step) % count)
                                .filter(index -> values[index] == min)
                                .findFirst()
                                .orElseThrow();
                assertThat(tree.min()).isEqualTo(min);
                assertThat(tree.firstFrom(from)).isEqualTo(expected);
            }
        }
    }
}
