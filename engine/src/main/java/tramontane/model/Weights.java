package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RowDecoder;
import tramontane.kernel.Workers;
import tramontane.tensor.Tensor;

/**
 * A model's weights, matrices packed for the kernels, vectors as fp32. All of them are in memory:
 * the file can be closed, changed or deleted.
 *
 * @param embedding one row a token; many small models use it as the output matrix, too
 */
public record Weights(
        Embedding embedding, List<Layer> layers, MemorySegment outputNorm, Linear output) {
    private static final String EMBEDDING = "token_embd.weight";

    /**
     * Norms' weights, and the two parts they stand before; Gemma also norms what comes out of them.
     */
    record Layer(
            MemorySegment attentionNorm,
            Attention.Layer attention,
            Optional<MemorySegment> attentionPostNorm,
            MemorySegment feedForwardNorm,
            FeedForward.Layer feedForward,
            Optional<MemorySegment> feedForwardPostNorm) {}

    public int vocabulary() {
        return embedding.rows();
    }

    /** Bytes that {@link #load} will allocate. */
    public static long packedBytes(GgufFile file) {
        return stepBytes(file) + loneEmbedding(file).map(Weights::plainBytes).orElse(0L);
    }

    /** Bytes that each step reads: of an embedding that is not the output, too, only a few rows. */
    public static long stepBytes(GgufFile file) {
        long all = file.tensors().stream().mapToLong(Weights::packedBytes).sum();
        return all - loneEmbedding(file).map(Weights::packedBytes).orElse(0L);
    }

    /** The embedding, where the output matrix is another. */
    private static Optional<TensorInfo> loneEmbedding(GgufFile file) {
        return file.tensor("output.weight").flatMap(output -> file.tensor(EMBEDDING));
    }

    private static long plainBytes(TensorInfo tensor) {
        return tensor.rows() * tensor.rowBytes();
    }

    private static long packedBytes(TensorInfo tensor) {
        return tensor.rows() > 1
                ? PackedMatrix.packedBytes(
                        tensor.dtype(), (int) tensor.rows(), (int) tensor.columns())
                : 4 * tensor.columns() + 64;
    }

    public static TensorInfo output(GgufFile file) {
        return file.tensor("output.weight").orElseGet(() -> file.required(EMBEDDING));
    }

    public static Weights load(
            GgufFile file,
            ModelConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        try (MatrixReader matrices = new MatrixReader(file, kernels, workers, memory)) {
            return new Loader(file, config, matrices, memory).load();
        }
    }

    /** Finds tensors by the names GGUF converters give them. */
    private record Loader(
            GgufFile file, ModelConfig config, MatrixReader matrices, SegmentAllocator memory) {
        Weights load() {
            TensorInfo tokens = file.required(EMBEDDING);
            int vocabulary = Math.toIntExact(tokens.rows());
            ModelConfig.shaped(tokens, vocabulary, config.width());
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < config.layers(); i++) {
                layers.add(layer(i));
            }
            TensorInfo output = ModelConfig.shaped(output(file), vocabulary, config.width());
            PackedMatrix packed = matrices.read(output);
            return new Weights(
                    output.equals(tokens)
                            ? new Embedding.Packed(packed)
                            : new Embedding.Plain(matrices.copy(tokens)),
                    layers,
                    vector("output_norm.weight", config.width()),
                    new Linear(packed, Optional.empty()));
        }

        private Layer layer(int i) {
            String prefix = "blk." + i + ".";
            int width = config.width();
            boolean gemma = config.architecture().isGemma();
            return new Layer(
                    vector(prefix + "attn_norm.weight", width),
                    attention(prefix, config.attention().isLocal(i)),
                    gemma
                            ? Optional.of(vector(prefix + "post_attention_norm.weight", width))
                            : Optional.empty(),
                    vector(prefix + "ffn_norm.weight", width),
                    new FeedForward.Layer(
                            linear(prefix + "ffn_gate", config.feedForward(), width),
                            linear(prefix + "ffn_up", config.feedForward(), width),
                            linear(prefix + "ffn_down", width, config.feedForward()),
                            gemma),
                    gemma
                            ? Optional.of(vector(prefix + "post_ffw_norm.weight", width))
                            : Optional.empty());
        }

        private Attention.Layer attention(String prefix, boolean local) {
            AttentionShape shape = config.attention().shape(local);
            int queries = shape.queryHeads() * shape.headSize();
            int keys = shape.kvHeads() * shape.headSize();
            return new Attention.Layer(
                    linear(prefix + "attn_q", queries, config.width()),
                    linear(prefix + "attn_k", keys, config.width()),
                    linear(prefix + "attn_v", keys, config.width()),
                    linear(prefix + "attn_output", config.width(), queries),
                    optionalVector(prefix + "attn_q_norm.weight", shape.headSize()),
                    optionalVector(prefix + "attn_k_norm.weight", shape.headSize()),
                    local);
        }

        private Linear linear(String name, int outputs, int inputs) {
            TensorInfo tensor =
                    ModelConfig.shaped(file.required(name + ".weight"), outputs, inputs);
            return new Linear(matrices.read(tensor), optionalVector(name + ".bias", outputs));
        }

        private Optional<MemorySegment> optionalVector(String name, int elements) {
            return file.tensor(name).map(tensor -> vector(tensor, elements));
        }

        private MemorySegment vector(String name, int elements) {
            return vector(file.required(name), elements);
        }

        private MemorySegment vector(TensorInfo tensor, int elements) {
            TensorInfo shaped = ModelConfig.shaped(tensor, 1, elements);
            MemorySegment vector = memory.allocate(4L * elements, 64);
            try (Arena arena = Arena.ofConfined()) {
                Tensor row = file.read(shaped, 0, 1, arena.allocate(shaped.rowBytes()));
                RowDecoder.dequantizeRow(row, 0, vector);
            }
            if (!FiniteCheck.isFinite(vector, elements)) {
                throw MatrixReader.notFinite(tensor);
            }
            return vector;
        }
    }
}
