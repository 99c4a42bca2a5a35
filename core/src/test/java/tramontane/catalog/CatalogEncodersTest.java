package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.catalog.EncoderShape.Layers;
import tramontane.catalog.EncoderShape.Picture;
import tramontane.gguf.GgufFile;
import tramontane.testkit.WeightFormat;
import tramontane.vision.VisionModel;

/**
 * The image encoders of the catalogue: their sizes are those of the tensors, and their memory is
 * what the engine plans.
 */
class CatalogEncodersTest {
    private static final int THREADS = 8;

    /** A header is a list of about 230 tensors. */
    private static final long MAX_HEADER_BYTES = 20_000;

    /** Converters store the convolution of half a million weights as F16 or as F32. */
    private static final long MAX_DIFFERENCE_BYTES = 1_300_000;

    @TempDir Path folder;

    private final Catalog catalog = Catalog.load(Path.of("absent"));

    @Test
    void theMemoryIsWhatTheEnginePlans() throws IOException {
        for (Map.Entry<String, EncoderShape> each : shapes().entrySet()) {
            Path file = each.getValue().write(folder.resolve("shape.gguf"));
            try (GgufFile open = GgufFile.open(file)) {
                long planned = VisionModel.plannedBytes(open, THREADS);
                assertThat(encoder(each.getKey()).ramBytes())
                        .as(each.getKey())
                        .isBetween(planned, planned + 20_000_000);
            }
        }
    }

    @Test
    void theFilesHaveTheSizesOfTheEncoders() {
        shapes().forEach((name, shape) -> {
            CatalogEntry.Download download = encoder(name).download();
            long header = download.bytes() - shape.tensorBytes();
            assertThat(header)
                    .as(name)
                    .isBetween(
                            download.exact() ? 0 : -MAX_DIFFERENCE_BYTES,
                            download.exact() ? MAX_HEADER_BYTES : MAX_DIFFERENCE_BYTES);
        });
    }

    @Test
    void everyEncoderIsComplete() {
        List<CatalogEntry> seeing =
                catalog.list().stream().filter(entry -> entry.encoder().isPresent()).toList();
        assertThat(seeing)
                .extracting(CatalogEntry::name)
                .containsExactlyInAnyOrderElementsOf(shapes().keySet());
        for (CatalogEntry entry : seeing) {
            CatalogEntry.Download download = encoder(entry.name()).download();
            assertThat(download.sources())
                    .as(entry.name())
                    .isNotEmpty()
                    .allMatch(source -> EncoderName.isOne(source.modelName() + ".gguf"))
                    .allMatch(source -> source.split().isEmpty());
            download.sha256().ifPresent(sum -> assertThat(sum).matches("[0-9a-f]{64}"));
            assertThat(entry.totalBytes()).isEqualTo(entry.bytes() + download.bytes());
            assertThat(entry.totalRamBytes())
                    .isEqualTo(entry.ramBytes() + encoder(entry.name()).ramBytes());
        }
    }

    private CatalogEntry.Encoder encoder(String name) {
        return catalog.find(name).orElseThrow().encoder().orElseThrow();
    }

    /** By models: the width of the text model, and the formats of the file. */
    private static Map<String, EncoderShape> shapes() {
        Map<String, EncoderShape> shapes = new HashMap<>();
        Map<String, Integer> widths =
                Map.of("ministral-3-3b", 3072, "ministral-3-8b", 4096, "ministral-3-14b", 5120);
        for (String name : widths.keySet()) {
            EncoderShape shape =
                    new EncoderShape(
                            Picture.MERGING,
                            Objects.requireNonNull(widths.get(name)),
                            WeightFormat.BF16,
                            WeightFormat.F32);
            shapes.put(name, shape);
            shapes.put(name + "-reasoning", shape);
        }
        EncoderShape small =
                new EncoderShape(Picture.MERGING, 5120, WeightFormat.F16, WeightFormat.F16);
        shapes.put("mistral-small-3.2-24b", small);
        shapes.put("magistral-small-1.2-24b", small);
        shapes.put("devstral-small-2-24b", small);
        shapes.put(
                "mistral-small-4",
                new EncoderShape(Picture.MERGING, 4096, WeightFormat.F16, WeightFormat.F16));
        shapes.put(
                "mistral-medium-3.5-128b",
                new EncoderShape(
                        Picture.MERGING, Layers.MEDIUM, 12288, WeightFormat.F16, WeightFormat.F16));
        shapes.put(
                "pixtral-12b",
                new EncoderShape(Picture.PIXTRAL, 5120, WeightFormat.Q8_0, WeightFormat.F16));
        return shapes;
    }
}
