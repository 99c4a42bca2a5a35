package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.gguf.GgufFile;
import tramontane.testkit.GgufWriter;

/** Split models: pulled, listed, verified and summed as one. */
class SplitPullTest {
    private static final String FIRST = "m-00001-of-00002.gguf";
    private static final String SECOND = "m-00002-of-00002.gguf";

    @TempDir Path folder;

    private final List<PullProgress> progress = new ArrayList<>();
    private final AtomicInteger readings = new AtomicInteger();
    private TestHub hub;
    private Path store;
    private byte[] first;
    private byte[] second;

    @BeforeEach
    void startHub() {
        store = folder.resolve("store");
        first = part(0, "a").toBytes();
        second = part(1, "b").toBytes();
        hub = new TestHub(new byte[0]);
        hub.add(FIRST, first, TestHub.sum(first));
        hub.add(SECOND, second, TestHub.sum(second));
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    private static GgufWriter part(int number, String tensor) {
        return new GgufWriter()
                .put("split.no", number)
                .put("split.count", 2)
                .put("split.tensors.count", 2)
                .tensor(tensor, 0, new byte[128], 32);
    }

    @Test
    void allPartsOfAHubsModelArriveAndAreOneModel() throws IOException {
        assertThat(pull("hf:o/r/" + FIRST)).isEqualTo(store.resolve(FIRST));
        assertThat(store.resolve(FIRST)).hasBinaryContent(first);
        assertThat(store.resolve(SECOND)).hasBinaryContent(second);
        assertThat(catalog().installed()).containsExactly("m");
        assertThat(catalog().path("m")).contains(store.resolve(FIRST));
        assertThat(catalog().manifest("m-00002-of-00002").map(Manifest::source))
                .contains("hf:o/r/" + SECOND);
        assertThat(progress.stream().filter(step -> step.phase() == PullProgress.Phase.PART))
                .extracting(PullProgress::detail)
                .containsExactly("Part 1 of 2: m-00001-of-00002", "Part 2 of 2: m-00002-of-00002");
        assertThat(progress.getLast())
                .isEqualTo(
                        new PullProgress(
                                PullProgress.Phase.DONE,
                                store.resolve(FIRST).toString(),
                                first.length + second.length,
                                first.length + second.length));

        hub.requests.clear();
        pull("hf:o/r/" + SECOND);
        assertThat(hub.requests).isEmpty();
    }

    @Test
    void aModelThatLacksAPartIsNotInstalledAndThePullGoesOn() throws IOException {
        pull("hf:o/r/" + FIRST);
        Files.delete(store.resolve(SECOND));
        assertThat(catalog().installed()).isEmpty();
        assertThat(catalog().path("m")).isEmpty();
        hub.requests.clear();
        pull("hf:o/r/" + FIRST);
        assertThat(hub.requests).allMatch(request -> request.contains(SECOND)).isNotEmpty();
        assertThat(catalog().installed()).containsExactly("m");
    }

    @Test
    void aPartThatTheHubLacksIsNamed() {
        hub.add("n-00001-of-00003.gguf", first, TestHub.sum(first));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("hf:o/r/n-00001-of-00003.gguf"))
                .withMessageContaining("n-00002-of-00003.gguf");
    }

