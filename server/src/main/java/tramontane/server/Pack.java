package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;

/** {@code pack}: makes the files of packed weights that later starts read. */
@Command(
        name = "pack",
        description = {
            "Keep packed weights of models in files, so that serve --packed-cache starts faster from its first start on.",
            "",
            "Without --packed-cache FOLDER, the files are beside the models. A file that is there and fits stays.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        modelTransformer = SettingOptions.OfModel.class,
        footer = {
            "",
            "Examples:",
            "  ./tramontane pack --model qwen2.5-coder-1.5b",
            "  ./tramontane pack --model qwen2.5-coder-1.5b --packed-cache /var/cache/tramontane",
        })
final class Pack implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        ModelOptions given = ModelOptions.of(SettingOptions.read(spec, System.getenv())).packing();
        ModelStore store = ModelStore.of(UserFiles.ofThisUser(), System.getenv());
        RunOptions options = given.optionsWithDrafts(store, out);
        for (ModelOptions.NamedFile file : given.files(store, out)) {
            pack(file, options, out);
        }
        return 0;
    }

    private static void pack(ModelOptions.NamedFile file, RunOptions options, PrintWriter out)
            throws Complaint, InterruptedException {
        try (ModelBackend backend = ModelOptions.load(file, options, ThisMachine.measure(), out)) {
            Optional<String> failure = backend.awaitPacked();
            if (failure.isPresent()) {
                throw new Complaint(failure.get());
            }
            List<Path> sources = new ArrayList<>(backend.files().values());
            sources.addAll(backend.encoderFiles().values());
            options.draft(file.name()).ifPresent(sources::add);
            for (Path source : sources) {
                Path packed = options.packed().fileOf(source).orElseThrow();
                out.printf("Packed weights: %s, %s%n", packed, ListModels.size(Files.size(packed)));
            }
            out.flush();
        } catch (IOException e) {
            throw new Complaint("cannot keep packed weights: " + e.getMessage());
        }
    }
}
