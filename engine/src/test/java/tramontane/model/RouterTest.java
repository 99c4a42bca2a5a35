package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The golden file comes from transformers: {@code src/test/golden/logits/make-experts.py}. */
class RouterTest {
    /** What the tiny model of the testkit says in its file. */
    private static final Routing DEEPSEEK = new Routing(true, true, 2.5f, 4, 2);

    private static final Path GOLDEN = Path.of("src/test/golden/logits/routes.txt");

    private static Map<Integer, Float> route(int used, float... logits) {
        return route(used, Routing.SOFTMAX, Optional.empty(), logits);
    }

    private static Map<Integer, Float> route(
            int used, Routing routing, Optional<float[]> bias, float... logits) {
        Router router = new Router(new ExpertConfig(logits.length, used, 32, 0, routing), 2);
        router.route(1, MemorySegment.ofArray(logits.clone()), bias.map(MemorySegment::ofArray));
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
            float[] logits = floats(Arrays.copyOfRange(words, 3, words.length));
            Optional<float[]> bias =
                    sides.length < 3 ? Optional.empty() : Optional.of(floats(sides[2].split(" ")));
            Routing routing = bias.isPresent() ? DEEPSEEK : Routing.SOFTMAX;
            String[] pairs = sides[1].split(" ");
            Map<Integer, Float> ours = route(pairs.length, routing, bias, logits);
            assertThat(ours).as(line).hasSize(pairs.length);
            for (String pair : pairs) {
                String[] parts = pair.split(":");
                assertThat(ours.get(Integer.parseInt(parts[0])))
                        .as(line)
                        .isCloseTo(Float.parseFloat(parts[1]), Offset.offset(8e-7f));
            }
            compared++;
        }
        assertThat(compared).isEqualTo(80);
    }

    private static float[] floats(String[] bits) {
        float[] values = new float[bits.length];
        for (int i = 0; i < bits.length; i++) {
            values[i] = Float.intBitsToFloat(Integer.parseUnsignedInt(bits[i], 16));
        }
        return values;
    }

    @Test
    void onlyExpertsOfTheBestGroupsAreChosen() {
        Routing routing = new Routing(true, true, 1, 3, 1);
        // Group 1 has the largest sum of two scores, though the largest score is in group 0.
        float[] logits = {9, -9, -9, 2, 2, 1, 1, 1, 3};
        assertThat(route(2, routing, Optional.empty(), logits).keySet()).containsExactly(3, 4);
        float[] equal = {1, 1, 1, 1, 1, 1, 1, 1, 1};
        assertThat(route(2, routing, Optional.empty(), equal).keySet()).containsExactly(0, 1);
    }

    @Test
    void aBiasChangesTheChoiceButNotTheWeights() {
        Routing routing = new Routing(true, false, 2, 1, 1);
        float[] bias = {0, 0, 5};
        assertThat(route(1, routing, Optional.of(bias), 3, 2, 0)).isEqualTo(Map.of(2, 1f));
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
