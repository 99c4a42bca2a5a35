package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Texts name the command that the user has: that of a checkout, or that of an installed package.
 */
class CommandNameTest {
    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"-Dtramontane.command=tramontane, tramontane", "-Dunrelated=1, ./tramontane"})
    void adviceNamesTheCommandThatIsInstalled(String property, String command) throws Exception {
        Files.writeString(folder.resolve("smollm2-135m.gguf"), "not the model of the catalogue");
        assertThat(run(property, "models", "--verify"))
                .contains("DAMAGED: ")
                .contains(" run " + command + " pull smollm2-135m");
        assertThat(run(property, "keys", "list", "--ledger", folder.resolve("k.db").toString()))
                .contains(" " + command + " ");
    }

    private String run(String property, String... arguments)
            throws IOException, InterruptedException {
        Map<String, String> environment =
                Map.of("TRAMONTANE_MODELS", folder.toString(), "HOME", folder.toString());
        Process process =
                RunningProgram.program(environment, List.of(property), List.of(arguments)).start();
        String said = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return said;
    }

    /** Packages whose texts reach users by way of the command line, which replaces the name. */
    private static final Set<String> REPLACED = Set.of("server", "config", "catalog");

    @Test
    void otherPackagesDoNotNameTheCommand() throws IOException {
        for (String module : List.of("engine", "core", "server")) {
            try (Stream<Path> files = Files.walk(Checkout.path(module + "/src/main/java"))) {
                assertThat(
                                files.filter(Files::isRegularFile)
                                        .filter(file -> !REPLACED.contains(packageOf(file)))
                                        .filter(CommandNameTest::namesTheCommand))
                        .isEmpty();
            }
        }
    }

    private static String packageOf(Path file) {
        return file.getName(file.getNameCount() - 2).toString();
    }

    private static boolean namesTheCommand(Path file) {
        try {
            return Files.readString(file).contains("./tramontane ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
