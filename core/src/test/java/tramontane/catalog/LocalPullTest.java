package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Pulls of files on this machine, and what else lies in the models directory: nothing is lost. */
@DisabledOnOs(OS.WINDOWS)
class LocalPullTest {
    private static final byte[] MODEL = TinyModel.of(Architecture.LLAMA).gguf().toBytes();
    private static final byte[] OTHER = TinyModel.of(Architecture.QWEN2).gguf().toBytes();
    private static final byte[] USERS = "the only copy of something".getBytes();

    @TempDir Path folder;

    private final List<PullProgress> progress = new ArrayList<>();
    private Path store;
    private Path source;

    @BeforeEach
    void write() throws IOException {
        store = Files.createDirectories(folder.resolve("store"));
        source = Files.write(folder.resolve("mine.gguf"), MODEL);
    }

    @Test
    void aLocalFileIsCopiedAndNeverLinked() throws IOException {
        Path file = pull(source);
        assertThat(file).isEqualTo(store.resolve("mine.gguf")).hasBinaryContent(MODEL);
        assertThat(Files.isSameFile(file, source)).isFalse();
        assertThat(Files.getAttribute(source, "unix:nlink")).isEqualTo(1);
        assertThat(names())
                .containsExactly(".mine.checked", ".mine.lock", "mine.gguf", "mine.json");
        assertThat(pull(source)).hasBinaryContent(MODEL);
    }

