package tramontane.catalog;

import java.util.List;
import java.util.Optional;

/**
 * A model of the catalogue.
 *
 * @param bytes the size of its file, exact where {@code sha256} is known, else about that
 * @param sha256 the sum of the file; empty where none was published that could be checked
 * @param ramBytes the memory it takes to serve it with a context of 4,096 tokens
 * @param contextTokens the longest context it was trained for
 * @param sources where to get it, the best first
 */
public record CatalogEntry(
        Label label,
        long bytes,
        Optional<String> sha256,
        long ramBytes,
        int contextTokens,
        List<ModelSource> sources) {
    /** What a user reads: a short name to type, a title, and the licence of the weights. */
    public record Label(String name, String title, String licence) {}

    public CatalogEntry {
        sources = List.copyOf(sources);
    }

    public String name() {
        return label.name();
    }
}
