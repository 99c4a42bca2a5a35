package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;

/** A model of the catalogue and its image encoder: pulled, listed, verified and pulled again. */
class EncoderPullTest {
    private static final byte[] MODEL = TinyModel.of(Architecture.LLAMA).gguf().toBytes();
    private static final byte[] ENCODER = TinyVision.ofMerging().gguf().toBytes();
    private static final String ENCODER_FILE = "mmproj-F16.gguf";
    private static final String ENCODER_SPEC = "hf:o/r/" + ENCODER_FILE;

    @TempDir Path store;

    private final List<PullProgress> progress = new ArrayList<>();
    private TestHub hub;
    private Path model;
    private Path encoder;

    @BeforeEach
    void startHub() throws IOException {
        hub = new TestHub(MODEL);
        hub.add(ENCODER_FILE, ENCODER, TestHub.sum(ENCODER));
        model = store.resolve("seeing.gguf");
        encoder = store.resolve("seeing.mmproj.gguf");
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void aPullFetchesTheModelAndItsEncoder() throws IOException {
        assertThat(pull()).isEqualTo(model).hasBinaryContent(MODEL);
        assertThat(encoder).hasBinaryContent(ENCODER);
        assertThat(catalog().manifest("seeing.mmproj").map(Manifest::source))
                .contains(ENCODER_SPEC);
        assertThat(catalog().hasEncoder("seeing")).isTrue();
        assertThat(steps(PullProgress.Phase.PART)).containsExactly("Image encoder: seeing.mmproj");
        assertThat(progress)
                .contains(
                        new PullProgress(
                                PullProgress.Phase.DOWNLOADING,
                                ENCODER_SPEC,
                                ENCODER.length,
                                ENCODER.length));
        long bytes = MODEL.length + ENCODER.length;
        assertThat(progress.getLast())
                .isEqualTo(
                        new PullProgress(PullProgress.Phase.DONE, model.toString(), bytes, bytes));
    }

    @Test
    void anEncoderIsListedAsNoModel() throws IOException {
        pull();
        Files.write(store.resolve("other-mmproj-f16.gguf"), ENCODER);
        assertThat(catalog().installed()).containsExactly("seeing");
        assertThat(catalog().encoders()).containsExactly("other-mmproj-f16", "seeing.mmproj");
        assertThat(catalog().path("seeing.mmproj")).isEmpty();
        assertThat(catalog().locate("seeing.mmproj", () -> {})).isEmpty();
    }

    @Test
    void onlyWhatIsMissingIsFetchedAgain() throws IOException {
        pull();
        assertThat(requestsOfAPull()).isEmpty();
        Files.delete(encoder);
        assertThat(catalog().hasEncoder("seeing")).isFalse();
        assertThat(requestsOfAPull()).isNotEmpty().allMatch(each -> each.contains(ENCODER_FILE));
        assertThat(encoder).hasBinaryContent(ENCODER);
        Files.delete(model);
        assertThat(requestsOfAPull()).isNotEmpty().noneMatch(each -> each.contains(ENCODER_FILE));
        assertThat(model).hasBinaryContent(MODEL);
    }

    @Test
    void theEncoderCanBeLeftOut() {
        assertThat(puller().pullText("seeing", progress::add)).hasBinaryContent(MODEL);
        assertThat(encoder).doesNotExist();
        assertThat(hub.requests).noneMatch(each -> each.contains(ENCODER_FILE));
    }

    @Test
    void aDamagedEncoderIsRefusedWithItsModelAndReplaced() throws IOException {
        pull();
        byte[] damaged = ENCODER.clone();
        damaged[ENCODER.length - 100] ^= 4;
        Files.write(encoder, damaged);
        for (String each : List.of("seeing", model.toString())) {
            assertThatExceptionOfType(DamagedModelException.class)
                    .isThrownBy(() -> catalog().locate(each, () -> {}))
                    .withMessageContaining(encoder + " is damaged")
                    .withMessageEndingWith("./tramontane pull seeing");
        }
        assertThat(catalog().check().verify("seeing")).isInstanceOf(ModelCheck.Verdict.Sound.class);
        assertThat(catalog().check().verify("seeing.mmproj"))
                .isInstanceOf(ModelCheck.Verdict.Damaged.class);
        pull();
        assertThat(encoder).hasBinaryContent(ENCODER);
        assertThat(steps(PullProgress.Phase.KEPT)).containsExactly(encoder + ".damaged");
        assertThat(catalog().locate("seeing", () -> {})).contains(model);
    }

    @Test
    void anEncoderWithAnotherSumIsDiscardedAndTheModelStays() throws IOException {
        byte[] other = TinyVision.ofMerging().withMerge(1).gguf().toBytes();
        Catalog catalog = catalog(other.length, TestHub.sum(other), false);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> hub.puller(catalog).pull("seeing", progress::add))
                .withMessageContaining("the catalogue's has")
                .withMessageContaining("The model seeing is complete");
        Catalog approximate = catalog(other.length, TestHub.sum(other), true);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> hub.puller(approximate).pull("seeing", progress::add))
                .withMessageContaining(TestHub.sum(other) + " was expected");
        assertThat(encoder).doesNotExist();
        assertThat(model).hasBinaryContent(MODEL);
        Catalog right = catalog(1_000_000, TestHub.sum(ENCODER), true);
        hub.puller(right).pull("seeing", progress::add);
        assertThat(encoder).hasBinaryContent(ENCODER);
    }

    @Test
    void anEncoderThatWasCopiedThereMayBeAny() throws IOException {
        puller().pullText("seeing", progress::add);
        Files.write(encoder, new byte[10]);
        assertThat(catalog().locate("seeing", () -> {})).contains(model);
        assertThat(catalog().check().verify("seeing.mmproj"))
                .isInstanceOfSatisfying(
                        ModelCheck.Verdict.Damaged.class,
                        damaged ->
                                assertThat(damaged.message())
                                        .contains("is not the image encoder of the catalogue")
                                        .endsWith("./tramontane pull seeing"));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining(encoder + " is there already and is another file");
        Files.write(encoder, ENCODER);
        pull();
        assertThat(catalog().manifest("seeing.mmproj").map(Manifest::source))
                .contains("found in place");
    }

    private List<String> requestsOfAPull() {
        hub.requests.clear();
        pull();
        return List.copyOf(hub.requests);
    }

    private List<String> steps(PullProgress.Phase phase) {
        return progress.stream()
                .filter(step -> step.phase() == phase)
                .map(PullProgress::detail)
                .toList();
    }

    private Path pull() {
        return puller().pull("seeing", progress::add);
    }

    private Catalog catalog() {
        return catalog(ENCODER.length, TestHub.sum(ENCODER), false);
    }

    private Catalog catalog(int bytes, String sum, boolean approximate) {
        String json =
                """
                {"models": [{"name": "seeing", "title": "t", "licence": "l", "bytes": 1, "ramBytes": 1,
                 "contextTokens": 1, "standard": true, "sources": ["hf:o/r/tiny.gguf"],
                 "mmproj": {"bytes": %d, "approximate": %s, "sha256": "%s", "ramBytes": 2,
                  "sources": ["%s"]}}]}
                """
                        .formatted(bytes, approximate, sum, ENCODER_SPEC);
        return Catalog.parse(store, JsonMapper.shared().readTree(json));
    }

    private ModelPuller puller() {
        return hub.puller(catalog());
    }
}
