package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The golden file comes from transformers: {@code src/test/golden/logits/make-experts.py}. */
class RouterTest {
    private static final Path GOLDEN = Path.of("src/test/golden/logits/routes.txt");

    private static Map<Integer, Float> route(int used, float... logits) {
        Router router = new Router(new ExpertConfig(logits.length, used, 32), 2);
        router.route(1, MemorySegment.ofArray(logits));
        Map<Integer, Float> chosen = new TreeMap<>();
        int before = -1;
        for (int assignment = used; assignment < 2 * used; assignment++) {
            assertThat(router.expert(assignment)).as("ascending order").isGreaterThan(before);
            before = router.expert(assignment);
            chosen.put(before, router.weight(assignment));
        }
        return chosen;
    }

    @Test
    void choicesAndWeightsAreThoseOfTransformers() throws IOException {
        int compared = 0;
        for (String line : Files.readAllLines(GOLDEN)) {
            if (line.startsWith("#")) {
                continue;
            }
            String[] sides = line.split(" \\| ");
            String[] words = sides[0].split(" ");
            float[] logits = new float[words.length - 3];
            for (int expert = 0; expert < logits.length; expert++) {
                logits[expert] =
                        Float.intBitsToFloat(Integer.parseUnsignedInt(words[expert + 3], 16));
            }
            String[] pairs = sides[1].split(" ");
            Map<Integer, Float> ours = route(pairs.length, logits);
            assertThat(ours).as(line).hasSize(pairs.length);
            for (String pair : pairs) {
                String[] parts = pair.split(":");
                assertThat(ours.get(Integer.parseInt(parts[0])))
                        .as(line)
                        .isCloseTo(Float.parseFloat(parts[1]), Offset.offset(3e-7f));
            }
            compared++;
        }
        assertThat(compared).isEqualTo(40);
    }

    @Test
    void ofEqualLogitsThatOfTheLowerIndexIsChosen() {
        assertThat(route(2, 1, 1, 1, 1)).isEqualTo(Map.of(0, 0.5f, 1, 0.5f));
        assertThat(route(2, 0, 3, 1, 3, 3)).isEqualTo(Map.of(1, 0.5f, 3, 0.5f));
        assertThat(route(3, 2, 5, 2, 5, 2).keySet()).containsExactly(0, 1, 3);
        assertThat(route(1, -0f, 0f).keySet()).containsExactly(0);
    }

    @Test
    void allExpertsCanBeChosen() {
        assertThat(route(2, 7, 7)).isEqualTo(Map.of(0, 0.5f, 1, 0.5f));
        assertThat(route(1, 7)).isEqualTo(Map.of(0, 1f));
    }

    @Test
    void logitsThatAreNotFiniteGiveWeightsThatAreNot() {
        assertThat(route(2, Float.NaN, 1, 2).values()).contains(Float.NaN);
        assertThat(route(2, Float.NaN, Float.NaN, Float.NaN).values()).containsOnly(Float.NaN);
        assertThat(route(2, 1, Float.POSITIVE_INFINITY, 2).values()).contains(Float.NaN);
    }
}
