package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Machine;
import tramontane.backend.ModelState;
import tramontane.backend.RunOptions;
import tramontane.catalog.CatalogEntry;
import tramontane.config.Configuration;
import tramontane.config.Setting;
import tramontane.config.Settings;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** What {@code serve} makes of the settings of its models, and what it says about them. */
class ServedModelsTest {
    @TempDir Path folder;
    private Path a;
    private Path b;

    @BeforeEach
    void write() {
        a = TinyModel.of(Architecture.LLAMA).write(folder.resolve("a.gguf"));
        b = TinyModel.of(Architecture.QWEN2).write(folder.resolve("b.gguf"));
    }

    private final StringWriter said = new StringWriter();

    private Backend open(Map<Setting<?>, List<String>> flags) throws Exception {
        Configuration configuration =
                Configuration.of(new Configuration.Sources(Optional.empty(), Map.of(), flags));
        ModelStore store = ModelStore.of(UserFiles.ofThisUser(), Map.of());
        return ServedModels.of(configuration, Map.of())
                .open(ThisMachine.measure(), store, new PrintWriter(said, true))
                .backend();
    }

    private void refused(Map<Setting<?>, List<String>> flags, String reason) {
        Complaint complaint = catchThrowableOfType(Complaint.class, () -> open(flags).close());
        assertThat(complaint).as("%s", flags).isNotNull();
        assertThat(complaint).hasMessageMatching(reason);
    }

    private Map<Setting<?>, List<String>> both(Setting<?> setting, String... values) {
        return Map.of(Settings.MODEL, List.of("" + a, "" + b), setting, List.of(values));
    }

    @Test
    void oneModelIsLoadedIntoAllOfTheMemory() throws Exception {
        try (Backend backend = open(Map.of(Settings.MODEL, List.of("" + a)))) {
            assertThat(backend.state(backend.models().getFirst()))
                    .isInstanceOf(ModelState.Loaded.class);
            assertThat(said.toString()).startsWith("Loading a …\nTakes ");
        }
    }

    @Test
    void aDefaultStartNamesTheBestModelThatFits() throws Exception {
        better(1_000, Map.of(), "");
        better(3_650, Map.of(), "");
        better(3_715, Map.of(), "ministral-3-3b");
        better(7_000, Map.of(), "ministral-3-8b");
        better(20_000, Map.of(), "mistral-small-3.2-24b");
        better(90_000, Map.of(), "mistral-small-4");
        better(90_000, Map.of(Settings.MEMORY_BUDGET, List.of("7000")), "ministral-3-8b");
        better(90_000, Map.of(Settings.MODEL, List.of("smollm2-135m")), "");
        better(90_000, Map.of(Settings.UPSTREAM, List.of("a=vllm+http://127.0.0.1:1")), "");
    }

    private static void better(int mib, Map<Setting<?>, List<String>> flags, String name)
            throws Exception {
        Configuration configuration =
                Configuration.of(new Configuration.Sources(Optional.empty(), Map.of(), flags));
        Machine machine = ThisMachine.forHeaders().withAvailable((long) mib << 20);
        ModelStore store = ModelStore.of(UserFiles.ofThisUser(), Map.of());
        Optional<CatalogEntry> better =
                ServedModels.of(configuration, Map.of()).better(machine, store);
        assertThat(better.map(CatalogEntry::name).orElse(""))
                .as("%d MiB, %s", mib, flags)
                .isEqualTo(name);
    }

    @Test
    void aDraftModelNeedsAModelOfThisMachine() {
        refused(
                Map.of(
                        Settings.UPSTREAM,
                        List.of("far=vllm+http://127.0.0.1:1"),
                        Settings.DRAFT_MODEL,
                        List.of("" + a)),
                "--draft-model drafts for models of this machine.*");
    }

    @Test
    void anEncoderIsFetchedUnlessOneIsGiven() throws Exception {
        assertThat(fetchesEncoder()).isTrue();
        assertThat(fetchesEncoder("none")).isFalse();
        assertThat(fetchesEncoder("encoder.gguf")).isFalse();
        assertThat(fetchesEncoder("pixtral-12b=none")).isFalse();
        assertThat(fetchesEncoder("pixtral=none", "b=encoder.gguf")).isTrue();
    }

    private static boolean fetchesEncoder(String... mmproj) throws Exception {
        Configuration configuration =
                Configuration.of(
                        new Configuration.Sources(
                                Optional.empty(),
                                Map.of(),
                                Map.of(Settings.MMPROJ, List.of(mmproj))));
        return BesideOptions.of(configuration).fetchesEncoder("pixtral-12b");
    }

