package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.config.Configuration;
import tramontane.config.Setting;
import tramontane.config.Settings;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamModel;

/** What the settings of upstreams mean, and which are refused. */
class UpstreamOptionsTest {
    @TempDir Path folder;

    private static List<UpstreamModel> models(Map<Setting<?>, List<String>> flags)
            throws Exception {
        return new UpstreamOptions(
                        Configuration.of(
                                new Configuration.Sources(Optional.empty(), Map.of(), flags)),
                        Map.of("KEY", "abc\n", "EMPTY", ""))
                .models();
    }

    private static Map<Setting<?>, List<String>> with(Setting<?> setting, String... values) {
        Map<Setting<?>, List<String>> flags = new LinkedHashMap<>();
        flags.put(Settings.UPSTREAM, List.of("a=vllm+http://h:1"));
        flags.put(setting, List.of(values));
        return flags;
    }

    private static void refused(Map<Setting<?>, List<String>> flags, String reason) {
        Complaint complaint = catchThrowableOfType(Complaint.class, () -> models(flags));
        assertThat(complaint).as("%s", flags).isNotNull();
        assertThat(complaint).hasMessageContaining(reason);
    }

    @Test
    void severalAddressesOfANameAreOneModel() throws Exception {
        Path key = Files.writeString(folder.resolve("key"), "def\n");
        Map<Setting<?>, List<String>> flags = new LinkedHashMap<>();
        flags.put(
                Settings.UPSTREAM,
                List.of(
                        "a/b=vllm+HTTP://h:1/v1",
                        "c=mistral+https://api.example",
                        "a/b=vllm+http://h:2/"));
        flags.put(Settings.UPSTREAM_MODEL, List.of("c=mistral-large-latest"));
        flags.put(Settings.UPSTREAM_KEY, List.of("c=env:KEY", "a/b=file:" + key));
        flags.put(Settings.UPSTREAM_CONTEXT, List.of("a/b=4096"));
        flags.put(Settings.UPSTREAM_IDLE_SECONDS, List.of("7"));
        List<UpstreamModel> models = models(flags);
        assertThat(models.stream().map(UpstreamModel::name)).containsExactly("a/b", "c");
        UpstreamModel first = models.getFirst();
        assertThat(first.addresses())
                .containsExactly(URI.create("http://h:1"), URI.create("http://h:2"));
        assertThat(first.remoteName()).isEqualTo("a/b");
        assertThat(first.context()).contains(4096);
        assertThat(first.key()).contains("def");
        assertThat(first.times().idle()).isEqualTo(Duration.ofSeconds(7));
        assertThat(first.toString()).doesNotContain("def");
        UpstreamModel second = models.get(1);
        assertThat(second.kind()).isEqualTo(UpstreamKind.MISTRAL);
        assertThat(second.remoteName()).isEqualTo("mistral-large-latest");
        assertThat(second.key()).contains("abc");
        assertThat(models(Map.of())).isEmpty();
    }

    @Test
    void whatCannotBeUsedIsRefusedWithASentence() {
        for (String upstream : List.of("a", "a=vllm", "http://h:1", "=vllm+http://h")) {
            assertThat(
                            catchThrowableOfType(
                                    Complaint.class,
                                    () -> models(with(Settings.UPSTREAM, upstream))))
                    .as(upstream)
                    .isNotNull();
        }
        refused(
                with(Settings.UPSTREAM, "a=ollama+http://h"),
                "no engine ollama is known, only tramontane, mistral");
        for (String url :
                List.of(
                        "h:1",
                        "ftp://h",
                        "http://",
                        "http://u:p@h",
                        "http://h?x=1",
                        "http://h#x",
                        "http://h:0",
                        "http://h:65536",
                        "http://a b")) {
            refused(
                    with(Settings.UPSTREAM, "a=vllm+" + url),
                    "the address must be http://HOST:PORT");
        }
        refused(
                with(Settings.UPSTREAM, "a=vllm+http://my_host:1/v1"),
                "a host name cannot have an underscore");
        refused(with(Settings.UPSTREAM, "a=vllm+http://h", "a=sglang+http://i"), "the same engine");
        refused(with(Settings.UPSTREAM, "a=vllm+http://h", "a=vllm+http://h/v1"), "given twice");
        refused(with(Settings.UPSTREAM, "a=vllm+http://h/x", "a=vllm+https://H/x"), "given twice");
        refused(with(Settings.UPSTREAM, "a=openai+http://h"), "give --upstream-context a=TOKENS");
        refused(with(Settings.UPSTREAM_MODEL, "b=x"), "where NAME is one of --upstream: a");
        refused(with(Settings.UPSTREAM_MODEL, "a=x", "a=y"), "was given twice for a");
        refused(
                with(Settings.UPSTREAM_CONTEXT, "a=many"),
                "give a whole number from 64 to 16777216");
        refused(with(Settings.UPSTREAM_KEY, "a=env:NONE"), "the variable NONE is not set");
        refused(with(Settings.UPSTREAM_KEY, "a=env:EMPTY"), "the variable EMPTY is not set");
        refused(with(Settings.UPSTREAM_KEY, "a=file:/no/such/file"), "cannot read /no/such/file");
    }

