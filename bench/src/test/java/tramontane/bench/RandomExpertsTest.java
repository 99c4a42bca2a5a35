package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.choice.KernelChoice;
import tramontane.testkit.RandomExperts;

/** Models with experts that are written for measurements. */
class RandomExpertsTest {
    private static final int WIDTH = 2048;

    @TempDir private Path folder;

    @ParameterizedTest
    @EnumSource
    void aTokenReadsOnlyTheExpertsThatComputeIt(RandomExperts model) throws Exception {
        long few = bytesOfAToken(model, 16);
        long many = bytesOfAToken(model, 32);
        // A row of the router for each expert, in fp32.
        assertThat(many - few).isEqualTo(16 * WIDTH * 4);
    }

    private long bytesOfAToken(RandomExperts model, int experts) throws Exception {
        Path file = model.write(folder.resolve("model.gguf"), 1, experts);
        try (OwnEngine engine = OwnEngine.load(file, KernelChoice.of(""), 2, 512, 512)) {
            assertThat(engine.run(new Load.Decode(0, 4)).tokens()).isEqualTo(4);
            return engine.weightBytes();
        } finally {
            Files.delete(file);
        }
    }
}
