package tramontane.server;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import tramontane.api.ModelCard;
import tramontane.backend.LocalBackend;

/** The options that choose a model and how it runs, for every command that runs one. */
final class ModelOptions {
    @Option(
            names = {"--model", "-m"},
            defaultValue = "qwen2.5-coder-0.5b",
            paramLabel = "MODEL",
            description =
                    "A name that ./tramontane models lists, or the path of a GGUF file"
                            + " (default: ${DEFAULT-VALUE}).")
    private String model = "qwen2.5-coder-0.5b";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute (default: one for each core).")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            description =
                    "Longest prompt and answer together (default: what the model allows and memory holds).")
    private Optional<Integer> context = Optional.empty();

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "Answers written at one time; more wait in line (default: 8).")
    private Optional<Integer> parallel = Optional.empty();

    LocalBackend load(UserFiles files, List<String> aliases, PrintWriter out) throws Complaint {
        Path path = Path.of(model);
        if (!Files.isRegularFile(path)) {
            path = files.models().resolve(model + ".gguf");
        }
        if (!Files.isRegularFile(path)) {
            throw new Complaint("there is no model " + model);
        }
        String name = path.getFileName().toString().replaceFirst("\\.gguf$", "");
        return new LocalBackend(
                List.of(
                        new ModelCard(
                                name,
                                0,
                                context.orElse(4096),
                                aliases,
                                0.7,
                                false,
                                Optional.empty())));
    }
}
