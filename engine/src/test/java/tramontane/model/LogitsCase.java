package tramontane.model;

import java.nio.file.Path;
import java.util.Random;
import tramontane.kernel.Kernels;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/** Tiny models in a folder, and the logits that the scalar kernels give. */
record LogitsCase(Path folder) {
    static final int CONTEXT = 1024;
    static final int ROWS = 512;

    static int[] prompt(int seed, int length) {
        return new Random(seed).ints(length, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }

    TransformerUnderTest load(TinyModel model, Kernels kernels, int threads) {
        Path file = folder.resolve(model.label() + ".gguf");
        return new TransformerUnderTest(
                file.toFile().exists() ? file : model.write(file), kernels, threads, CONTEXT, ROWS);
    }

    int[][] expected(TinyModel model, int[] prompt) {
        try (TransformerUnderTest scalar = load(model, new ScalarKernels(), 1)) {
            return scalar.bits(prompt, Math.min(prompt.length, ROWS));
        }
    }
}
