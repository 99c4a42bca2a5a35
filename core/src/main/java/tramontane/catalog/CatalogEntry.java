package tramontane.catalog;

import java.util.List;
import java.util.Optional;

/**
 * A model of the catalogue.
 *
 * @param encoder what reads images; empty for a model of text only
 * @param ramBytes memory that it takes with a context of 4,096 tokens: its packed weights, the
 *     buffers of a step, and the cache of one sequence; without its encoder
 * @param contextTokens maximum context it was trained for
 */
public record CatalogEntry(
        Label label,
        Download download,
        Optional<Encoder> encoder,
        long ramBytes,
        int contextTokens) {
    /** What a model was trained for. */
    public enum Use {
        CHAT,
        CODE,
        THINKING,
        /** Says whether a text keeps to a policy. */
        GUARD,
        /** Completes text and knows no chat. */
        BASE
    }

    /** Texts for the user: a short name to type, a title, and the licence of the weights. */
    public record Label(String name, String title, String licence, Use use) {}

    /** One file of a split model. */
    public record Part(long bytes, String sha256) {}

    /**
     * The file, or all files of a split model.
     *
     * @param bytes size of all files
     * @param exact true if {@code bytes} is their exact size
     * @param sha256 sum of the only file; empty if none was published
     * @param parts sizes and sums of the files of a split model; empty if they are not known
     * @param sources where to download it, preferred ones first
     */
    public record Download(
            long bytes,
            boolean exact,
            Optional<String> sha256,
            List<Part> parts,
            List<ModelSource> sources) {
        public Download {
            parts = List.copyOf(parts);
            sources = List.copyOf(sources);
        }
    }

    /**
     * The image encoder of a model, a file of its own.
     *
     * @param ramBytes its packed weights and its buffers
     */
    public record Encoder(Download download, long ramBytes) {}

    public String name() {
        return label.name();
    }

    public long bytes() {
        return download.bytes();
    }

    /** Size of all files, with the encoder. */
    public long totalBytes() {
        return bytes() + encoder.map(each -> each.download().bytes()).orElse(0L);
    }

    /** Memory with the encoder. */
    public long totalRamBytes() {
        return ramBytes + encoder.map(Encoder::ramBytes).orElse(0L);
    }

    public Optional<String> sha256() {
        return download.sha256();
    }
}
