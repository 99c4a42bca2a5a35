package tramontane.catalog;

import java.util.List;
import java.util.Optional;

/**
 * A model of the catalogue.
 *
 * @param bytes file size; exact if {@code sha256} is known, else approximate
 * @param sha256 sum of the file; empty if none was published
 * @param ramBytes memory needed to serve it with a context of 4,096 tokens
 * @param contextTokens maximum context it was trained for
 * @param sources where to download it, preferred ones first
 */
public record CatalogEntry(
        Label label,
        long bytes,
        Optional<String> sha256,
        long ramBytes,
        int contextTokens,
        List<ModelSource> sources) {
    /** Texts for the user: a short name to type, a title, and the licence of the weights. */
    public record Label(String name, String title, String licence) {}

    public CatalogEntry {
        sources = List.copyOf(sources);
    }

    public String name() {
        return label.name();
    }
}
