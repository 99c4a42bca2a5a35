package tramontane.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.chat.TemplateSource;
import tramontane.engine.LoadedModel;
import tramontane.gguf.GgufFile;
import tramontane.kernel.choice.KernelChoice;
import tramontane.packed.PackedPlace;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.TinyEmbedderFiles;

/** Embedding models whose packed weights are kept in a file. */
class PackedEmbedderTest {
    @TempDir Path folder;

    @Test
    void vectorsHaveTheSameBitsWithAndWithoutTheFile() throws Exception {
        for (Map.Entry<String, GgufWriter> each : TinyEmbedderFiles.all().entrySet()) {
            Path file = folder.resolve(each.getKey() + ".gguf");
            each.getValue().write(file);
            Path packed = folder.resolve(each.getKey() + ".gguf.packed");
            float[][] expected = vectors(file, new PackedPlace.Off());
            assertThat(vectors(file, new PackedPlace.BesideModel())).isEqualTo(expected);
            FileTime made = Files.getLastModifiedTime(packed);
            assertThat(vectors(file, new PackedPlace.BesideModel())).isEqualTo(expected);
            assertThat(Files.getLastModifiedTime(packed)).as("used, not made").isEqualTo(made);
        }
    }

    private static float[][] vectors(Path path, PackedPlace packed) throws Exception {
        LoadedModel.Options options =
                new LoadedModel.Options(
                        () -> KernelChoice.of(""),
                        2,
                        0,
                        4,
                        1L << 30,
                        new TemplateSource.OfModel(),
                        new LoadedModel.Beside(packed));
        try (GgufFile file = GgufFile.open(path);
                LoadedEmbedder model = LoadedEmbedder.load(file, options)) {
            EmbeddingJob job = model.embedder().submit(new int[][] {{1, 9, 30, 7}, {2, 5}}, "test");
            float[][] vectors =
                    switch (job.poll(Duration.ofMinutes(5)).orElseThrow()) {
                        case EmbeddingJob.Outcome.Vectors(float[][] values) -> values;
                        case EmbeddingJob.Outcome.Failed(String reason) ->
                                throw new AssertionError(reason);
                    };
            model.awaitPacked();
            return vectors;
        }
    }
}
