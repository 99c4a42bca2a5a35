package tramontane.model;

import static tramontane.model.ModelConfig.bounded;

import tramontane.gguf.GgufMetadata;
import tramontane.kernel.AttentionShape;

/**
 * The sizes of multi-head latent attention.
 *
 * @param queryRank elements of the row that queries are computed from; 0 if that is the token's row
 * @param rank elements of the latent row that keys and values are computed from
 * @param plain elements of a query head that are not rotated
 * @param rotated elements of a query head that are rotated, and of the key that all heads share
 * @param value elements of a head's value
 */
record LatentConfig(int queryRank, int rank, int plain, int rotated, int value) {
    private static final int MAX_RANK = 4096;
    private static final int MAX_HEAD = 1024;

    static LatentConfig of(GgufMetadata metadata, String prefix) {
        String attention = prefix + ".attention.";
        if (metadata.findInt(attention + "key_length_mla").isEmpty()) {
            throw new ModelException(
                    attention
                            + "key_length_mla is missing: the file was made before May 2025;"
                            + " convert the model again or fetch a newer file");
        }
        if (metadata.findInt(prefix + ".nextn_predict_layers").orElse(0) > 0) {
            throw new ModelException(prefix + ".nextn_predict_layers is not supported");
        }
        int key = bounded(metadata, attention + "key_length_mla", 16, MAX_HEAD);
        int value = bounded(metadata, attention + "value_length_mla", 16, MAX_HEAD);
        int rank = bounded(metadata, attention + "kv_lora_rank", 32, MAX_RANK);
        int queryRank = metadata.findInt(attention + "q_lora_rank").orElse(0);
        int rotated = bounded(metadata, prefix + ".rope.dimension_count", 2, MAX_HEAD);
        if (key - rotated < 32
                || (key - rotated) % 32 != 0
                || rank % 32 != 0
                || rotated % 16 != 0
                || value % 16 != 0
                || queryRank < 0
                || queryRank > MAX_RANK
                || queryRank % 32 != 0) {
            throw new ModelException(
                    "latent attention with the sizes "
                            + new LatentConfig(queryRank, rank, key - rotated, rotated, value)
                            + " is not supported");
        }
        return new LatentConfig(queryRank, rank, key - rotated, rotated, value);
    }

    /** Elements of a query head before it is multiplied with the key matrix. */
    int head() {
        return plain + rotated;
    }

    /** Elements of a cached row: the latent row, then the rotated part of the key. */
    int cached() {
        return rank + rotated;
    }

    /** Attention of all query heads over the cached rows, which are keys and values at once. */
    AttentionShape shape(int heads, float scale) {
        return new AttentionShape(heads, 1, cached(), scale, 0);
    }
}
