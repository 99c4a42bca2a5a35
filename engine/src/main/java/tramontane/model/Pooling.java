package tramontane.model;

import java.util.Optional;
import tramontane.gguf.GgufMetadata;

/** How an embedding model makes one vector of a text's rows, as its file says. */
public enum Pooling {
    /** The mean of all rows. */
    MEAN,
    /** The row of the first token. */
    FIRST,
    /** The row of the last token. */
    LAST;

    /**
     * The pooling that a file declares; empty for a model that generates text. The key and its
     * numbers are those of llama.cpp.
     *
     * @throws ModelException for a pooling that gives no vector
     */
    public static Optional<Pooling> of(GgufMetadata metadata) {
        String key = metadata.getString("general.architecture") + ".pooling_type";
        int code = metadata.findInt(key).orElse(0);
        return switch (code) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(MEAN);
            case 2 -> Optional.of(FIRST);
            case 3 -> Optional.of(LAST);
            case 4 ->
                    throw new ModelException(
                            key + " is 4: the model ranks pairs of texts, which is not supported");
            default ->
                    throw new ModelException(
                            key + " is " + code + ", known are 1 (mean), 2 (first), 3 (last)");
        };
    }
}