    @Test
    void partsOfDifferentModelsAreRefused() {
        byte[] other = part(1, "a").toBytes();
        hub.add("n-00001-of-00002.gguf", first, TestHub.sum(first));
        hub.add("n-00002-of-00002.gguf", other, TestHub.sum(other));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("hf:o/r/n-00001-of-00002.gguf"))
                .withMessageContaining("n-00001-of-00002.gguf do not fit together")
                .withMessageContaining("tensor a");
    }

    @Test
    void aLocalModelIsCopiedWithAllItsParts() throws IOException {
        Files.write(folder.resolve(FIRST), first);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(folder.resolve(FIRST).toString()))
                .withMessageContaining(SECOND + ": is missing");
        assertThat(store).doesNotExist();
        Files.write(folder.resolve(SECOND), second);
        try (GgufFile file = GgufFile.open(pull(folder.resolve(FIRST).toString()))) {
            assertThat(file.tensors()).hasSize(2);
        }
    }

    @Test
    void everyPartIsVerifiedAfterItChanged() throws IOException {
        pull("hf:o/r/" + FIRST);
        assertThat(locate("m")).contains(store.resolve(FIRST));
        assertThat(locate(store.resolve(FIRST).toString())).contains(store.resolve(FIRST));
        assertThat(readings).hasValue(0);
        assertThat(catalog().check().verify("m")).isInstanceOf(ModelCheck.Verdict.Sound.class);

        byte[] damaged = second.clone();
        damaged[damaged.length - 1] ^= 1;
        Files.write(store.resolve(SECOND), damaged);
        for (String name : List.of("m", store.resolve(FIRST).toString())) {
            assertThatExceptionOfType(DamagedModelException.class)
                    .isThrownBy(() -> locate(name))
                    .withMessageContaining(store.resolve(SECOND) + " is damaged")
                    .withMessageContaining("./tramontane pull hf:o/r/" + SECOND);
        }
        assertThat(catalog().check().verify("m")).isInstanceOf(ModelCheck.Verdict.Damaged.class);
    }

    @Test
    void theSumCoversAllParts() throws IOException {
        pull("hf:o/r/" + FIRST);
        String list = TestHub.sum(first) + "\n" + TestHub.sum(second) + "\n";
        String expected = TestHub.sum(list.getBytes(StandardCharsets.US_ASCII));
        assertThat(catalog().check().sum(store.resolve(FIRST))).isEqualTo(expected);
        Path elsewhere = Files.write(folder.resolve(FIRST), first);
        Files.write(folder.resolve(SECOND), second);
        assertThat(catalog().check().sum(elsewhere)).isEqualTo(expected);
    }

    /** A catalogue's model has a name of its own, and its parts are stored under it. */
    @Test
    void aModelOfTheCatalogueMayBeSplit() throws IOException {
        Catalog catalog =
                Catalog.parse(
                        store,
                        JsonMapper.shared()
                                .readTree(
                                        """
                                        {"models": [{"name": "large", "title": "t", "licence": "l", "bytes": 1, "ramBytes": 1,
                                         "contextTokens": 1, "standard": true, "sources": ["hf:o/r/m-00001-of-00002.gguf"]}]}
                                        """));
        Path file = hub.puller(catalog).pull("large", progress::add);
        assertThat(file).isEqualTo(store.resolve("large-00001-of-00002.gguf"));
        assertThat(catalog.installed()).containsExactly("large");
        assertThat(catalog.locate("large", readings::incrementAndGet)).contains(file);
        assertThat(readings).hasValue(0);
    }

    @Test
    void thePartsOfAModelOfTheCatalogueHaveItsSums() {
        Path file =
                hub.puller(withParts(TestHub.sum(first), TestHub.sum(second)))
                        .pull("large", progress::add);
        assertThat(file).hasBinaryContent(first);

        String other = TestHub.sum(new byte[0]);
        ModelPuller wrong = hub.puller(withParts(TestHub.sum(first), other));
        assertThat(store.resolve("large-00002-of-00002.gguf").toFile().delete()).isTrue();
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> wrong.pull("large", progress::add))
                .withMessageContaining(TestHub.sum(second) + ", " + other + " was expected");
        assertThat(store.resolve("large-00002-of-00002.gguf")).doesNotExist();
    }

    private Catalog withParts(String sumOfFirst, String sumOfSecond) {
        String json =
                """
                {"models": [{"name": "large", "title": "t", "licence": "l", "bytes": %d, "ramBytes": 1,
                 "parts": [{"bytes": %d, "sha256": "%s"}, {"bytes": %d, "sha256": "%s"}],
                 "contextTokens": 1, "standard": true, "sources": ["hf:o/r/m-00001-of-00002.gguf"]}]}
                """
                        .formatted(
                                first.length + second.length,
                                first.length,
                                sumOfFirst,
                                second.length,
                                sumOfSecond);
        return Catalog.parse(store, JsonMapper.shared().readTree(json));
    }

    private Optional<Path> locate(String nameOrPath) throws IOException {
        return catalog().locate(nameOrPath, readings::incrementAndGet);
    }

    private Catalog catalog() {
        return Catalog.load(store);
    }

    private Path pull(String spec) {
        return hub.puller(catalog()).pull(spec, progress::add);
    }
}
