package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tramontane.catalog.Catalog;
import tramontane.catalog.CatalogEntry;
import tramontane.catalog.ModelCheck;

/** {@code models}: lists the models that can be pulled and those that are installed. */
@Command(
        name = "models",
        description =
                "The models that have a name: what each needs, under which licence, and whether it is here.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  ./tramontane models",
            "  ./tramontane models --verify",
            "  ./tramontane pull qwen2.5-coder-1.5b"
        })
final class ListModels implements Callable<Integer> {
    private static final String ROW = "%-25s %8s %8s %8s  %-4s  %-18s  %s%n";

    @Option(
            names = "--verify",
            description =
                    "Read every model that is here and compare its SHA-256 sum; the exit status is 1 if one is damaged.")
    private boolean verify;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        Catalog catalog = ModelStore.of(UserFiles.ofThisUser(), System.getenv()).catalog();
        PrintWriter out = spec.commandLine().getOut();
        return verify ? verify(catalog, out) : list(catalog, out);
    }

    private static int verify(Catalog catalog, PrintWriter out) throws Complaint {
        int damaged = 0;
        for (String name : catalog.installed()) {
            try {
                String verdict =
                        switch (catalog.check().verify(name)) {
                            case ModelCheck.Verdict.Sound _ -> "sound";
                            case ModelCheck.Verdict.NoSum _ -> "no sum known";
                            case ModelCheck.Verdict.Damaged(String message) -> {
                                damaged++;
                                yield "DAMAGED: " + CommandName.in(message);
                            }
                        };
                out.printf("%-25s %s%n", name, verdict);
                out.flush();
            } catch (IOException e) {
                throw new Complaint("cannot read model " + name + ": " + e.getMessage());
            }
        }
        if (catalog.installed().isEmpty()) {
            out.println("There are no models in " + catalog.directory());
        }
        out.flush();
        return damaged == 0 ? 0 : 1;
    }

    private static int list(Catalog catalog, PrintWriter out) {
        List<String> installed = new ArrayList<>(catalog.installed());
        out.printf(ROW, "NAME", "DOWNLOAD", "MEMORY", "CONTEXT", "HERE", "LICENCE", "");
        for (CatalogEntry entry : catalog.list()) {
            boolean here = installed.remove(entry.name());
            out.printf(
                    ROW,
                    entry.name(),
                    size(entry.bytes()),
                    size(entry.ramBytes()),
                    entry.contextTokens(),
                    here ? "yes" : "no",
                    entry.label().licence(),
                    entry.label().title()
                            + (entry.equals(catalog.standard()) ? " (the default)" : "")
                            + (entry.sha256().isEmpty() ? " (no sum known beforehand)" : ""));
        }
        for (String name : installed) {
            out.printf(ROW, name, "", "", "", "yes", "", "");
        }
        out.println();
        out.println(
                "Memory is for a context of 4096 tokens. Models are kept in "
                        + catalog.directory());
        out.flush();
        return 0;
    }

    private static String size(long bytes) {
        return bytes < 1_000_000_000 ? bytes / 1_000_000 + " MB" : "%.1f GB".formatted(bytes / 1e9);
    }
}
