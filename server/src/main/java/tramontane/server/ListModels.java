package tramontane.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tramontane.catalog.Catalog;
import tramontane.catalog.CatalogEntry;

/** {@code models}: what can be fetched and what is here. */
@Command(
        name = "models",
        description =
                "The models that have a name: what each needs, under which licence, and whether it is here.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  ./tramontane models",
            "  ./tramontane pull qwen2.5-coder-1.5b"
        })
final class ListModels implements Callable<Integer> {
    private static final String ROW = "%-25s %8s %8s %8s  %-4s  %-18s  %s%n";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        Catalog catalog = ModelStore.of(UserFiles.ofThisUser(), System.getenv()).catalog();
        PrintWriter out = spec.commandLine().getOut();
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
