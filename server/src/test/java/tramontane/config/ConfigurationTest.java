package tramontane.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values come from file, environment and flags, and every fault gets a sentence. */
class ConfigurationTest {
    @TempDir Path folder;

    private Configuration.Sources sources(
            String toml, Map<String, String> environment, Map<Setting<?>, List<String>> flags)
            throws IOException {
        Path file = Files.writeString(folder.resolve("tramontane.toml"), toml);
        return new Configuration.Sources(Optional.of(file), environment, flags);
    }

    private Configuration read(String toml) throws IOException, ConfigException {
        return Configuration.of(sources(toml, Map.of(), Map.of()));
    }

    private List<String> faults(String toml, Map<String, String> environment) throws IOException {
        Configuration.Sources sources = sources(toml, environment, Map.of());
        ConfigException thrown =
                catchThrowableOfType(ConfigException.class, () -> Configuration.of(sources));
        assertThat(thrown).as(toml).isNotNull();
        return thrown.faults().stream().map(fault -> fault.replace(folder + "/", "")).toList();
    }

    private void fault(String toml, String expected) throws IOException {
        assertThat(faults(toml, Map.of())).as(toml).singleElement().asString().isEqualTo(expected);
    }

    private static String origin(Configuration configuration, Setting<?> setting) {
        return configuration.lines().stream()
                .filter(line -> line.setting().equals(setting))
                .map(line -> line.origin().toString())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void laterSourcesReplaceEarlierOnes() throws IOException, ConfigException {
        Configuration.Sources all =
                sources(
                        "host = \"a\"\nport = 1\ncontext = 100\n",
                        Map.of("TRAMONTANE_PORT", "2", "TRAMONTANE_CONTEXT", "200"),
                        Map.of(Settings.CONTEXT, List.of("300")));
        Configuration configuration = Configuration.of(all);
        assertThat(configuration.get(Settings.HOST)).isEqualTo("a");
        assertThat(configuration.get(Settings.PORT)).isEqualTo(2);
        assertThat(configuration.get(Settings.CONTEXT)).contains(300);
        assertThat(configuration.get(Settings.GRACE_SECONDS)).isEqualTo(30);
        assertThat(origin(configuration, Settings.HOST)).endsWith("tramontane.toml:1");
        assertThat(origin(configuration, Settings.PORT)).isEqualTo("TRAMONTANE_PORT");
        assertThat(origin(configuration, Settings.CONTEXT)).isEqualTo("--context");
        assertThat(origin(configuration, Settings.GRACE_SECONDS)).isEqualTo("default");
    }

    @Test
    void listsAreTextsOrListsInTheFileAndSeparatedByCommasInAVariable()
            throws IOException, ConfigException {
        assertThat(read("alias = [\"a\", \"b\"]").get(Settings.ALIAS)).containsExactly("a", "b");
        assertThat(read("alias = \"a\"").get(Settings.ALIAS)).containsExactly("a");
        Map<String, String> environment =
                Map.of("TRAMONTANE_ALIAS", "c, d", "TRAMONTANE_API_KEY", "one,key");
        Configuration configuration = Configuration.of(sources("", environment, Map.of()));
        assertThat(configuration.get(Settings.ALIAS)).containsExactly("c", "d");
        assertThat(configuration.get(Settings.API_KEY)).containsExactly("one,key");
    }

    @Test
    void anUnknownNameIsReportedWithTheNearestOne() throws IOException {
        fault(
                "\n\nprot = 1",
                "unknown setting `prot` in tramontane.toml line 3; did you mean `port`?");
        fault(
                "max_body_mib = 1",
                "unknown setting `max_body_mib` in tramontane.toml line 1; did you mean `max-body-mib`?");
        fault(
                "something = 1",
                "unknown setting `something` in tramontane.toml line 1; ./tramontane config prints all settings");
        fault(
                "[server]\nport = 1",
                "unknown table `[server]` in tramontane.toml line 1; ./tramontane config prints all settings");
    }

    @Test
    void aWrongValueIsReportedWithWhatIsRight() throws IOException {
        String at = " in tramontane.toml line 1 ";
        fault(
                "port = 70000",
                "`port`" + at + "is 70000, which is not a whole number from 0 to 65535");
        fault(
                "port = \"8080\"",
                "`port`"
                        + at
                        + "is \"8080\", which is not a whole number from 0 to 65535; write 8080 without quotation marks");
        fault("port = 1.5", "`port`" + at + "is 1.5, which is not a whole number from 0 to 65535");
        fault("[port]", "`port`" + at + "is a table, which is not a whole number from 0 to 65535");
        fault(
                "port = 99999999999",
                "`port`" + at + "is 99999999999, which is not a whole number from 0 to 65535");
        fault("host = 1", "`host`" + at + "is 1, which is not a text; put it in quotation marks");
        fault(
                "host = \"a\\nb\"",
                "`host`"
                        + at
                        + "is \"a\\nb\", which has a control character, such as a line break");
        fault("host = \" \"", "`host`" + at + "is \" \", which is empty");
        fault(
                "hosted-names = \"no\"",
                "`hosted-names`" + at + "is \"no\", which is not true or false; write false");
        fault(
                "log-format = \"xml\"",
                "`log-format`" + at + "is \"xml\", which is not text or json");
        fault(
                "alias = [1]",
                "`alias`" + at + "is a list, which is not a list of texts; write [\"a\", \"b\"]");
    }

    @Test
    void allFaultsAreReportedAtOnce() throws IOException {
        assertThat(
                        faults(
                                "prot = 1\nport = -1\ncontext = 1\n",
                                Map.of("TRAMONTANE_THREADS", "many", "TRAMONTANE_PARALEL", "3")))
                .hasSize(5)
                .anyMatch(each -> each.contains("`prot`"))
                .anyMatch(each -> each.contains("`port`"))
                .anyMatch(each -> each.contains("`context`"))
                .anyMatch(each ->
                        each.startsWith(
                                "TRAMONTANE_THREADS is \"many\", which is not a whole number from 1 to"))
                .contains("unknown variable TRAMONTANE_PARALEL; did you mean TRAMONTANE_PARALLEL?");
    }

    /** It may belong to another program, so it does not keep the server from starting. */
    @Test
    void aMisspeltVariableIsAWarning() throws IOException, ConfigException {
        Configuration.Sources sources =
                sources("", Map.of("TRAMONTANE_PARALEL", "3", "TRAMONTANE_URL", "x"), Map.of());
        assertThat(Configuration.of(sources).warnings())
                .containsExactly(
                        "unknown variable TRAMONTANE_PARALEL; did you mean TRAMONTANE_PARALLEL?");
    }

    @Test
    void variablesOfOthersAreLeftAlone() throws IOException, ConfigException {
        Map<String, String> environment =
                Map.of(
                        "TRAMONTANE_MODELS", "/models",
                        "TRAMONTANE_HEAP", "2g",
                        "TRAMONTANE_SERVICE_HOST", "10.0.0.1",
                        "TRAMONTANE_PORT", "tcp://10.0.0.1:80",
                        "TRAMONTANE_PORT_80_TCP_ADDR", "10.0.0.1",
                        "TRAMONTANE_HOST", "");
        Configuration configuration = Configuration.of(sources("", environment, Map.of()));
        assertThat(configuration.get(Settings.PORT)).isEqualTo(8000);
        assertThat(configuration.get(Settings.HOST)).isEqualTo("127.0.0.1");
    }

    @Test
    void aFileThatCannotBeReadIsReported() throws IOException {
        assertThat(faults("port = ", Map.of()))
                .singleElement()
                .asString()
                .startsWith("tramontane.toml line 1: ");
        assertThat(faults("port = 1\nport = 2", Map.of()))
                .singleElement()
                .asString()
                .startsWith("tramontane.toml line 2: ");
        Configuration.Sources special =
                new Configuration.Sources(Optional.of(folder), Map.of(), Map.of());
        assertThat(catchThrowableOfType(ConfigException.class, () -> Configuration.of(special)))
                .hasMessage(folder + " is no regular file");
        Path absent = folder.resolve("absent.toml");
        Configuration.Sources sources =
                new Configuration.Sources(Optional.of(absent), Map.of(), Map.of());
        assertThat(catchThrowableOfType(ConfigException.class, () -> Configuration.of(sources)))
                .hasMessage("there is no configuration file " + absent);
    }

    @Test
    void secretsAreNeverShown() throws IOException, ConfigException {
        Configuration configuration = read("api-key = [\"hunter2\", \"hunter3\"]");
        assertThat(configuration.lines().toString()).doesNotContain("hunter");
        assertThat(faults("api-key = [\"hunter2\", 3]", Map.of()).toString())
                .doesNotContain("hunter");
        assertThat(faults("api-key = \"\"", Map.of()).getFirst())
                .isEqualTo("`api-key` in tramontane.toml line 1 is empty");
    }

    @Test
    void aPasswordInAnAddressIsMasked() throws IOException, ConfigException {
        Configuration configuration = read("ledger = \"postgresql://me:se@cret@host/db\"");
        assertThat(configuration.lines())
                .anyMatch(line -> line.value().equals("\"postgresql://me:***@host/db\""))
                .noneMatch(line -> line.value().contains("cret"));
        assertThat(read("ledger = \"postgresql://me@host/db?password=secret&ssl=true\"").lines())
                .anyMatch(line -> line.value().endsWith("/db?password=***&ssl=true\""));
    }

    @Test
    void theFileOfTheFlagComesBeforeTheVariableAndTheUsersOwn() throws IOException {
        Path own = folder.resolve("own.toml");
        Map<String, String> variable = Map.of("TRAMONTANE_CONFIG", "b");
        assertThat(ConfigFile.find(Optional.empty(), Map.of(), own)).isEmpty();
        Files.writeString(own, "");
        assertThat(ConfigFile.find(Optional.of("a"), variable, own)).contains(Path.of("a"));
        assertThat(ConfigFile.find(Optional.empty(), variable, own)).contains(Path.of("b"));
        assertThat(ConfigFile.find(Optional.empty(), Map.of(), own)).contains(own);
    }
}
