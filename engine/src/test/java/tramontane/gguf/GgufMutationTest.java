package tramontane.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

/**
 * Damages valid files in thousands of seeded ways. Each file can be opened and read completely, or
 * is refused with a reason.
 */
class GgufMutationTest {
    private static final int ROUNDS = 4_000;

    /** Values at which counts, sizes and offsets often fail. */
    private static final long[] AWKWARD = {
        0,
        1,
        -1,
        255,
        65_536,
        1L << 31,
        (1L << 31) - 1,
        1L << 32,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -8,
        31
    };

    @TempDir Path folder;

    @Test
    void aDamagedFileIsReadOrRefused() throws IOException {
        byte[] valid =
                TinyModel.of(Architecture.LLAMA).withFormat(WeightFormat.Q4_0).gguf().toBytes();
        int opened = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            byte[] damaged = damage(valid, new SplittableRandom(seed));
            Path path = Files.write(folder.resolve("damaged.gguf"), damaged);
            try (GgufFile file = GgufFile.open(path)) {
                readAll(file);
                opened++;
            } catch (GgufException refused) {
                assertThat(refused).as("seed %d", seed).hasMessageContaining(": ");
            } catch (RuntimeException other) {
                throw new AssertionError("seed " + seed, other);
            }
        }
        // If one outcome is rare, the mutations do not test much.
        assertThat(opened).isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
    }

    private static byte[] damage(byte[] valid, SplittableRandom random) {
        byte[] file = valid.clone();
        // Most mutations change the header, because the data at the end can have any value.
        int header = file.length / 4;
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(4) == 0 ? random.nextInt(200) : random.nextInt(header);
            switch (random.nextInt(4)) {
                case 0 -> file[at] = (byte) random.nextInt();
                case 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> putLong(file, at, AWKWARD[random.nextInt(AWKWARD.length)], 8);
                default -> putLong(file, at, AWKWARD[random.nextInt(AWKWARD.length)], 4);
            }
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(file, random.nextInt(file.length)) : file;
    }

    private static void putLong(byte[] file, int at, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            file[at + i] = (byte) (value >>> (8 * i));
        }
    }

    /** Reads every key as every type, and both ends of every tensor. */
    private static void readAll(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        for (String key : metadata.keys()) {
            attempt(() -> metadata.findString(key));
            attempt(() -> metadata.findInt(key));
            attempt(() -> metadata.findFloat(key));
            attempt(() -> metadata.findBool(key));
            attempt(() -> metadata.findStrings(key));
            attempt(() -> metadata.findInts(key));
            attempt(() -> metadata.findFloats(key));
        }
        for (TensorInfo tensor : file.tensors()) {
            MemorySegment row = MemorySegment.ofArray(new byte[(int) tensor.rowBytes()]);
            file.read(tensor, 0, 1, row);
            file.read(tensor, tensor.rows() - 1, 1, row);
        }
    }

    private static void attempt(Runnable read) {
        try {
            read.run();
        } catch (GgufException refused) {
            assertThat(refused).hasMessageContaining(": ");
        }
    }
}
