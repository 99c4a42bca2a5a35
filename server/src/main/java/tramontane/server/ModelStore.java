package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.catalog.Catalog;
import tramontane.catalog.DamagedModelException;
import tramontane.catalog.ModelPuller;
import tramontane.catalog.PullException;
import tramontane.catalog.PullSettings;

/**
 * The catalogue and the puller, with this user's settings.
 *
 * <pre>
 * TRAMONTANE_HUBS   addresses of hubs or mirrors to ask in place of the usual one, with spaces between
 * HF_TOKEN          sent to the usual hub, never to another
 * </pre>
 */
record ModelStore(Catalog catalog, ModelPuller puller) {
    static ModelStore of(UserFiles files, Map<String, String> environment) throws Complaint {
        Catalog catalog = catalog(files);
        return new ModelStore(
                catalog, new ModelPuller(catalog, settings(environment), InstantSource.system()));
    }

    static Catalog catalog(UserFiles files) {
        return Catalog.load(files.models());
    }

    private static PullSettings settings(Map<String, String> environment) throws Complaint {
        String hubs = environment.getOrDefault("TRAMONTANE_HUBS", "").strip();
        if (hubs.isEmpty()) {
            return PullSettings.standard(
                    Optional.ofNullable(environment.get("HF_TOKEN"))
                            .filter(token -> !token.isBlank()));
        }
        try {
            List<PullSettings.Hub> bases =
                    Arrays.stream(hubs.split("\\s+"))
                            .map(hub -> new PullSettings.Hub(URI.create(hub), Optional.empty()))
                            .toList();
            return PullSettings.withHubs(bases);
        } catch (IllegalArgumentException e) {
            throw new Complaint("TRAMONTANE_HUBS holds no list of addresses: " + e.getMessage());
        }
    }

    /**
     * The file of an installed model, by its name or path.
     *
     * @throws Complaint if it is damaged
     */
    Optional<Path> locate(String model, PrintWriter out) throws Complaint {
        try {
            return catalog.locate(
                    model,
                    () -> {
                        out.println("Checking " + model + ", which is new or has changed");
                        out.flush();
                    });
        } catch (DamagedModelException e) {
            throw new Complaint(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Complaint("cannot check " + model + ": " + e.getMessage());
        }
    }

    /**
     * Pulls a model and shows the progress, unless it is installed.
     *
     * @param encoder true to pull its image encoder too, if it has one
     */
    Path pull(String spec, boolean encoder, PrintWriter out) throws Complaint {
        try (PullDisplay display = new PullDisplay(spec, out)) {
            return encoder
                    ? puller.pull(spec, display::show)
                    : puller.pullText(spec, display::show);
        } catch (PullException | IllegalArgumentException e) {
            throw new Complaint(String.valueOf(e.getMessage()));
        }
    }
}
