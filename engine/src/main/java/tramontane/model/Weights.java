package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.Workers;
import tramontane.tensor.DType;

/**
 * The weights of a model: matrices packed for the kernels, vectors as fp32. All of them are in
 * memory or come from a file of packed weights, so the model's file can be closed, changed or
 * deleted.
 *
 * @param embedding one row per token; many small models use it as the output matrix, too
 */
public record Weights(Embedding embedding, List<Layer> layers, RmsNorm outputNorm, Linear output) {
    private static final String EMBEDDING = "token_embd.weight";

    /**
     * One layer: attention and feed-forward network, each with a norm before it. Gemma also has a
     * norm after each.
     */
    record Layer(
            RmsNorm attentionNorm,
            AttentionLayer attention,
            Optional<RmsNorm> attentionPostNorm,
            RmsNorm feedForwardNorm,
            FeedForwardLayer feedForward,
            Optional<RmsNorm> feedForwardPostNorm) {}

    public int vocabulary() {
        return embedding.rows();
    }

    /** Bytes that {@link #load} will allocate. */
    public static long packedBytes(GgufFile file) {
        return stepBytes(file) + separateEmbedding(file).map(Weights::plainBytes).orElse(0L);
    }

    /**
     * Bytes that each step reads. A separate embedding does not count, because a step reads only a
     * few rows of it.
     */
    public static long stepBytes(GgufFile file) {
        long all = file.tensors().stream().mapToLong(Weights::packedBytes).sum();
        return all - separateEmbedding(file).map(Weights::packedBytes).orElse(0L);
    }

    /**
     * Bytes that a step of one token reads: as {@link #stepBytes}, but of the experts only those
     * that compute the token.
     */
    public static long tokenBytes(GgufFile file, ModelConfig config) {
        long experts =
                file.tensors().stream()
                        .filter(tensor -> ExpertReader.isExpert(tensor.name()))
                        .mapToLong(Weights::packedBytes)
                        .sum();
        long read =
                config.feedForward()
                        .experts()
                        .map(each -> experts / each.count() * each.used())
                        .orElse(experts);
        return stepBytes(file) - experts + read;
    }

    /** The embedding, if the output matrix is another tensor. */
    private static Optional<TensorInfo> separateEmbedding(GgufFile file) {
        return file.tensor("output.weight").flatMap(output -> file.tensor(EMBEDDING));
    }

    static long plainBytes(TensorInfo tensor) {
        return tensor.rows() * tensor.rowBytes();
    }

    static long packedBytes(TensorInfo tensor) {
        DType dtype = tensor.name().endsWith(ExpertReader.ROUTER) ? DType.F32 : tensor.dtype();
        return tensor.rows() > 1
                ? PackedMatrix.packedBytes(dtype, (int) tensor.rows(), (int) tensor.columns())
                : 4 * tensor.columns() + 64;
    }

    public static TensorInfo output(GgufFile file) {
        return file.tensor("output.weight").orElseGet(() -> file.required(EMBEDDING));
    }

    public static Weights load(
            WeightSource source,
            ModelConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        try (MatrixReader matrices = new MatrixReader(source, kernels, workers, memory)) {
            TensorReader tensors = new TensorReader(source.file(), matrices, memory);
            return matrices.finish(new Loader(source.file(), config, matrices, tensors).load());
        }
    }

    /** Finds tensors by the names that GGUF converters use. */
    private record Loader(
            GgufFile file, ModelConfig config, MatrixReader matrices, TensorReader tensors) {
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
                    norm("output_norm.weight", config.width()),
                    new Linear(packed, tensors.scales("output", 1)[0], Optional.empty()));
        }

        private Layer layer(int i) {
            String prefix = "blk." + i + ".";
            int width = config.width();
            boolean gemma = config.architecture().isGemma();
            return new Layer(
                    norm(prefix + "attn_norm.weight", width),
                    attention(prefix, config.attention().isLocal(i)),
                    gemma
                            ? Optional.of(norm(prefix + "post_attention_norm.weight", width))
                            : Optional.empty(),
                    norm(prefix + "ffn_norm.weight", width),
                    feedForward(prefix, config.feedForward().expertsOf(i)),
                    gemma
                            ? Optional.of(norm(prefix + "post_ffw_norm.weight", width))
                            : Optional.empty());
        }

        private FeedForwardLayer feedForward(String prefix, Optional<ExpertConfig> experts) {
            int width = config.width();
            if (experts.isPresent()) {
                return new ExpertReader(file, tensors, experts.get()).read(prefix, width);
            }
            int inner = config.feedForward().dense();
            return new FeedForward.Layer(
                    tensors.linear(prefix + "ffn_gate", inner, width),
                    tensors.linear(prefix + "ffn_up", inner, width),
                    tensors.linear(prefix + "ffn_down", width, inner),
                    config.architecture().isGemma());
        }

        private AttentionLayer attention(String prefix, boolean local) {
            if (config.attention().latent().isPresent()) {
                return latentAttention(prefix, config.attention().latent().get());
            }
            AttentionShape shape = config.attention().shape(local);
            int queries = shape.queryHeads() * shape.headSize();
            int keys = shape.kvHeads() * shape.headSize();
            return new Attention.Layer(
                    tensors.linear(prefix + "attn_q", queries, config.width()),
                    tensors.linear(prefix + "attn_k", keys, config.width()),
                    tensors.linear(prefix + "attn_v", keys, config.width()),
                    tensors.linear(prefix + "attn_output", config.width(), queries),
                    optionalNorm(prefix + "attn_q_norm.weight", shape.headSize()),
                    optionalNorm(prefix + "attn_k_norm.weight", shape.headSize()),
                    local);
        }

        private LatentAttention.Layer latentAttention(String prefix, LatentConfig sizes) {
            int heads = config.attention().global().queryHeads();
            int width = config.width();
            int queries = heads * sizes.head();
            int queryRank = sizes.queryRank();
            return new LatentAttention.Layer(
                    queryRank == 0
                            ? new LatentAttention.Query.Direct(
                                    tensors.linear(prefix + "attn_q", queries, width))
                            : new LatentAttention.Query.ByRank(
                                    tensors.linear(prefix + "attn_q_a", queryRank, width),
                                    norm(prefix + "attn_q_a_norm.weight", queryRank),
                                    tensors.linear(prefix + "attn_q_b", queries, queryRank)),
                    tensors.linear(prefix + "attn_kv_a_mqa", sizes.cached(), width),
                    norm(prefix + "attn_kv_a_norm.weight", sizes.rank()),
                    tensors.linears(prefix + "attn_k_b", heads, sizes.rank(), sizes.plain()),
                    tensors.linears(prefix + "attn_v_b", heads, sizes.value(), sizes.rank()),
                    tensors.linear(prefix + "attn_output", width, heads * sizes.value()));
        }

        private RmsNorm norm(String name, int columns) {
            return new RmsNorm(
                    tensors.vector(file.required(name), columns), columns, config.epsilon());
        }

        private Optional<RmsNorm> optionalNorm(String name, int columns) {
            return file.tensor(name).map(tensor -> norm(name, columns));
        }
    }
}
