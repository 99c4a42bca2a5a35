package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Files of the models directory against their sums. */
class ModelCheckTest {
    private static final byte[] MODEL = TinyModel.of(Architecture.LLAMA).gguf().toBytes();

    @TempDir Path folder;

    private final AtomicInteger readings = new AtomicInteger();
    private Path store;
    private Path file;
    private Catalog catalog;

    @BeforeEach
    void pull() throws IOException {
        store = Files.createDirectories(folder.resolve("store"));
        Path source = Files.write(folder.resolve("tiny.gguf"), MODEL);
        catalog = Catalog.load(store);
        PullSettings.Hub nowhere =
                new PullSettings.Hub(URI.create("http://127.0.0.1:1"), Optional.empty());
        PullSettings settings =
                new PullSettings(
                        List.of(nowhere), List.of(), Duration.ofMillis(1), Duration.ofMillis(1));
        file =
                new ModelPuller(catalog, settings, InstantSource.fixed(Instant.EPOCH))
                        .pull(source.toString(), step -> {});
    }

    private Optional<Path> locate(String nameOrPath) throws IOException {
        return catalog.locate(nameOrPath, readings::incrementAndGet);
    }

    @Test
    void aFileIsReadOnceAfterItChanged() throws IOException {
        assertThat(locate("tiny")).contains(file);
        assertThat(locate(file.toString())).contains(file);
        assertThat(readings).hasValue(0);

        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
        assertThat(locate("tiny")).contains(file);
        assertThat(readings).hasValue(1);
        assertThat(locate("tiny")).contains(file);
        assertThat(readings).hasValue(1);

        // As an older version left it, without a note.
        Files.delete(store.resolve(".tiny.checked"));
        assertThat(locate("tiny")).contains(file);
        assertThat(readings).hasValue(2);
        Files.writeString(store.resolve(".tiny.checked"), "{no note");
        assertThat(locate("tiny")).contains(file);
        assertThat(locate("tiny")).contains(file);
        assertThat(readings).hasValue(3);
    }

    @Test
    void aDamagedFileIsRefusedByNameAndByPath() throws IOException {
        byte[] damaged = MODEL.clone();
        damaged[MODEL.length / 2] ^= 4;
        Files.write(file, damaged);
        String advice = "Fetch it again: ./tramontane pull " + folder.resolve("tiny.gguf");
        for (String spec : List.of("tiny", file.toString(), "tiny")) {
            damaged(spec, "is damaged: its SHA-256 sum is", advice);
        }
        Files.write(file, new byte[3]);
        damaged("tiny", "it has 3 bytes instead of " + MODEL.length, advice);
        Files.write(file, MODEL);
        assertThat(locate("tiny")).contains(file);
    }

    @Test
    void withoutAManifestTheSumOfTheCatalogueCounts() throws IOException {
        String sum = PartFile.sumOf(file);
        Path byHand = Files.write(store.resolve("known.gguf"), MODEL);
        catalog =
                Catalog.parse(
                        store,
                        JsonMapper.shared()
                                .readTree(
                                        """
                                        {"models": [{"name": "known", "title": "t", "licence": "l", "bytes": %d,
                                          "sha256": "%s", "ramBytes": 1, "contextTokens": 1,
                                          "sources": ["hf:o/r/f.gguf"], "standard": true}]}\
                                        """
                                                .formatted(MODEL.length, sum)));
        assertThat(locate("known")).contains(byHand);

        byte[] damaged = MODEL.clone();
        damaged[MODEL.length / 2] ^= 4;
        Files.write(byHand, damaged);
        damaged("known", "is damaged", "Fetch it again: ./tramontane pull known");
        Files.write(byHand, new byte[3]);
        damaged("known", "is not the model known of the catalogue", "Run it by its path");
        assertThat(locate(byHand.toString())).contains(byHand);
    }

    @Test
    void aFileOfWhichNothingIsKnownIsTheUsersAffair() throws IOException {
        Path byHand = Files.write(store.resolve("own.gguf"), new byte[3]);
        assertThat(locate("own")).contains(byHand);
        assertThat(catalog.check().verify("own")).isInstanceOf(ModelCheck.Verdict.NoSum.class);
        assertThat(locate("absent")).isEmpty();
        assertThat(readings).hasValue(0);
    }

    /** Archives keep whole seconds; a file that was really written later has a fraction. */
    @Test
    void aFileThatWasUnpackedFromAnArchiveIsNotReadAgain() throws IOException {
        Instant modified = Files.getLastModifiedTime(file).toInstant();
        Files.setLastModifiedTime(
                file, FileTime.from(Instant.ofEpochSecond(modified.getEpochSecond())));
        assertThat(locate("tiny")).contains(file);
        assertThat(readings).hasValue(0);
    }

    private void damaged(String spec, String... parts) {
        for (String part : parts) {
            assertThatExceptionOfType(DamagedModelException.class)
                    .isThrownBy(() -> locate(spec))
                    .withMessageContaining(part);
        }
    }
}
