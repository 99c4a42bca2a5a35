package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.KvCache;
import tramontane.cache.PrefixIndex;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyModelFiles;
import tramontane.testkit.TinyVocabulary;
import tramontane.testkit.WeightFormat;

/**
 * Compares random models of every architecture, weight format and position scaling with llama.cpp
 * in fp32. The measure is the maximum difference in log-probability over its ten most probable
 * tokens. {@code src/test/golden/logits/make.py} writes the golden file; that of a second judge for
 * models with experts, transformers, comes from {@code make-experts.py}.
 */
class TinyModelLogitsTest {
    private static final Path GOLDEN = Path.of("src/test/golden/logits/tiny-models.txt");
    private static final Path EXPERTS = Path.of("src/test/golden/logits/experts.txt");
    private static final int ROWS_OF_A_MODEL = 8;
    private static final int PROMPT_MAX = 48;

    /**
     * Keys and values are fp16 here and fp32 in the reference; nothing else differs. The maximum
     * difference was 0.0092. Any mistake in a formula gives many times that.
     */
    private static final double FLOAT_TOLERANCE = 0.012;

    /**
     * Quantized weights are multiplied with 8-bit activations, here and in llama.cpp, so
     * llama.cpp's own distance from fp32 is the limit. Over eight rows, the ratio of the two is
     * between 0.5 and 1.6; over all files it must not exceed 1.
     */
    private static final double RATIO_OF_ONE_FILE = 2;

    /** A line of the golden file. */
    private record Row(
            int prompt,
            int position,
            double logSumExp,
            double llamaCppDistance,
            Map<Integer, Double> top) {}

    private static final List<int[]> PROMPTS = new ArrayList<>();
    private static final Map<String, List<Row>> ROWS = new HashMap<>();
    private static final Map<String, List<Row>> ROWS_OF_TRANSFORMERS = new HashMap<>();

    @TempDir Path folder;

    @BeforeAll
    static void readGolden() throws IOException {
        readGolden(GOLDEN, ROWS);
        readGolden(EXPERTS, ROWS_OF_TRANSFORMERS);
    }

    private static void readGolden(Path golden, Map<String, List<Row>> rows) throws IOException {
        for (String line : Files.readAllLines(golden)) {
            String[] words = line.split(" ");
            if (line.startsWith("prompt ")) {
                PROMPTS.add(Arrays.stream(words).skip(2).mapToInt(Integer::parseInt).toArray());
            } else if (!line.startsWith("#")) {
                rows.computeIfAbsent(words[0], _ -> new ArrayList<>()).add(row(words));
            }
        }
    }

