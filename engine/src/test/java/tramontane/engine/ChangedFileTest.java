package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufException;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

/** A model file that changes while it is loaded, or after it was. */
class ChangedFileTest {
    private static final SamplingParams GREEDY = new SamplingParams(0, 1, 1, 0, 0);
    private static final TinyModel MODEL =
            TinyModel.of(Architecture.LLAMA).withFormat(WeightFormat.Q4_K);

    @TempDir Path folder;

    /** Does something to a file. */
    @FunctionalInterface
    private interface Change {
        void to(Path file) throws IOException;
    }

    @Test
    void aFileThatChangesWhileItIsLoadedIsRefused() throws IOException {
        refused(ChangedFileTest::truncate, "changed while it was being read; try again");
        refused(ChangedFileTest::overwrite, "changed while it was being read; try again");
        refused(ChangedFileTest::scramble, "changed while it was being read; try again");
        refused(ChangedFileTest::replace, "changed while it was being read; try again");
        refused(ChangedFileTest::append, "changed while it was being read; try again");
        refused(Files::delete, "cannot be read any more");
    }

    /** The kernels are requested after the header has been read and before the weights are. */
    private void refused(Change change, String message) throws IOException {
        Path file = write();
        LoadedModel.Options options =
                options(() -> {
                    try {
                        change.to(file);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
        assertThatThrownBy(() -> LoadedModel.load(file, options).close())
                .isInstanceOf(GgufException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void aLoadedModelDoesNotDependOnItsFile() throws Exception {
        for (Change change :
                List.<Change>of(
                        ChangedFileTest::truncate,
                        ChangedFileTest::overwrite,
                        ChangedFileTest::replace,
                        Files::delete)) {
            Path file = write();
            try (LoadedModel model = LoadedModel.load(file, options(() -> {}))) {
                List<Integer> before = answer(model, 0);
                change.to(file);
                for (int round = 1; round < 4; round++) {
                    assertThat(answer(model, round)).isEqualTo(before);
                }
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLoadedModelKeepsNoFileOpenOrMapped() throws IOException {
        Path file = write();
        try (LoadedModel model = LoadedModel.load(file, options(() -> {}));
                var open = Files.list(Path.of("/proc/self/fd"))) {
            assertThat(model.plan().weightBytes()).isPositive();
            assertThat(Files.readString(Path.of("/proc/self/maps")))
                    .doesNotContain(file.toString());
            assertThat(open.map(ChangedFileTest::target)).doesNotContain(file.toString());
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    /** Each round has its own cache key, so that every prompt is computed. */
    private static List<Integer> answer(LoadedModel model, int round) throws Exception {
        int[] prompt = {1, 7, 42, 99, 3};
        GenerationRequest request =
                TinyEngine.request(prompt, 12, GREEDY, 1, new int[0], "round " + round);
        return TinyEngine.answer(model.engine().submit(request)).getFirst();
    }

    private static LoadedModel.Options options(Runnable beforeTheWeights) {
        return new LoadedModel.Options(
                () -> {
                    beforeTheWeights.run();
                    return KernelChoice.of("");
                },
                2,
                0,
                2,
                256L << 20);
    }

    private Path write() throws IOException {
        Path file = MODEL.write(folder.resolve("model.gguf"));
        // A time in the past, so that a change is newer at any resolution of the clock.
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
        return file;
    }

    private static void truncate(Path file) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(access.length() / 2);
        }
    }

    private static void append(Path file) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(access.length());
            access.write(1);
        }
    }

    private static void overwrite(Path file) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(access.length() / 2);
            access.write(new byte[(int) (access.length() / 4)]);
        }
    }

    /** Writes bytes that are NaN in every format of weights. */
    private static void scramble(Path file) throws IOException {
        byte[] ones = new byte[(int) Files.size(file) / 2];
        java.util.Arrays.fill(ones, (byte) -1);
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(ones.length);
            access.write(ones);
        }
    }

    /** Keeps size and modification time. */
    private static void replace(Path file) throws IOException {
        Path other =
                Files.copy(file, file.resolveSibling("other"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
