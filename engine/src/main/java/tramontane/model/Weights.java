package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RowDecoder;
import tramontane.kernel.Workers;
import tramontane.tensor.Tensor;

/**
 * A model's weights, matrices packed for the kernels, vectors as fp32.
 *
 * @param embedding one row a token, read straight from the file's mapping, which must stay open
 */
public record Weights(
        Tensor embedding, List<Layer> layers, MemorySegment outputNorm, Linear output) {
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
        return Math.toIntExact(embedding.rows());
    }

    /** Bytes that {@link #load} will allocate; the mapped embedding is not among them. */
    public static long packedBytes(GgufFile file) {
        long bytes = 0;
        for (Tensor tensor : file.tensors()) {
            if (!tensor.name().equals("token_embd.weight")
                    || file.tensor("output.weight").isEmpty()) {
                bytes +=
                        tensor.rows() > 1
                                ? PackedMatrix.packedBytes(
                                        tensor.dtype(), (int) tensor.rows(), (int) tensor.columns())
                                : 4 * tensor.columns() + 64;
            }
        }
        return bytes;
    }

    /** Many small models use the embedding as the output matrix, too. */
    public static Tensor output(GgufFile file) {
        return file.tensor("output.weight").orElseGet(() -> file.required("token_embd.weight"));
    }

    public static Weights load(
            GgufFile file,
            ModelConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        return new Loader(file, config, kernels, workers, memory).load();
    }

    /** Finds tensors by the names GGUF converters give them. */
    private record Loader(
            GgufFile file,
            ModelConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        Weights load() {
            Tensor embedding = file.required("token_embd.weight");
            int vocabulary = Math.toIntExact(embedding.rows());
            ModelConfig.shaped(embedding, vocabulary, config.width());
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < config.layers(); i++) {
                layers.add(layer(i));
            }
            Tensor output = output(file);
            return new Weights(
                    embedding,
                    layers,
                    vector("output_norm.weight", config.width()),
                    new Linear(
                            pack(ModelConfig.shaped(output, vocabulary, config.width())),
                            Optional.empty()));
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
            Tensor tensor = ModelConfig.shaped(file.required(name + ".weight"), outputs, inputs);
            return new Linear(pack(tensor), optionalVector(name + ".bias", outputs));
        }

        private PackedMatrix pack(Tensor tensor) {
            PackedMatrix matrix = PackedMatrix.allocate(tensor, memory);
            int groups = matrix.groups();
            int slice = Math.max(1, groups / (8 * workers.threads()));
            workers.run(
                    Math.ceilDiv(groups, slice),
                    (task, worker) ->
                            kernels.pack(
                                    tensor,
                                    matrix,
                                    task * slice,
                                    Math.min(groups, (task + 1) * slice)));
            // All that is ever read of the file again is the embedding, a row at a time.
            OffHeap.dropMapped(tensor.data());
            return matrix;
        }

        private Optional<MemorySegment> optionalVector(String name, int elements) {
            return file.tensor(name).map(tensor -> vector(tensor, elements));
        }

        private MemorySegment vector(String name, int elements) {
            return vector(file.required(name), elements);
        }

        private MemorySegment vector(Tensor tensor, int elements) {
            MemorySegment vector = memory.allocate(4L * elements, 64);
            RowDecoder.dequantizeRow(ModelConfig.shaped(tensor, 1, elements), 0, vector);
            return vector;
        }
    }
}