    private static Row row(String[] words) {
        Map<Integer, Double> top = new HashMap<>();
        Arrays.stream(words)
                .skip(5)
                .map(word -> word.split(":"))
                .forEach(pair -> top.put(Integer.parseInt(pair[0]), Double.parseDouble(pair[1])));
        return new Row(
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[4]),
                top);
    }

    static Stream<TinyModel> floatModels() {
        return TinyModelFiles.all().stream().filter(model -> !isQuantized(model.format()));
    }

    @ParameterizedTest
    @MethodSource("floatModels")
    void floatingPointWeightsGiveTheLogitsOfTheReference(TinyModel model) {
        assertThat(distances(model, ROWS)).allMatch(distance -> distance <= FLOAT_TOLERANCE);
    }

    static Stream<TinyModel> modelsWithExperts() {
        return TinyModelFiles.all().stream()
                .filter(model -> ROWS_OF_TRANSFORMERS.containsKey(model.label()));
    }

    @ParameterizedTest
    @MethodSource("modelsWithExperts")
    void expertsGiveTheLogitsOfTransformers(TinyModel model) {
        List<Double> distances = distances(model, ROWS_OF_TRANSFORMERS);
        if (isQuantized(model.format())) {
            double limit = mean(rows(model, ROWS).stream().map(Row::llamaCppDistance).toList());
            assertThat(mean(distances)).isLessThan(RATIO_OF_ONE_FILE * limit);
        } else {
            assertThat(distances).allMatch(distance -> distance <= FLOAT_TOLERANCE);
        }
    }

    @Test
    void transformersJudgesAllFamiliesWithExperts() {
        assertThat(modelsWithExperts()).hasSize(20);
    }

    @Test
    void quantizedWeightsAreAsCloseToTheReferenceAsInLlamaCpp() {
        double ours = 0;
        double theirs = 0;
        for (TinyModel model : TinyModelFiles.all()) {
            if (isQuantized(model.format())) {
                double here = mean(distances(model, ROWS));
                double there = mean(rows(model, ROWS).stream().map(Row::llamaCppDistance).toList());
                assertThat(here).as(model.label()).isLessThan(RATIO_OF_ONE_FILE * there);
                ours += here;
                theirs += there;
            }
        }
        assertThat(ours).isLessThan(theirs);
    }

    private static boolean isQuantized(WeightFormat format) {
        return format.blockElements() > 1;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private static List<Row> rows(TinyModel model, Map<String, List<Row>> golden) {
        List<Row> rows = golden.getOrDefault(model.label(), List.of());
        assertThat(rows).as("golden rows of %s", model.label()).hasSize(ROWS_OF_A_MODEL);
        return rows;
    }

    /** The distance of each row of a model from the reference. */
    private List<Double> distances(TinyModel model, Map<String, List<Row>> golden) {
        List<Row> rows = rows(model, golden);
        try (GgufFile file = GgufFile.open(model.write(folder.resolve("tiny.gguf")));
                Workers workers = new Workers(1);
                Arena arena = Arena.ofConfined()) {
            ModelConfig config = ModelConfig.of(file);
            Kernels kernels = new ScalarKernels();
            Transformer transformer =
                    new Transformer(
                            config,
                            Weights.load(WeightSource.of(file), config, kernels, workers, arena),
                            kernels,
                            workers,
                            new Transformer.Limits(PROMPT_MAX, PROMPT_MAX, PROMPT_MAX),
                            arena);
            List<Double> distances = new ArrayList<>();
            for (int prompt = 0; prompt < PROMPTS.size(); prompt++) {
                run(transformer, PROMPTS.get(prompt), arena);
                for (Row row : rows) {
                    if (row.prompt() == prompt) {
                        float[] logits = new float[TinyVocabulary.SIZE];
                        transformer.logits(row.position(), logits);
                        distances.add(distance(row, logits));
                    }
                }
            }
            return distances;
        }
    }

    /** One step over the whole prompt, with logits for every position. */
    private static void run(Transformer transformer, int[] prompt, Arena arena) {
        ModelConfig config = transformer.config();
        long blockBytes = KvCache.blockBytes(config.layers(), config.kvShape());
        int blocks = PROMPT_MAX / BlockPool.BLOCK_TOKENS;
        KvCache cache =
                new KvCache(
                        arena.allocate(blocks * blockBytes, 64), config.layers(), config.kvShape());
        BlockPool pool = new BlockPool(blocks);
        BlockTable table = new BlockTable(pool, new PrefixIndex(pool), blockBytes, "");
        table.reserve(prompt.length);
        Batch batch = new Batch(PROMPT_MAX, PROMPT_MAX);
        batch.add(table, prompt, 0, prompt.length, prompt.length);
        transformer.forward(batch, cache, () -> false);
    }

    private static double distance(Row row, float[] logits) {
        double highest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            highest = Math.max(highest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - highest);
        }
        double logSumExp = highest + Math.log(sum);
        return row.top().entrySet().stream()
                .mapToDouble(token -> {
                    double ours = logits[token.getKey()] - logSumExp;
                    return Math.abs(ours - (token.getValue() - row.logSumExp()));
                })
                .max()
                .orElseThrow();
    }
}
