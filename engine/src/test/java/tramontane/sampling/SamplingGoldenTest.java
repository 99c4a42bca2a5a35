package tramontane.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import tramontane.kernel.scalar.ScalarKernels;

/** Penalties, top_k and top_p equal the reference written with numpy; see make.py there. */
class SamplingGoldenTest {
    private static final Path GOLDEN = Path.of("src/test/golden/sampling/sampling.txt.gz");
    private static final int DRAWS = 60;

    @Test
    void penaltiesTopKAndTopPEqualTheReference() throws IOException {
        List<String> lines = lines();
        assertThat(lines).hasSizeGreaterThan(100);
        lines.forEach(SamplingGoldenTest::check);
    }

    private static void check(String line) {
        String[] fields = line.split("\\|");
        double[] numbers = numbers(fields[0]);
        double[] logits = numbers(fields[3]);
        double[] penalized = numbers(fields[4]);
        int[] left = tokens(fields[5]);
        double[] cumulative = numbers(fields[6]);
        SamplingParams params =
                new SamplingParams(
                        numbers[0],
                        numbers[1],
                        (int) numbers[2],
                        99,
                        new SamplingParams.Penalties(numbers[3], numbers[4], numbers[5]));
        TokenCounts seen = new TokenCounts();
        Arrays.stream(tokens(fields[1])).forEach(seen::addPrompt);
        Arrays.stream(tokens(fields[2])).forEach(seen::add);
        float[] row = new float[logits.length];
        for (int token = 0; token < row.length; token++) {
            row[token] = (float) logits[token];
        }
        Sampler sampler = new Sampler(row.length, new ScalarKernels());
        sampler.penalize(row, params, seen);
        for (int token = 0; token < row.length; token++) {
            assertThat((double) row[token]).isCloseTo(penalized[token], within(1e-5));
        }
        // Without top-k and top-p, a draw visits the tokens in another order.
        boolean cut = params.topP() < 1 || params.topK() > 0;
        for (int position = 0; cut && position < DRAWS; position++) {
            double uniform = CounterRandom.uniform(99, 0, position);
            int rank = Arrays.binarySearch(cumulative, uniform);
            int wanted = rank < 0 ? -rank - 1 : rank + 1;
            double nearest = Math.abs(cumulative[Math.min(wanted, left.length - 1)] - uniform);
            double before = wanted == 0 ? 1 : Math.abs(cumulative[wanted - 1] - uniform);
            // Too close to the border between two tokens: rounding decides.
            if (Math.min(nearest, before) > 1e-6) {
                assertThat(sampler.draw(row, params, 0, position))
                        .as("%s at %s", fields[0], uniform)
                        .isEqualTo(left[wanted]);
            }
        }
    }

    private static List<String> lines() throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(GOLDEN));
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }

    private static double[] numbers(String field) {
        return Arrays.stream(field.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    private static int[] tokens(String field) {
        return Arrays.stream(field.split(" ")).mapToInt(Integer::parseInt).toArray();
    }
}