    @Test
    void aSplitModelIsServedByItsNameWithoutThePart() throws Exception {
        Path split = TinyModel.of(Architecture.LLAMA).gguf().writeParts(folder, "split", 3);
        try (Backend backend = open(Map.of(Settings.MODEL, List.of("" + split)))) {
            assertThat(backend.state(backend.models().getFirst()))
                    .isInstanceOf(ModelState.Loaded.class);
            assertThat(backend.models()).extracting(ModelCard::id).containsExactly("split");
        }
    }

    @Test
    void severalAreListedWithTheirMemory() throws Exception {
        Path c = Files.write(folder.resolve("c.gguf"), new byte[10]);
        Map<Setting<?>, List<String>> flags =
                Map.of(
                        Settings.MODEL,
                        List.of("" + a, "" + b, "" + c),
                        Settings.ALIAS,
                        List.of("x", "y=b"),
                        Settings.PIN,
                        List.of("b"),
                        Settings.MEMORY_BUDGET,
                        List.of("300"));
        try (Backend backend = open(flags)) {
            assertThat(backend.models().stream().map(ModelCard::id)).containsExactly("a", "b", "c");
            assertThat(backend.state(backend.models().get(1)))
                    .isInstanceOf(ModelState.Loaded.class);
            assertThat(said.toString())
                    .matches(
                            """
                            Loading a, b, c …
                            Models may take 314 MB of memory together, beside a Java heap of up to \\d+ MB:
                              a, loaded, \\d+ MB, contexts of 2048 tokens
                              b, loaded, \\d+ MB, contexts of 2048 tokens
                              c, failed: it cannot be loaded: .*
                            """);
        }
    }

    @Test
    void whatDoesNotFitTogetherIsRefusedWithASentence() throws Exception {
        Path sub = Files.createDirectory(folder.resolve("sub"));
        Path other = Files.copy(a, sub.resolve("a.gguf"));
        refused(both(Settings.PIN, "c"), "--pin c: no model c is served, only a, b");
        refused(both(Settings.ALIAS, "x=c"), "--alias x=c: no model c is served, only a, b");
        refused(both(Settings.ALIAS, "b"), "--alias b: another model or alias has the name");
        refused(
                both(Settings.CHAT_TEMPLATE, "none"),
                "--chat-template is for one model, and several are served");
        refused(
                Map.of(Settings.MODEL, List.of("" + a, "" + other)),
                "two models have the name a: rename one of the files");
    }

    @Test
    void aBudgetThatIsTooSmallIsRefusedWithTheSum() {
        String sum =
                "cannot load .*a.gguf: not enough memory: needs \\d+ MiB \\(weights \\d+ MiB \\+ .*\\), available are"
                        + " 1 MiB; .*";
        refused(both(Settings.MEMORY_BUDGET, "1"), sum);
        refused(Map.of(Settings.MODEL, List.of("" + a), Settings.MEMORY_BUDGET, List.of("1")), sum);
    }

    /** A configuration that is read again may add models, and they may have other tokens. */
    @Test
    void aDraftModelIsForTheModelThatIsServedAlone() throws Exception {
        RunOptions options =
                ModelOptions.of(
                                Configuration.of(
                                        new Configuration.Sources(
                                                Optional.empty(), Map.of(), draftedBy("" + b))))
                        .options(
                                ModelStore.of(UserFiles.ofThisUser(), Map.of()),
                                new PrintWriter(said, true));
        assertThat(options.draft("a")).contains(b);
        assertThat(options.draft("added")).isEmpty();
    }

    @Test
    void aPathMayHaveAnEqualsSign() throws Exception {
        Path named = Files.copy(b, folder.resolve("size=small.gguf"));
        Configuration.Sources sources =
                new Configuration.Sources(
                        Optional.empty(),
                        Map.of(),
                        Map.of(
                                Settings.MODEL,
                                List.of("" + a),
                                Settings.DRAFT_MODEL,
                                List.of("" + named),
                                Settings.MMPROJ,
                                List.of("" + named)));
        RunOptions options =
                ModelOptions.of(Configuration.of(sources))
                        .options(
                                ModelStore.of(UserFiles.ofThisUser(), Map.of()),
                                new PrintWriter(said, true));
        assertThat(options.draft("a")).contains(named);
        assertThat(options.projectors().file("a", a)).contains(named);
        refused(
                draftedBy(folder.resolve("size=none.gguf").toString()),
                "--draft-model .*size=…: no model .* is served, only a");
    }

    @Test
    void aModelHasOneDraftModel() {
        refused(draftedBy("" + b, "a=" + b), "--draft-model a=.*: the model has .* already");
        refused(draftedBy("" + folder), "--draft-model .*: there is no model .*");
    }

    private Map<Setting<?>, List<String>> draftedBy(String... drafts) {
        return Map.of(Settings.MODEL, List.of("" + a), Settings.DRAFT_MODEL, List.of(drafts));
    }
}