    @Test
    void aSymbolicLinkIsFollowedToACopy() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("alias.gguf"), source);
        Path file = pull(link);
        assertThat(file).isEqualTo(store.resolve("alias.gguf")).hasBinaryContent(MODEL);
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(source).hasBinaryContent(MODEL);
    }

    /** What a killed pull of version 0.1.0 left: a hard link to the user's file, and no note. */
    @Test
    void aPartThatIsALinkToAUsersFileIsNotWrittenTo() throws IOException {
        for (boolean noted : new boolean[] {false, true}) {
            Path part = store.resolve("known.gguf.part");
            for (boolean symbolic : new boolean[] {false, true}) {
                Path users = Files.write(folder.resolve("users"), USERS);
                if (symbolic) {
                    Files.createSymbolicLink(part, users);
                } else {
                    Files.createLink(part, users);
                }
                if (noted) {
                    note(part);
                }
                assertThat(known().pull("known", progress::add)).hasBinaryContent(MODEL);
                assertThat(users).hasBinaryContent(USERS);
                Files.delete(store.resolve("known.gguf"));
            }
        }
    }

    private static void note(Path part) throws IOException {
        Files.writeString(
                part.resolveSibling(part.getFileName() + ".json"),
                "{\"source\":\"hf:o/r/tiny.gguf\",\"version\":\"v\",\"packages\":0,\"bytes\":3}");
    }

    @Test
    void aPartThatNoPullLeftIsRenamed() throws IOException {
        Path part = Files.write(store.resolve("known.gguf.part"), USERS);
        known().pull("known", progress::add);
        assertThat(store.resolve("known.gguf.part.old")).hasBinaryContent(USERS);
        assertThat(part).doesNotExist();
        assertThat(progress).extracting(PullProgress::phase).contains(PullProgress.Phase.KEPT);

        Files.delete(store.resolve("known.gguf"));
        Files.createDirectories(part.resolve("inside"));
        known().pull("known", progress::add);
        assertThat(store.resolve("known.gguf.part.old-2/inside")).isDirectory();
    }

    /** A note speaks of one file, so another one that took its place is not the pull's. */
    @Test
    void aPartThatTookThePlaceOfAPullsIsRenamed() throws IOException {
        Path part = store.resolve("known.gguf.part");
        try (PartFile ours = PartFile.open(part)) {
            ours.restart(new PartFile.Origin(source.toString(), "", 0, 0));
        }
        Files.move(
                Files.write(folder.resolve("users"), USERS),
                part,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        known().pull("known", progress::add);
        assertThat(store.resolve("known.gguf.part.old")).hasBinaryContent(USERS);
    }

    @Test
    void notesOfOthersAreRenamedAndLinksAreNotWrittenThrough() throws IOException {
        Path users = Files.write(folder.resolve("users"), USERS);
        Files.writeString(store.resolve("mine.json"), "{\"mine\": true}");
        Files.createSymbolicLink(store.resolve(".mine.checked"), users);
        Files.createLink(store.resolve("mine.gguf.part.json"), users);
        pull(source);
        assertThat(store.resolve("mine.json.old")).hasContent("{\"mine\": true}");
        assertThat(users).hasBinaryContent(USERS);
        assertThat(catalog().manifest("mine")).map(Manifest::source).contains(source.toString());
    }

    @Test
    void aCopyThatWasKilledIsMadeAgain() throws IOException {
        Path part = store.resolve("mine.gguf.part");
        try (PartFile ours = PartFile.open(part)) {
            ours.restart(new PartFile.Origin(source.toString(), "", 0, 0));
            ours.write(OTHER, 1000);
        }
        assertThat(pull(source)).hasBinaryContent(MODEL);
        assertThat(names())
                .containsExactly(".mine.checked", ".mine.lock", "mine.gguf", "mine.json");
        assertThat(source).hasBinaryContent(MODEL);
    }

    @Test
    void whatIsNoModelIsLeftAloneAndLeavesNoTrace() throws IOException {
        Path text = Files.write(folder.resolve("passwd"), USERS);
        refused(text, text + " cannot be used (magic: is not \"GGUF\", this is no GGUF file)");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(text))
                .matches(e -> !String.valueOf(e.getMessage()).contains("deleted"));
        assertThat(text).hasBinaryContent(USERS);
        refused(folder, folder + " is a directory; name a GGUF file");
        refused(Path.of("/dev/null"), "/dev/null is no file; name a GGUF file");
        refused(
                Files.write(folder.resolve(".gguf"), MODEL),
                ".gguf has no name before .gguf; rename it");
        assertThat(names()).isEmpty();
    }

    @Test
    void aSourceThatChangesWhileItIsCopiedIsRefused() throws IOException {
        for (byte[] change :
                List.of(new byte[MODEL.length], new byte[100], new byte[MODEL.length + 9])) {
            Files.write(source, MODEL);
            Files.setLastModifiedTime(
                    source,
                    java.nio.file.attribute.FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
            assertThatExceptionOfType(PullException.class)
                    .isThrownBy(() ->
                            puller(catalog()).pull(source.toString(), step -> change(step, change)))
                    .withMessageContaining("changed while it was copied; pull again");
            assertThat(source).hasBinaryContent(change);
            assertThat(names()).containsExactly(".mine.lock");
        }
    }

    private void change(PullProgress step, byte[] content) {
        if (step.phase() == PullProgress.Phase.DOWNLOADING) {
            try {
                Files.write(source, content);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void theFileInTheStoreCanBePulledItself() throws IOException {
        Path inside = Files.write(store.resolve("own.gguf"), MODEL);
        assertThat(pull(inside)).isEqualTo(inside).hasBinaryContent(MODEL);
        assertThat(catalog().manifest("own")).map(Manifest::source).contains("found in place");
        assertThat(pull(inside)).hasBinaryContent(MODEL);

        Path alias = Files.createLink(folder.resolve("own.gguf"), inside);
        assertThat(pull(alias)).isEqualTo(inside).hasBinaryContent(MODEL);

        Files.write(inside, OTHER);
        refused(inside, "it is damaged, or another model that needs another name");
        assertThat(inside).hasBinaryContent(OTHER);
    }

    @Test
    void anotherFileOfTheSameNameIsLeftAlone() throws IOException {
        pull(source);
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
        Path second = Files.write(elsewhere.resolve("mine.gguf"), OTHER);
        refused(second, "mine.gguf is there already and is another file");
        // The same file has other content by now: which one is wanted, only the user knows.
        Files.write(source, OTHER);
        refused(source, "mine.gguf is there already and is another file");
        assertThat(store.resolve("mine.gguf")).hasBinaryContent(MODEL);
        // The same content from elsewhere is nothing new.
        Path third = Files.write(folder.resolve("elsewhere/mine.gguf"), MODEL);
        assertThat(pull(third)).hasBinaryContent(MODEL);
    }

    @Test
    void aDamagedFileIsFetchedAgainAndKept() throws IOException {
        pull(source);
        byte[] damaged = MODEL.clone();
        damaged[MODEL.length - 100] ^= 1;
        Files.write(store.resolve("mine.gguf"), damaged);
        assertThat(pull(source)).hasBinaryContent(MODEL);
        assertThat(store.resolve("mine.gguf.damaged")).hasBinaryContent(damaged);

        Files.write(store.resolve("known.gguf"), damaged);
        assertThat(known().pull("known", progress::add)).hasBinaryContent(MODEL);
        assertThat(store.resolve("known.gguf.damaged")).hasBinaryContent(damaged);
    }

    private Path pull(Path file) {
        return puller(catalog()).pull(file.toString(), progress::add);
    }

    private void refused(Path file, String message) {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(file))
                .withMessageContaining(message);
    }

    /** A catalogue in which {@code known} comes from the user's file. */
    private ModelPuller known() {
        return puller(catalog(MODEL.length, "\"hf:o/r/absent.gguf\", \"" + source + "\""));
    }

    private Catalog catalog() {
        return Catalog.load(store);
    }

    private Catalog catalog(long bytes, String sources) {
        String sum;
        try {
            sum = PartFile.sumOf(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String json =
                """
                {"models": [{"name": "known", "title": "t", "licence": "l", "bytes": %d, "sha256": "%s", "ramBytes": 1,
                  "contextTokens": 1, "sources": [%s], "standard": true}]}\
                """
                        .formatted(bytes, sum, sources);
        return Catalog.parse(store, JsonMapper.shared().readTree(json));
    }

    private static ModelPuller puller(Catalog catalog) {
        PullSettings.Hub nowhere =
                new PullSettings.Hub(URI.create("http://127.0.0.1:1"), Optional.empty());
        return new ModelPuller(
                catalog,
                new PullSettings(
                        List.of(nowhere),
                        List.of("python3"),
                        Duration.ofMillis(1),
                        Duration.ofSeconds(2)),
                InstantSource.fixed(Instant.parse("2026-11-22T20:00:00Z")));
    }

    private List<String> names() {
        try (var files = Files.list(store)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
