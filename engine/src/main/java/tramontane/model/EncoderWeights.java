package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.Kernels;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.RowDecoder;
import tramontane.kernel.Workers;
import tramontane.tensor.Tensor;

/**
 * The weights of an encoder. All of them are in memory, so the file can be closed.
 *
 * @param tokens one row per token
 * @param positions one row per position
 * @param type the row of the first token type: a text that is alone has no other
 */
public record EncoderWeights(
        Tensor tokens,
        Tensor positions,
        MemorySegment type,
        LayerNorm embeddingNorm,
        List<Layer> layers) {
    private static final String TOKENS = "token_embd.weight";
    private static final String POSITIONS = "position_embd.weight";
    private static final String TYPES = "token_types.weight";

    /** Tensors of which only single rows are read, so that they stay in the file's layout. */
    private static final Set<String> PLAIN = Set.of(TOKENS, POSITIONS, TYPES);

    /** One layer: attention and feed-forward network, each with a norm after it. */
    record Layer(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            LayerNorm attentionNorm,
            FeedForward feedForward,
            LayerNorm outputNorm) {}

    /** The two layers of the feed-forward network, with gelu between them. */
    record FeedForward(Linear up, Linear down) {}

    public int vocabulary() {
        return Math.toIntExact(tokens.rows());
    }

    /** Bytes that {@link #load} will allocate. */
    public static long packedBytes(GgufFile file) {
        return file.tensors().stream()
                .mapToLong(each ->
                        PLAIN.contains(each.name())
                                ? Weights.plainBytes(each)
                                : Weights.packedBytes(each))
                .sum();
    }

    public static EncoderWeights load(
            WeightSource source,
            EncoderConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        try (MatrixReader matrices = new MatrixReader(source, kernels, workers, memory)) {
            TensorReader tensors = new TensorReader(source.file(), matrices, memory);
            return matrices.finish(
                    new Loader(source.file(), config, matrices, tensors).load(memory));
        }
    }

    /** Finds tensors by the names that GGUF converters use. */
    private record Loader(
            GgufFile file, EncoderConfig config, MatrixReader matrices, TensorReader tensors) {
        EncoderWeights load(SegmentAllocator memory) {
            TensorInfo tokens = file.required(TOKENS);
            TensorInfo positions = file.required(POSITIONS);
            if (positions.rows() < config.contextLength()) {
                throw new ModelException(
                        POSITIONS
                                + " has "
                                + positions.rows()
                                + " rows, the context is "
                                + config.contextLength());
            }
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < config.layers(); i++) {
                layers.add(layer("blk." + i + "."));
            }
            return new EncoderWeights(
                    matrices.copy(wide(tokens)),
                    matrices.copy(wide(positions)),
                    type(memory),
                    norm("token_embd_norm"),
                    layers);
        }

        private TensorInfo wide(TensorInfo tensor) {
            return ModelConfig.shaped(tensor, tensor.rows(), config.width());
        }

        private MemorySegment type(SegmentAllocator memory) {
            TensorInfo types = wide(file.required(TYPES));
            MemorySegment first = memory.allocate(4L * config.width(), 64);
            try (Arena arena = Arena.ofConfined()) {
                Tensor row = file.read(types, 0, 1, arena.allocate(types.rowBytes()));
                RowDecoder.dequantizeRow(row, 0, first);
            }
            return first;
        }

        private Layer layer(String prefix) {
            int width = config.width();
            return new Layer(
                    tensors.linear(prefix + "attn_q", width, width),
                    tensors.linear(prefix + "attn_k", width, width),
                    tensors.linear(prefix + "attn_v", width, width),
                    tensors.linear(prefix + "attn_output", width, width),
                    norm(prefix + "attn_output_norm"),
                    new FeedForward(
                            tensors.linear(prefix + "ffn_up", config.feedForward(), width),
                            tensors.linear(prefix + "ffn_down", width, config.feedForward())),
                    norm(prefix + "layer_output_norm"));
        }

        private LayerNorm norm(String name) {
            int width = config.width();
            return new LayerNorm(
                    tensors.vector(file.required(name + ".weight"), width),
                    tensors.vector(file.required(name + ".bias"), width),
                    width,
                    config.epsilon());
        }
    }
}
