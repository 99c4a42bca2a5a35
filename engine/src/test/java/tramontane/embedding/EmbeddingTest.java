package tramontane.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.engine.EngineFullException;
import tramontane.engine.LoadedModel;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.choice.KernelsHere;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.model.ModelException;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.RealModels;
import tramontane.testkit.TinyEmbedderFiles;
import tramontane.testkit.TinyEncoder;
import tramontane.token.Tokenizer;

class EmbeddingTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir Path folder;

    private static LoadedModel.Options options(Kernels kernels, int threads) {
        return new LoadedModel.Options(() -> kernels, threads, 0, 4, 1L << 30);
    }

    private LoadedEmbedder load(GgufWriter file, Kernels kernels, int threads) {
        Path path = folder.resolve("model" + System.nanoTime() + ".gguf");
        file.write(path);
        return load(path, kernels, threads);
    }

    private static LoadedEmbedder load(Path path, Kernels kernels, int threads) {
        try (GgufFile file = GgufFile.open(path)) {
            return LoadedEmbedder.load(file, options(kernels, threads));
        }
    }

    private static float[][] vectors(LoadedEmbedder model, int[]... texts)
            throws EngineFullException, InterruptedException {
        return outcome(model.embedder().submit(texts, "test"));
    }

    private static float[][] outcome(EmbeddingJob job) throws InterruptedException {
        return switch (job.poll(PATIENCE).orElseThrow()) {
            case EmbeddingJob.Outcome.Vectors(float[][] values) -> values;
            case EmbeddingJob.Outcome.Failed(String reason) -> throw new AssertionError(reason);
        };
    }

    @Test
    void tinyModelsGiveTheVectorsOfTransformers() throws Exception {
        Map<String, GgufWriter> files = TinyEmbedderFiles.all();
        Map<String, List<EmbeddingGoldens.Tiny>> goldens = new HashMap<>();
        EmbeddingGoldens.tiny()
                .forEach(each ->
                        goldens.computeIfAbsent(each.model(), _ -> new ArrayList<>()).add(each));
        assertThat(goldens.keySet()).isEqualTo(files.keySet());
        for (Map.Entry<String, GgufWriter> file : files.entrySet()) {
            // Activations are rounded to int8 for quantized weights, and keys to fp16 for all.
            double distance = file.getKey().contains("q8_0") ? 5e-4 : 2e-6;
            try (LoadedEmbedder model = load(file.getValue(), KernelChoice.of(""), 2)) {
                for (EmbeddingGoldens.Tiny golden :
                        goldens.getOrDefault(file.getKey(), List.of())) {
                    float[] vector = vectors(model, golden.tokens())[0];
                    assertThat(1 - EmbeddingGoldens.cosine(vector, golden.vector()))
                            .as("%s, %d tokens", file.getKey(), golden.tokens().length)
                            .isLessThan(distance);
                    assertThat(EmbeddingGoldens.cosine(vector, vector)).isEqualTo(1, offset(1e-6));
                }
            }
        }
    }

    @Test
    void minilmGivesTheVectorsOfSentenceTransformers() throws Exception {
        Optional<Path> file = RealModels.find("all-minilm-l6-v2");
        assumeTrue(
                file.isPresent(),
                "all-minilm-l6-v2.gguf is not here; ./tramontane test converts it");
        try (LoadedEmbedder model = load(file.orElseThrow(), KernelChoice.of(""), 2)) {
            Tokenizer tokenizer = model.outline().tokenizer();
            for (EmbeddingGoldens.Sentence golden : EmbeddingGoldens.minilm()) {
                int[] tokens = tokenizer.withBosAndEos(tokenizer.encode(golden.text()));
                assertThat(tokens.length).as(golden.text()).isEqualTo(golden.tokens());
                float[] vector = vectors(model, tokens)[0];
                double distance = 1 - EmbeddingGoldens.cosine(vector, golden.vector());
                assertThat(distance).as(golden.text()).isLessThan(1e-6);
            }
        }
    }

    /** Texts of many lengths, so that steps are full and long texts lie in several. */
    private static int[][] texts(int count, int longest, int vocabulary) {
        Random random = new Random(5);
        int[][] texts = new int[count][];
        for (int i = 0; i < count; i++) {
            texts[i] = random.ints(random.nextInt(1, longest + 1), 5, vocabulary).toArray();
        }
        return texts;
    }

    @Test
    void aTextHasTheSameBitsAloneAndInABatchWithAllKernelsAndThreads() throws Exception {
        Map<String, GgufWriter> files = TinyEmbedderFiles.all();
        files.keySet().retainAll(Set.of("bert-f32-1", "bert-q8_0-1", "qwen3-f32-3"));
        for (Map.Entry<String, GgufWriter> file : files.entrySet()) {
            boolean encoder = file.getKey().startsWith(TinyEncoder.NAME);
            int[][] texts = texts(30, encoder ? TinyEncoder.CONTEXT : 700, 60);
            float[][] expected = new float[texts.length][];
            try (LoadedEmbedder scalar = load(file.getValue(), new ScalarKernels(), 1)) {
                for (int i = 0; i < texts.length; i += 3) {
                    expected[i] = vectors(scalar, texts[i])[0];
                }
            }
            for (Kernels kernels : KernelsHere.all().values()) {
                for (int threads = 1; threads <= 3; threads += 2) {
                    try (LoadedEmbedder fast = load(file.getValue(), kernels, threads)) {
                        float[][] together = vectors(fast, texts);
                        for (int i = 0; i < texts.length; i += 3) {
                            assertThat(together[i])
                                    .as(
                                            "%s, %s, %d threads, text %d",
                                            file.getKey(), kernels.name(), threads, i)
                                    .isEqualTo(expected[i]);
                        }
                    }
                }
            }
        }
    }

    @Test
    void longTextsOfManyCallersTakeTurnsWithTheCacheAndKeepTheirBits() throws Exception {
        try (LoadedEmbedder model = load(TinyEmbedderFiles.decoder(1), KernelChoice.of(""), 2)) {
            // The cache holds two contexts of 2048 tokens.
            int[][] texts = new int[5][];
            List<EmbeddingJob> jobs = new ArrayList<>();
            for (int i = 0; i < texts.length; i++) {
                texts[i] = new Random(i).ints(1500 + 70 * i, 5, 60).toArray();
                jobs.add(model.embedder().submit(new int[][] {texts[i]}, "caller" + i));
            }
            List<float[]> together = new ArrayList<>();
            for (EmbeddingJob job : jobs) {
                together.add(outcome(job)[0]);
            }
            for (int i = 0; i < texts.length; i++) {
                assertThat(vectors(model, texts[i])[0]).isEqualTo(together.get(i));
            }
        }
    }

    @Test
    void aCancelledJobEndsAndLeavesRoomForOthers() throws Exception {
        try (LoadedEmbedder model = load(TinyEmbedderFiles.decoder(3), KernelChoice.of(""), 1)) {
            int[][] many = texts(1000, 1500, 60);
            EmbeddingJob cancelled = model.embedder().submit(many, "one");
            EmbeddingJob other = model.embedder().submit(texts(3, 50, 60), "two");
            assertThat(outcome(other)).hasNumberOfRows(3);
            cancelled.cancel();
            while (model.embedder().unfinishedJobs() > 0) {
                Thread.onSpinWait();
            }
            assertThat(outcome(model.embedder().submit(texts(9, 900, 60), "one")))
                    .hasNumberOfRows(9);
        }
    }

    @Test
    void aClosedEmbedderFailsItsJobs() throws Exception {
        LoadedEmbedder model = load(TinyEncoder.ofMean().gguf(), KernelChoice.of(""), 1);
        EmbeddingJob running = model.embedder().submit(texts(2000, 160, 60), "one");
        model.close();
        EmbeddingJob late = model.embedder().submit(texts(1, 10, 60), "one");
        for (EmbeddingJob job : List.of(running, late)) {
            assertThat(job.poll(PATIENCE).orElseThrow())
                    .isEqualTo(new EmbeddingJob.Outcome.Failed("the server is shutting down"));
        }
    }

    @Test
    void textsThatDoNotFitAreRefused() {
        try (LoadedEmbedder model = load(TinyEncoder.ofMean().gguf(), new ScalarKernels(), 1)) {
            for (int[] text : new int[][] {{}, new int[TinyEncoder.CONTEXT + 1]}) {
                assertThatThrownBy(() -> model.embedder().submit(new int[][] {text}, "test"))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void filesThatCannotEmbedAreRefusedWithAReason() {
        checkRefused(
                TinyEncoder.ofMean().withPooling(0).gguf(), "bert.pooling_type is missing or 0");
        checkRefused(TinyEncoder.ofMean().withPooling(4).gguf(), "ranks pairs of texts");
        checkRefused(TinyEncoder.ofMean().withPooling(9).gguf(), "bert.pooling_type is 9");
        checkRefused(
                TinyEncoder.ofMean().gguf().put("bert.attention.causal", true),
                "bert.attention.causal is true");
        checkRefused(
                TinyEmbedderFiles.decoder(3).put("qwen3.attention.causal", false),
                "looks both ways");
        checkRefused(
                TinyEncoder.ofMean().gguf().put("bert.attention.head_count", 8), "multiple of 16");
        checkRefused(
                TinyEncoder.ofMean().gguf().put("bert.context_length", 161),
                "position_embd.weight has 160 rows");
        checkRefused(
                TinyEncoder.ofMean().gguf().put("tokenizer.ggml.unknown_token_id", 1_000_000),
                "tokenizer.ggml.unknown_token_id");
    }

    private void checkRefused(GgufWriter file, String reason) {
        assertThatThrownBy(() -> load(file, new ScalarKernels(), 1).close())
                .isInstanceOfAny(ModelException.class, GgufException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aModelThatComputesNoNumbersFailsTheJob() throws Exception {
        // Norms multiply by weights near the largest float, so that sums overflow.
        try (LoadedEmbedder model = load(overflowing(), new ScalarKernels(), 1)) {
            assertThat(
                            model.embedder()
                                    .submit(new int[][] {{2, 7, 3}, {2, 3}}, "test")
                                    .poll(PATIENCE)
                                    .orElseThrow())
                    .isInstanceOf(EmbeddingJob.Outcome.Failed.class);
        }
    }

    private static GgufWriter overflowing() {
        return TinyEncoder.ofMean().gguf().put("bert.attention.layer_norm_epsilon", Float.NaN);
    }

    @Test
    void aDamagedHeaderGivesATypedErrorOrVectors() throws Exception {
        byte[] intact = TinyEncoder.ofMean().gguf().toBytes();
        Random random = new Random(3);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = intact.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[random.nextInt(4096)] ^= (byte) (1 << random.nextInt(8));
            }
            Path path = Files.write(folder.resolve("damaged.gguf"), bytes);
            try (LoadedEmbedder model = load(path, new ScalarKernels(), 1)) {
                Tokenizer tokenizer = model.outline().tokenizer();
                int[] tokens = tokenizer.withBosAndEos(tokenizer.encode("the cold wind"));
                EmbeddingJob job = model.embedder().submit(new int[][] {tokens}, "test");
                assertThat(job.poll(PATIENCE)).isPresent();
            } catch (GgufException | ModelException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            }
        }
    }
}
