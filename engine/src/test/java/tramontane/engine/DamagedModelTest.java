package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufException;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.model.ModelException;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** A model file with random damage loads, or is refused with a reason. */
class DamagedModelTest {
    private static final int ROUNDS = 400;

    /** Values at which counts, sizes and shapes often fail. */
    private static final int[] AWKWARD = {
        0, 1, 2, 3, -1, 7, 65, 255, 65_536, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30
    };

    @TempDir Path folder;

    @Test
    void itLoadsOrIsRefusedWithAReason() throws IOException {
        Kernels kernels = KernelChoice.of("");
        List<byte[]> intact =
                Stream.of(Architecture.values())
                        .map(kind -> TinyModel.of(kind).gguf().toBytes())
                        .toList();
        int loaded = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] file = intact.get(seed % intact.size()).clone();
            int header = file.length / 4;
            for (int i = 0; i <= random.nextInt(2); i++) {
                int at = random.nextInt(random.nextInt(3) == 0 ? header : 3000);
                int value =
                        random.nextBoolean()
                                ? AWKWARD[random.nextInt(AWKWARD.length)]
                                : file[at] ^ 1 << random.nextInt(8);
                for (int b = 0; b < (random.nextBoolean() ? 4 : 1); b++) {
                    file[at + b] = (byte) (value >>> 8 * b);
                }
            }
            Path path = Files.write(folder.resolve("damaged.gguf"), file);
            try {
                LoadedModel.load(path, new LoadedModel.Options(() -> kernels, 1, 0, 2, 256L << 20))
                        .close();
                loaded++;
            } catch (GgufException | ModelException refused) {
                assertThat(refused.getMessage()).as("seed %d", seed).isNotBlank();
            } catch (RuntimeException | Error other) {
                throw new AssertionError("seed " + seed, other);
            }
        }
        assertThat(loaded).isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }
}
