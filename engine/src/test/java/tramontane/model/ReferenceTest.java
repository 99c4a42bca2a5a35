package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.chat.jinja.Json;
import tramontane.kernel.choice.KernelChoice;
import tramontane.testkit.RealModels;

/**
 * Compares real models with fp32 references. The limit is llama.cpp's distance; see
 * golden/logits/reference.py.
 */
class ReferenceTest {
    private static final Path GOLDEN = Path.of("src/test/golden/logits");

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m", "qwen2.5-coder-0.5b", "gemma3-270m"})
    void perplexityIsWithinOnePercentOfLlamaCpp(String name) throws IOException {
        Map<String, Object> golden = Json.object(golden("perplexity.json"), name);
        int[] tokens = ints(Json.at(golden, "tokens"));
        double[] surprise = new double[1];
        try (TransformerUnderTest model = model(name)) {
            model.run(
                    tokens,
                    0,
                    (position, row) -> {
                        if (position + 1 < tokens.length) {
                            surprise[0] -= row[tokens[position + 1]];
                        }
                    });
        }
        double perplexity = Math.exp(surprise[0] / (tokens.length - 1));
        double theirs = number(Json.at(golden, "perplexity"));
        System.out.printf("%s: perplexity %.4f, llama.cpp %.4f%n", name, perplexity, theirs);
        assertThat(perplexity / theirs).isBetween(0.99, 1.01);
    }

    /**
     * Int8 activations move a log-probability in either direction, and a single position by chance.
     * So the distance is taken over the 128 positions of the reference's greedy answers. A tenth
     * more than llama.cpp's distance is within the noise.
     */
    @ParameterizedTest
    @CsvSource({
        "smollm2-135m, reference-smollm2-135m.json, 3",
        "qwen2.5-coder-0.5b, reference-qwen25coder-05b.json, 4",
        "gemma3-270m, reference-gemma3-270m.json, 4"
    })
    @SuppressWarnings("unchecked")
    void logitsAreAsCloseToTheReferenceAsThoseOfLlamaCpp(String name, String file, int firstChoices)
            throws IOException {
        Optional<Path> reference = RealModels.shared(file);
        assumeTrue(reference.isPresent(), "the shared test data is not here: " + file);
        double squares = 0;
        int positions = 0;
        int sameFirst = 0;
        try (TransformerUnderTest model = model(name)) {
            var cases =
                    (List<Map<String, Object>>)
                            Json.at(Json.object(Files.readString(reference.get())), "cases");
            for (Map<String, Object> each : cases) {
                int[] prompt = ints(Json.at(each, "ids"));
                int[] greedy = ints(Json.at(each, "greedy32"));
                List<?> wanted = (List<?>) Json.at(each, "greedy_logprob");
                int[] tokens = new int[prompt.length + greedy.length - 1];
                System.arraycopy(prompt, 0, tokens, 0, prompt.length);
                System.arraycopy(greedy, 0, tokens, prompt.length, greedy.length - 1);
                double[] result = new double[2];
                model.run(
                        tokens,
                        prompt.length - 1,
                        (position, row) -> {
                            int step = position - prompt.length + 1;
                            double distance = row[greedy[step]] - number(wanted.get(step));
                            result[0] += distance * distance;
                            if (step == 0 && best(row) == greedy[0]) {
                                result[1]++;
                            }
                        });
                squares += result[0];
                sameFirst += (int) result[1];
                positions += greedy.length;
            }
        }
        double distance = Math.sqrt(squares / positions);
        double theirs = number(Json.at(golden("distance.json"), name));
        System.out.printf(
                "%s: distance %.4f, llama.cpp %.4f; first choices %d%n",
                name, distance, theirs, sameFirst);
        assertThat(distance).isLessThan(1.1 * theirs);
        assertThat(sameFirst)
                .as("first choices equal to the reference's")
                .isGreaterThanOrEqualTo(firstChoices);
    }

    private static TransformerUnderTest model(String name) {
        Optional<Path> path = RealModels.find(name);
        assumeTrue(
                path.isPresent(),
                "model " + name + " is not here; ./tramontane pull " + name + " fetches it");
        return new TransformerUnderTest(path.orElseThrow(), KernelChoice.of(""), 2, 1024, 64);
    }

    private static int best(double[] row) {
        int best = 0;
        for (int token = 1; token < row.length; token++) {
            if (row[token] > row[best]) {
                best = token;
            }
        }
        return best;
    }

    private static Map<String, Object> golden(String name) throws IOException {
        return Json.object(Files.readString(GOLDEN.resolve(name)));
    }

    private static int[] ints(Object list) {
        return ((List<?>) list).stream().mapToInt(each -> ((Number) each).intValue()).toArray();
    }

    private static double number(Object value) {
        return ((Number) value).doubleValue();
    }
}
