package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.TinyImageEncoder;
import tramontane.testkit.TinyVisionFiles;
import tramontane.testkit.WeightFormat;

/** The memory of an image encoder is what its header says. */
class PatchEncoderTest {
    @TempDir Path folder;

    @Test
    void weightsAndBuffersTakeWhatIsPlanned() {
        for (TinyImageEncoder tiny : TinyVisionFiles.all()) {
            Path path = tiny.write(folder.resolve("vision.gguf"));
            try (GgufFile file = GgufFile.open(path);
                    Workers workers = new Workers(2);
                    Arena arena = Arena.ofShared()) {
                AtomicLong allocated = new AtomicLong();
                SegmentAllocator memory =
                        (bytes, alignment) -> {
                            allocated.addAndGet(bytes);
                            return arena.allocate(bytes, alignment);
                        };
                Kernels kernels = new ScalarKernels();
                PatchEncoderConfig config = PatchEncoderConfig.of(file);
                PatchEncoderWeights weights =
                        PatchEncoderWeights.load(
                                WeightSource.of(file), config, kernels, workers, memory);
                // The plan adds room for the alignment of each vector.
                assertThat(allocated.get())
                        .as(tiny.label())
                        .isBetween(
                                PatchEncoderWeights.packedBytes(file) * 9 / 10,
                                PatchEncoderWeights.packedBytes(file));
                allocated.set(0);
                new PatchEncoder(config, weights, new HiddenRows.Parts(kernels, workers, memory));
                long planned = PatchEncoder.bufferBytes(file, 2);
                if (tiny.format() == WeightFormat.F16) {
                    // Only the weights tell whether they are bf16 numbers.
                    assertThat(allocated.get()).as(tiny.label()).isLessThanOrEqualTo(planned);
                } else {
                    assertThat(allocated.get()).as(tiny.label()).isEqualTo(planned);
                }
            }
        }
    }
}