    @Test
    void allFaultsAreNamedAtOnce() {
        Map<Setting<?>, List<String>> flags = new LinkedHashMap<>();
        flags.put(
                Settings.UPSTREAM,
                List.of("a=vllm+http://h", "b=ollama+http://h", "c=openai+http://h", "d=vllm+h:1"));
        flags.put(Settings.UPSTREAM_MODEL, List.of("d=x", "e=x"));
        flags.put(Settings.UPSTREAM_KEY, List.of("a=env:NONE"));
        flags.put(Settings.UPSTREAM_CONTEXT, List.of("a=many"));
        Complaint complaint = catchThrowableOfType(Complaint.class, () -> models(flags));
        assertThat(String.valueOf(complaint.getMessage()).lines())
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("no engine ollama"),
                        line -> assertThat(line).contains("d: the address must be"),
                        line -> assertThat(line).contains("NAME is one of --upstream: a, b, c, d"),
                        line -> assertThat(line).contains("--upstream-context a: give a whole"),
                        line -> assertThat(line).contains("the variable NONE is not set"),
                        line -> assertThat(line).contains("give --upstream-context c=TOKENS"));
    }

    @Test
    void aFaultInAFileOrAVariableIsNamedWithItsPlace() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("my.toml"),
                        """
                        upstream = ["a=ollama+http://h", "b=vllm+http://h"]

                        upstream-key = "b=env:NONE"
                        upstream-model = "c=x"
                        """);
        Configuration.Sources sources =
                new Configuration.Sources(
                        Optional.of(file),
                        Map.of("TRAMONTANE_UPSTREAM_CONTEXT", "b=many"),
                        Map.of());
        UpstreamOptions options = new UpstreamOptions(Configuration.of(sources), Map.of());
        Complaint complaint = catchThrowableOfType(Complaint.class, options::models);
        assertThat(String.valueOf(complaint.getMessage()).lines())
                .satisfiesExactlyInAnyOrder(
                        line ->
                                assertThat(line)
                                        .startsWith(
                                                "`upstream` in "
                                                        + file
                                                        + " line 1, a: no engine ollama"),
                        line ->
                                assertThat(line)
                                        .startsWith(
                                                "`upstream-key` in "
                                                        + file
                                                        + " line 3, b: the variable NONE"),
                        line ->
                                assertThat(line)
                                        .startsWith(
                                                "`upstream-model` in " + file + " line 4 must be"),
                        line ->
                                assertThat(line)
                                        .startsWith(
                                                "TRAMONTANE_UPSTREAM_CONTEXT, b: give a whole"));
    }

    @Test
    void aKeyGivenByMistakeIsNotRepeated() {
        for (String given : List.of("a=sk-secret", "sk-secret")) {
            Complaint complaint =
                    catchThrowableOfType(
                            Complaint.class, () -> models(with(Settings.UPSTREAM_KEY, given)));
            assertThat(complaint).isNotNull();
            assertThat(String.valueOf(complaint.getMessage())).doesNotContain("sk-secret");
        }
        Complaint password =
                catchThrowableOfType(
                        Complaint.class,
                        () -> models(with(Settings.UPSTREAM, "http://user:secret@h")));
        assertThat(String.valueOf(password.getMessage())).contains("http://user:***@h");
    }

    @Test
    void aNameIsUsedOnce() throws Exception {
        Map<Setting<?>, List<String>> flags = with(Settings.MODEL, "a.gguf");
        Files.createFile(folder.resolve("a.gguf"));
        flags.put(Settings.MODEL, List.of(folder.resolve("a.gguf").toString()));
        ServedModels served =
                ServedModels.of(
                        Configuration.of(
                                new Configuration.Sources(Optional.empty(), Map.of(), flags)),
                        Map.of());
        Complaint complaint =
                catchThrowableOfType(
                        Complaint.class,
                        () ->
                                served.check(
                                        ModelStore.of(UserFiles.ofThisUser(), Map.of()),
                                        new java.io.PrintWriter(System.err)));
        assertThat(complaint)
                .hasMessageContaining("--upstream a: a model of this machine has the name");
    }
}
