package tramontane.testkit;

import java.nio.file.Path;

/**
 * Models with experts and random weights, for measurements: Q4_K, and Q6_K where {@link
 * RandomMistral} has it. The routers' weights are random as well, so tokens are spread evenly over
 * the experts.
 */
public enum RandomExperts {
    /** The shape of Qwen3's mixtures: 7.0B weights, of which 1.1B compute a token. */
    QWEN3MOE("qwen3moe", 22, 64, 8, 768),
    /** A scaled-down Mistral Small 4: 5.4B weights, of which 0.7B compute a token. */
    MISTRAL4("mistral4", 12, 128, 4, 512);

    private static final int WIDTH = 2048;
    private static final int CONTEXT = 32_768;
    private static final int ORIGINAL_CONTEXT = 8192;
    private static final int HEADS = 16;
    private static final int KEY_VALUE_HEADS = 4;
    private static final int HEAD_SIZE = 128;

    // Of latent attention, as in Mistral Small 4 but for the number of heads.
    private static final int QUERY_RANK = 1024;
    private static final int RANK = 256;
    private static final int PLAIN = 64;
    private static final int ROTATED = 64;
    private static final int VALUE = 128;

    private final String architecture;
    private final int layers;
    private final int experts;
    private final int used;
    private final int inner;

    RandomExperts(String architecture, int layers, int experts, int used, int inner) {
        this.architecture = architecture;
        this.layers = layers;
        this.experts = experts;
        this.used = used;
        this.inner = inner;
    }

    /** A name for its file. */
    public String label() {
        return architecture;
    }

    public Path write(Path path) {
        return write(path, layers, experts);
    }

    /** Writes a smaller model of the same kind. */
    public Path write(Path path, int layers, int experts) {
        GgufWriter out = new GgufWriter();
        RandomTensors tensors = new RandomTensors(out, 1);
        putMetadata(out, layers, experts);
        SyllableVocabulary.putInto(out);
        tensors.matrix("token_embd.weight", WeightFormat.Q4_K, SyllableVocabulary.SIZE, WIDTH);
        for (int layer = 0; layer < layers; layer++) {
            boolean finer = RandomMistral.isFiner(layer, layers);
            WeightFormat some = finer ? WeightFormat.Q6_K : WeightFormat.Q4_K;
            String prefix = "blk." + layer + ".";
            tensors.norm(prefix + "attn_norm.weight", WIDTH);
            if (this == MISTRAL4) {
                latentAttention(tensors, prefix);
            } else {
                attention(tensors, prefix, some);
            }
            feedForward(tensors, prefix, some, experts);
        }
        tensors.norm("output_norm.weight", WIDTH);
        tensors.matrix("output.weight", WeightFormat.Q6_K, SyllableVocabulary.SIZE, WIDTH);
        out.write(path);
        return path;
    }

    private static void attention(RandomTensors out, String prefix, WeightFormat some) {
        int keys = KEY_VALUE_HEADS * HEAD_SIZE;
        out.matrix(prefix + "attn_q.weight", WeightFormat.Q4_K, HEADS * HEAD_SIZE, WIDTH);
        out.matrix(prefix + "attn_k.weight", WeightFormat.Q4_K, keys, WIDTH);
        out.matrix(prefix + "attn_v.weight", some, keys, WIDTH);
        out.norm(prefix + "attn_q_norm.weight", HEAD_SIZE);
        out.norm(prefix + "attn_k_norm.weight", HEAD_SIZE);
        out.matrix(prefix + "attn_output.weight", WeightFormat.Q4_K, WIDTH, HEADS * HEAD_SIZE);
    }

