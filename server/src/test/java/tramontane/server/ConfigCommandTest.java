package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/**
 * {@code config} prints what is in force and where it comes from, and {@code --check} the faults.
 */
class ConfigCommandTest {
    @TempDir Path folder;
    private Path file;

    private record Said(int status, String out, String err) {}

    private static Said run(Object... arguments) {
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commands = Commands.of(words);
        commands.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int status = commands.execute(words);
        return new Said(status, out.toString(), err.toString());
    }

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("my.toml");
        Files.writeString(
                file, "port = 9000\nalias = [\"a\", \"b\\\"c\"]\napi-key = \"hunter2\"\n");
    }

    @Test
    void itPrintsEverySettingWithItsValueAndItsOrigin() {
        Said said = run("config", "--config", file, "--context", "4096", "--no-hosted-names");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.out())
                .containsPattern("(?m)^port = 9000 +# .*my.toml:1$")
                .containsPattern("(?m)^alias = \\[\"a\", \"b\\\\\"c\"\\] +# .*my.toml:2$")
                .containsPattern("(?m)^# api-key: 1, not shown +# .*my.toml:3$")
                .containsPattern("(?m)^context = 4096 +# --context$")
                .containsPattern("(?m)^hosted-names = false +# --no-hosted-names$")
                .containsPattern("(?m)^host = \"127.0.0.1\" +# default$")
                .containsPattern("(?m)^# threads: one for each core +# default$")
                .doesNotContain("hunter2");
    }

    @Test
    void aSwitchOfTheFileIsOverruledEitherWay() throws IOException {
        Files.writeString(file, "hosted-names = false\nledger-text = true\n");
        assertThat(run("config", "--config", file, "--hosted-names", "--no-ledger-text").out())
                .containsPattern("(?m)^hosted-names = true +# --hosted-names$")
                .containsPattern("(?m)^ledger-text = false +# --no-ledger-text$");
        assertThat(run("config", "--no-hosted-names", "--ledger-text").out())
                .containsPattern("(?m)^hosted-names = false +# --no-hosted-names$")
                .containsPattern("(?m)^ledger-text = true +# --ledger-text$");
    }

    /** What it prints is a file that gives the same settings. */
    @Test
    void whatItPrintsIsAConfigurationFile() throws IOException {
        String printed = run("config", "--config", file).out();
        Path copy = Files.writeString(folder.resolve("copy.toml"), printed);
        Said again = run("config", "--config", copy);
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.out()).contains("port = 9000", "alias = [\"a\", \"b\\\"c\"]");
    }

    @Test
    void checkReportsEveryFaultAndFails() throws IOException {
        assertThat(run("config", "--check", "--config", file).out()).contains("is valid");
        Files.writeString(file, "prot = 9000\ncontext = 1\n");
        Said said = run("config", "--check", "--config", file);
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.out()).isEmpty();
        assertThat(said.err().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("tramontane: "))
                .anyMatch(line -> line.contains("line 1; did you mean `port`?"))
                .anyMatch(line -> line.contains("not a whole number from 64"));
    }

    /** Everything but a port in use, which a running server would always have. */
    @Test
    void checkSeesWhatServeWouldRefuseWithTheSameWords() throws Exception {
        Path model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
        Path damaged = Files.write(folder.resolve("damaged.gguf"), new byte[10]);
        Certificates.Made made = Certificates.make(folder, "made", "RSA");
        Certificates.Made foreign = Certificates.make(folder, "foreign", "EC");
        String tiny = "model = \"" + model + "\"\nport = 0\nledger = \"none\"\n";
        String pair = "[tls]\ncertificate = \"%s\"\nkey = \"%s\"\n";
        assertThat(check(tiny + pair.formatted(made.chain(), made.key())).status()).isZero();
        for (List<String> wrong :
                List.of(
                        List.of(
                                tiny + "[tls]\nkey = \"" + made.key() + "\"\n",
                                "tls.key is set and tls.certificate is not"),
                        List.of(
                                tiny + pair.formatted(folder.resolve("no.crt"), made.key()),
                                "there is no such file"),
                        List.of(
                                tiny + pair.formatted(made.chain(), foreign.key()),
                                "is not the key of the certificate"),
                        List.of(
                                tiny + "otlp-endpoint = \"collector:4318\"\n",
                                "is no base URL of a collector"),
                        List.of(
                                tiny + "pin = \"other\"\n",
                                "--pin other: no model other is served"),
                        List.of(
                                tiny + "alias = [\"a\", \"a\"]\n",
                                "--alias a: another model or alias has the name"),
                        List.of(tiny + "host = \"no.such.host.invalid\"\n", "no such name"),
                        List.of(tiny + "host = \"192.0.2.1\"\n", "is no address of this machine"),
                        List.of(
                                tiny + "chat-template = \"" + folder.resolve("no.jinja") + "\"\n",
                                "there is no such file"),
                        List.of("model = \"no-such-model\"\n", "there is no model no-such-model"),
                        List.of(
                                "model = \"" + damaged + "\"\nport = 0\nledger = \"none\"\n",
                                "cannot load " + damaged),
                        List.of(
                                "model = [\"" + model + "\", \"" + model + "\"]\n",
                                "two models have the name tiny"),
                        List.of(
                                "model = \"" + model + "\"\nledger = \"mysql://a/b\"\n",
                                "mysql: is not supported"))) {
            Said said = check(wrong.get(0));
            assertThat(said.status()).as(wrong.get(0)).isEqualTo(1);
            assertThat(said.err()).contains(wrong.get(1));
            assertThat(said.out()).doesNotContain("is valid");
            assertThat(run("serve", "--config", file).err()).contains(wrong.get(1));
        }
        Said several =
                check(
                        tiny
                                + "pin = \"other\"\nhost = \"192.0.2.1\"\nalias = [\"a\", \"a\"]\n"
                                + "upstream = [\"x=vllm+h\", \"tiny=vllm+http://h\"]\n");
        assertThat(several.err().lines()).as(several.err()).hasSize(5);
    }

    private Said check(String toml) throws IOException {
        Files.writeString(file, toml);
        return run("config", "--check", "--config", file);
    }

    /** The build sets the directories. A command that a test runs here may open them. */
    @Test
    void testsUseNoFilesOfTheUserWhoRunsThem() {
        assumeTrue(System.getProperty("basedir") != null, "not run by Maven");
        Path build = Path.of(System.getProperty("basedir"), "target");
        UserFiles files = UserFiles.ofThisUser();
        assertThat(List.of(files.ledger(), files.config(), files.key()))
                .allMatch(file -> file.startsWith(build));
    }

    @Test
    void serveRefusesAFaultyFileBeforeItLoadsAModel() throws IOException {
        Files.writeString(file, "prot = 9000\n");
        Said said = run("serve", "--config", file, "--model", "no-such-model");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.err()).contains("did you mean `port`?").doesNotContain("no-such-model");
        Said absent = run("serve", "--config", folder.resolve("absent.toml"));
        assertThat(absent.err()).contains("there is no configuration file");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aKeyInAFileThatOthersCanReadIsWarnedOf() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(run("config", "--config", file).err()).contains("chmod 600 " + file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(run("config", "--config", file).err()).isEmpty();
    }
}
