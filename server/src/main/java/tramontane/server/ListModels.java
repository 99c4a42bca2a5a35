package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tramontane.catalog.Catalog;
import tramontane.catalog.CatalogEntry;
import tramontane.catalog.ModelCheck;
import tramontane.packed.PackedPlace;

/** {@code models}: lists the models that can be pulled and those that are installed. */
@Command(
        name = "models",
        description =
                "The models that have a name: what each needs, whether it fits this machine, under which"
                        + " licence it is, and whether it is here.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  ./tramontane models",
            "  ./tramontane models --verify",
            "  ./tramontane pull qwen2.5-coder-1.5b"
        })
final class ListModels implements Callable<Integer> {
    private static final String ROW = "%-25s  %-8s  %-3s  %8s  %7s  %4s  %-5s  %-4s  %s%n";

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
        return verify ? verify(catalog, out) : list(catalog, ThisMachine.memory(), out);
    }

    private static int verify(Catalog catalog, PrintWriter out) throws Complaint {
        int damaged = 0;
        List<String> files = new ArrayList<>(catalog.installed());
        files.addAll(catalog.encoders());
        files.sort(Comparator.naturalOrder());
        for (String name : files) {
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
                out.printf("%-32s %s%n", name, verdict);
                out.flush();
            } catch (IOException e) {
                throw new Complaint("cannot read model " + name + ": " + e.getMessage());
            }
        }
        if (files.isEmpty()) {
            out.println("There are no models in " + catalog.directory());
        }
        out.flush();
        return damaged == 0 ? 0 : 1;
    }

    /** Writes the table, in the order of the memory that the models take. */
    static int list(Catalog catalog, ModelMemory memory, PrintWriter out) {
        List<String> installed = new ArrayList<>(catalog.installed());
        out.printf(
                ROW, "NAME", "FOR", "IMG", "DOWNLOAD", "MEMORY", "CTX", "FITS", "HERE", "LICENCE");
        List<CatalogEntry> models = new ArrayList<>(catalog.list());
        models.sort(
                Comparator.comparingLong(CatalogEntry::totalRamBytes)
                        .thenComparing(CatalogEntry::name));
        for (CatalogEntry entry : models) {
            boolean here = installed.remove(entry.name());
            out.printf(
                    ROW,
                    entry.name(),
                    entry.label().use().name().toLowerCase(Locale.ROOT),
                    entry.encoder().isPresent() ? "yes" : "",
                    size(entry.totalBytes()),
                    size(entry.totalRamBytes()),
                    entry.contextTokens() / 1024 + "k",
                    memory.fit(entry).word(),
                    isTextOnly(catalog, entry) ? "text" : here ? "yes" : "no",
                    entry.label().licence());
        }
        for (String name : installed) {
            out.printf(ROW, name, "", "", "", "", "", "", "yes", "");
        }
        out.println();
        out.println("IMG: reads images. DOWNLOAD and MEMORY are with the image encoder.");
        if (catalog.list().stream().anyMatch(entry -> isTextOnly(catalog, entry))) {
            out.println("HERE: text is a model without its image encoder, which pull fetches.");
        }
        out.printf(
                "FITS: yes within %s, which are free now; later within %s, without other programs.%n",
                size(Math.max(0, memory.freeBytes())), size(Math.max(0, memory.totalBytes())));
        out.printf(
                "A Java heap of up to %s comes on top. MEMORY is for a context of 4096 tokens.%n",
                size(Runtime.getRuntime().maxMemory()));
        out.println(
                "The default is " + catalog.standard().name() + ", which is small, for trying.");
        catalog.bestWithin(memory.freeBytes())
                .ifPresent(
                        best -> out.println("The best for chat that fits is " + best.name() + "."));
        out.println("Models are kept in " + catalog.directory());
        if (catalog.packedBytes() > 0) {
            out.printf(
                    "Their packed weights, *%s there, take %s and can be deleted.%n",
                    PackedPlace.EXTENSION, size(catalog.packedBytes()));
        }
        out.flush();
        return 0;
    }

    /** True if a model is here, and its image encoder is not. */
    private static boolean isTextOnly(Catalog catalog, CatalogEntry entry) {
        return entry.encoder().isPresent()
                && !catalog.hasEncoder(entry.name())
                && catalog.path(entry.name()).isPresent();
    }

    /** A size for the user, such as {@code 14.3 GB}. */
    static String size(long bytes) {
        return bytes < 1_000_000_000 ? bytes / 1_000_000 + " MB" : "%.1f GB".formatted(bytes / 1e9);
    }
}