    private static void latentAttention(RandomTensors out, String prefix) {
        WeightFormat format = WeightFormat.Q4_K;
        out.matrix(prefix + "attn_q_a.weight", format, QUERY_RANK, WIDTH);
        out.norm(prefix + "attn_q_a_norm.weight", QUERY_RANK);
        out.matrix(prefix + "attn_q_b.weight", format, HEADS * (PLAIN + ROTATED), QUERY_RANK);
        out.matrix(prefix + "attn_kv_a_mqa.weight", format, RANK + ROTATED, WIDTH);
        out.norm(prefix + "attn_kv_a_norm.weight", RANK);
        // Rows of 64 elements are no whole blocks of Q4_K, so quantizers choose another format.
        out.small(prefix + "attn_k_b.weight", WeightFormat.Q8_0, HEADS, RANK, PLAIN);
        out.matrices(prefix + "attn_v_b.weight", format, HEADS, VALUE, RANK);
        out.matrix(prefix + "attn_output.weight", format, WIDTH, HEADS * VALUE);
    }

    private void feedForward(RandomTensors out, String prefix, WeightFormat some, int experts) {
        out.norm(prefix + "ffn_norm.weight", WIDTH);
        out.small(prefix + "ffn_gate_inp.weight", WeightFormat.F32, 1, experts, WIDTH);
        out.matrices(prefix + "ffn_gate_exps.weight", WeightFormat.Q4_K, experts, inner, WIDTH);
        out.matrices(prefix + "ffn_up_exps.weight", WeightFormat.Q4_K, experts, inner, WIDTH);
        out.matrices(prefix + "ffn_down_exps.weight", some, experts, WIDTH, inner);
        if (this == MISTRAL4) {
            out.matrix(prefix + "ffn_gate_shexp.weight", WeightFormat.Q4_K, inner, WIDTH);
            out.matrix(prefix + "ffn_up_shexp.weight", WeightFormat.Q4_K, inner, WIDTH);
            out.matrix(prefix + "ffn_down_shexp.weight", some, WIDTH, inner);
        }
    }

    private void putMetadata(GgufWriter out, int layers, int experts) {
        String prefix = architecture + ".";
        out.put("general.architecture", architecture)
                .put("general.name", "random " + architecture + ", " + layers + " layers")
                .put("general.alignment", 32)
                .put(prefix + "context_length", CONTEXT)
                .put(prefix + "embedding_length", WIDTH)
                .put(prefix + "block_count", layers)
                .put(prefix + "feed_forward_length", inner)
                .put(prefix + "expert_feed_forward_length", inner)
                .put(prefix + "expert_count", experts)
                .put(prefix + "expert_used_count", used)
                .put(prefix + "attention.head_count", HEADS)
                .put(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
                .put(prefix + "rope.freq_base", 1e6f)
                .put(prefix + "vocab_size", SyllableVocabulary.SIZE);
        if (this == MISTRAL4) {
            putLatent(out, prefix);
        } else {
            out.put(prefix + "attention.head_count_kv", KEY_VALUE_HEADS)
                    .put(prefix + "attention.key_length", HEAD_SIZE)
                    .put(prefix + "attention.value_length", HEAD_SIZE)
                    .put(prefix + "rope.dimension_count", HEAD_SIZE);
        }
    }

    private static void putLatent(GgufWriter out, String prefix) {
        out.put(prefix + "attention.head_count_kv", 1)
                .put(prefix + "attention.q_lora_rank", QUERY_RANK)
                .put(prefix + "attention.kv_lora_rank", RANK)
                .put(prefix + "attention.key_length", RANK + ROTATED)
                .put(prefix + "attention.value_length", RANK)
                .put(prefix + "attention.key_length_mla", PLAIN + ROTATED)
                .put(prefix + "attention.value_length_mla", VALUE)
                .put(prefix + "rope.dimension_count", ROTATED)
                .put(prefix + "expert_shared_count", 1)
                .put(prefix + "expert_weights_norm", true)
                .put(prefix + "leading_dense_block_count", 0)
                .put(prefix + "attention.temperature_scale", 0.1f)
                .put(prefix + "attention.temperature_length", ORIGINAL_CONTEXT)
                .put(prefix + "rope.scaling.yarn_log_multiplier", 0.1f);
        TinyModel.putYarn(out, prefix, ORIGINAL_CONTEXT);
    }
}
