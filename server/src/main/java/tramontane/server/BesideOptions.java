package tramontane.server;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.backend.Projectors;
import tramontane.backend.RunOptions;
import tramontane.config.Configuration;
import tramontane.config.Settings;

/**
 * The files that models have beside their own: image encoders and draft models.
 *
 * @param mmproj files of image encoders, or the word none, each for a model whose name may precede
 * @param draftModels files or names of draft models, each for a model whose name may precede
 * @param areSeveral true if several models are served, so that each entry must name one
 */
record BesideOptions(List<String> mmproj, List<String> draftModels, boolean areSeveral) {
    private static final String MMPROJ = "--mmproj";
    private static final String DRAFT_MODEL = "--draft-model";

    static BesideOptions of(Configuration configuration) {
        return new BesideOptions(
                configuration.get(Settings.MMPROJ),
                configuration.get(Settings.DRAFT_MODEL),
                configuration.get(Settings.MODEL).size() > 1);
    }

    /**
     * One entry of an option.
     *
     * @param model the name that precedes; empty if none does
     */
    private record Entry(String option, String text, String model, String value) {
        /** A file whose path has a {@code =} is meant as it is, as long as it is there. */
        static Entry parse(String option, String text) {
            int split = text.indexOf('=');
            return split > 0 && !isFile(text)
                    ? new Entry(option, text, text.substring(0, split), text.substring(split + 1))
                    : new Entry(option, text, RunOptions.ONLY_MODEL, text);
        }

        private static boolean isFile(String text) {
            try {
                return Files.isRegularFile(Path.of(text));
            } catch (InvalidPathException e) {
                return false;
            }
        }

        boolean isNamed() {
            return !model.equals(RunOptions.ONLY_MODEL);
        }

        String said() {
            return option + " " + model + "=…";
        }

        Complaint complaint(String reason) {
            return new Complaint(option + " " + text + ": " + reason);
        }
    }

    /** The entries of an option by their models, of which each has one at most. */
    private Map<String, Entry> entries(String option, List<String> texts, String what)
            throws Complaint {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (String text : texts) {
            Entry entry = Entry.parse(option, text);
            if (!entry.isNamed() && areSeveral) {
                throw entry.complaint(
                        "several models are served, so say which: " + option + " NAME=" + text);
            }
            if (entries.put(entry.model, entry) != null) {
                throw entry.complaint("the model has " + what + " already");
            }
        }
        return entries;
    }

    /** Checks that the entries name models that are served. */
    void checkServed(List<String> local, Faults faults) {
        List<Entry> entries = new ArrayList<>();
        mmproj.forEach(text -> entries.add(Entry.parse(MMPROJ, text)));
        draftModels.forEach(text -> entries.add(Entry.parse(DRAFT_MODEL, text)));
        for (Entry entry : entries) {
            if (entry.isNamed()) {
                faults.check(() -> Aliases.checkServed(entry.said(), entry.model, local));
            }
        }
    }

    Projectors projectors() throws Complaint {
        Map<String, Optional<Path>> given = new HashMap<>();
        for (Entry entry : entries(MMPROJ, mmproj, "an image encoder").values()) {
            given.put(
                    entry.model,
                    entry.value.equals("none") ? Optional.empty() : Optional.of(projector(entry)));
        }
        return new Projectors(given);
    }

    private static Path projector(Entry entry) throws Complaint {
        try {
            Path path = Path.of(entry.value);
            if (!Files.isRegularFile(path)) {
                throw entry.complaint("there is no such file");
            }
            return path;
        } catch (InvalidPathException e) {
            throw entry.complaint(String.valueOf(e.getMessage()));
        }
    }

    /** False if {@code --mmproj} says which image encoder a model has, or that it has none. */
    boolean fetchesEncoder(String model) {
        return mmproj.stream()
                .map(text -> Entry.parse(MMPROJ, text))
                .noneMatch(entry -> !entry.isNamed() || entry.model.equals(model));
    }

    /**
     * The files of draft models that are here, by the names of the models that they draft for. One
     * without a name is for the model that is served alone, and for no other that a changed
     * configuration adds.
     *
     * @throws Complaint if one is neither here nor can be fetched, or is for no model
     */
    Map<String, Path> drafts(ModelOptions models, ModelStore store, PrintWriter out)
            throws Complaint {
        if (draftModels.isEmpty()) {
            return Map.of();
        }
        List<String> names = models.names(store, out);
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Entry entry : entries(DRAFT_MODEL, draftModels, "a draft model").values()) {
            String model = entry.isNamed() ? entry.model : names.getFirst();
            Aliases.checkServed(entry.said(), model, names);
            if (entries.put(model, entry) != null) {
                throw entry.complaint("the model has a draft model already");
            }
        }
        Map<String, Path> drafts = new LinkedHashMap<>();
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
            locate(each.getValue(), store, out).ifPresent(path -> drafts.put(each.getKey(), path));
        }
        return drafts;
    }

    private static Optional<Path> locate(Entry entry, ModelStore store, PrintWriter out)
            throws Complaint {
        try {
            return ModelOptions.locate(entry.value, store, out);
        } catch (Complaint e) {
            throw entry.complaint(String.valueOf(e.getMessage()));
        }
    }

    /** Fetches the draft models that are not here. */
    void fetchDrafts(ModelStore store, PrintWriter out) throws Complaint {
        for (Entry entry : entries(DRAFT_MODEL, draftModels, "a draft model").values()) {
            if (locate(entry, store, out).isEmpty()) {
                store.pull(entry.value, false, out);
            }
        }
    }
}
