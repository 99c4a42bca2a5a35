package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;

/** The attention of a model: with keys and values for each KV head, or with a latent row. */
final class SelfAttention {
    private final Optional<Attention> heads;
    private final Optional<LatentAttention> latent;

    SelfAttention(
            ModelConfig config,
            Compute compute,
            DecoderLayers.Extent extent,
            SegmentAllocator memory) {
        boolean isLatent = config.attention().latent().isPresent();
        heads =
                isLatent
                        ? Optional.empty()
                        : Optional.of(
                                new Attention(
                                        config,
                                        compute,
                                        extent.context(),
                                        extent.maxRows(),
                                        memory));
        latent =
                config.attention()
                        .latent()
                        .map(sizes -> new LatentAttention(config, sizes, compute, extent, memory));
    }

    /** Bytes that the attention of a model allocates. */
    static long bufferBytes(ModelConfig config, int context, int maxRows) {
        return config.attention()
                .latent()
                .map(sizes -> LatentAttention.bufferBytes(config, sizes, context, maxRows))
                .orElseGet(() -> Attention.bufferBytes(config, context, maxRows));
    }

    /** Called once per step, before the layers. */
    void prepare(Batch batch) {
        heads.ifPresent(each -> each.prepare(batch));
        latent.ifPresent(each -> each.prepare(batch));
    }

    /**
     * Computes the input of the output matrix for all rows of {@code in}, and writes what later
     * tokens need to {@code cache}.
     */
    Activations heads(AttentionLayer layer, Batch batch, Activations in, MemorySegment cache) {
        return switch (layer) {
            case Attention.Layer own -> heads.orElseThrow().heads(own, batch, in, cache);
            case LatentAttention.Layer own -> latent.orElseThrow().heads(own, batch, in, cache);
        };
    }
}
