package tramontane.catalog;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.WeightFormat;

/**
 * The sizes of a real model, from the {@code config.json} that its maker publishes, and a file of
 * these sizes without weights: a header, and a hole as long as the tensors.
 *
 * <p>Tensors have the formats that llama.cpp gives them in its mixture Q4_K_M: Q4_K, and Q6_K for
 * the output matrix and for the value and down matrices of about half of the layers. With eight
 * experts, keys and values are Q8_0 and the output of attention is Q5_K.
 *
 * @param key the architecture's name in GGUF files
 */
record ModelShape(
        String key, int layers, int width, Heads heads, int inner, int vocabulary, Extra extra) {
    private static final int BYTE_TOKENS = 256;

    /** Attention: query heads, and heads of keys and values. */
    record Heads(int queries, int keys, int size) {}

    /** What only some models have. */
    record Extra(boolean tied, int experts, int used, boolean latent) {
        static final Extra NONE = new Extra(false, 0, 0, false);
        static final Extra TIED = new Extra(true, 0, 0, false);

        static Extra experts(int count, int used) {
            return new Extra(false, count, used, false);
        }

        /** With a shared expert and latent attention, as Mistral Small 4. */
        static Extra latent(int count, int used) {
            return new Extra(false, count, used, true);
        }
    }

    /** A matrix or several of the same shape in one tensor. */
    private record Matrix(String name, WeightFormat format, long rows, long columns, int count) {
        long bytes() {
            return format.blockElements() == 1
                    ? rows * columns * count * 4
                    : rows * columns * count / format.blockElements() * blockBytes();
        }

        private int blockBytes() {
            return switch (format) {
                case Q8_0 -> 34;
                case Q4_K -> 144;
                case Q5_K -> 176;
                case Q6_K -> 210;
                default -> throw new IllegalArgumentException(format + " is not in this mixture");
            };
        }
    }

    static final int QUERY_RANK = 1024;
    static final int LATENT_RANK = 256;
    static final int PLAIN = 64;
    static final int ROTATED = 64;

    /** Bytes of all tensors. */
    long tensorBytes() {
        return matrices().stream().mapToLong(Matrix::bytes).sum();
    }

    /** Bytes that computing one token reads: a part of the experts, and no separate embedding. */
    long tokenBytes() {
        return matrices().stream()
                .filter(matrix -> extra.tied || !matrix.name.equals("token_embd"))
                .mapToLong(matrix ->
                        matrix.name.endsWith("_exps")
                                ? matrix.bytes() / extra.experts * extra.used
                                : matrix.bytes())
                .sum();
    }

    Path write(Path path) throws IOException {
        GgufWriter out = new GgufWriter();
        putMetadata(out);
        putVocabulary(out);
        for (Matrix matrix : matrices()) {
            long[] dimensions =
                    matrix.count > 1
                            ? new long[] {matrix.columns, matrix.rows, matrix.count}
                            : matrix.rows > 1
                                    ? new long[] {matrix.columns, matrix.rows}
                                    : new long[] {matrix.columns};
            out.tensor(
                    matrix.name + ".weight",
                    matrix.format.typeId(),
                    matrix.bytes(),
                    nothing -> {},
                    dimensions);
        }
        out.write(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(file.length() + tensorBytes());
        }
        return path;
    }

    private List<Matrix> matrices() {
        List<Matrix> all = new ArrayList<>();
        WeightFormat finest = WeightFormat.Q6_K;
        all.add(
                new Matrix(
                        "token_embd",
                        extra.tied ? finest : WeightFormat.Q4_K,
                        vocabulary,
                        width,
                        1));
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            WeightFormat some = isFiner(layer) ? finest : WeightFormat.Q4_K;
            if (extra.latent) {
                latentAttention(all, block);
            } else {
                attention(all, block, some);
            }
            feedForward(all, block, some);
        }
        norm(all, "output_norm", width);
        if (!extra.tied) {
            all.add(new Matrix("output", finest, vocabulary, width, 1));
        }
        return all;
    }

    private boolean isFiner(int layer) {
        int eighth = layers / 8;
        return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
    }

    private void attention(List<Matrix> all, String block, WeightFormat some) {
        boolean eight = extra.experts == 8;
        long queries = (long) heads.queries * heads.size;
        long keys = (long) heads.keys * heads.size;
        norm(all, block + "attn_norm", width);
        all.add(new Matrix(block + "attn_q", WeightFormat.Q4_K, queries, width, 1));
        all.add(
                new Matrix(
                        block + "attn_k",
                        eight ? WeightFormat.Q8_0 : WeightFormat.Q4_K,
                        keys,
                        width,
                        1));
        all.add(new Matrix(block + "attn_v", eight ? WeightFormat.Q8_0 : some, keys, width, 1));
        all.add(
                new Matrix(
                        block + "attn_output",
                        eight ? WeightFormat.Q5_K : WeightFormat.Q4_K,
                        width,
                        queries,
                        1));
    }

    private void latentAttention(List<Matrix> all, String block) {
        WeightFormat format = WeightFormat.Q8_0;
        norm(all, block + "attn_norm", width);
        all.add(new Matrix(block + "attn_q_a", format, QUERY_RANK, width, 1));
        norm(all, block + "attn_q_a_norm", QUERY_RANK);
        long queries = (long) heads.queries * (PLAIN + ROTATED);
        all.add(new Matrix(block + "attn_q_b", format, queries, QUERY_RANK, 1));
        all.add(new Matrix(block + "attn_kv_a_mqa", format, LATENT_RANK + ROTATED, width, 1));
        norm(all, block + "attn_kv_a_norm", LATENT_RANK);
        all.add(new Matrix(block + "attn_k_b", format, LATENT_RANK, PLAIN, heads.queries));
        all.add(new Matrix(block + "attn_v_b", format, heads.size, LATENT_RANK, heads.queries));
        long values = (long) heads.queries * heads.size;
        all.add(new Matrix(block + "attn_output", format, width, values, 1));
    }

    private void feedForward(List<Matrix> all, String block, WeightFormat some) {
        norm(all, block + "ffn_norm", width);
        String suffix = extra.experts > 0 ? "_exps" : "";
        int count = Math.max(1, extra.experts);
        if (extra.experts > 0) {
            all.add(new Matrix(block + "ffn_gate_inp", WeightFormat.F32, extra.experts, width, 1));
        }
        all.add(new Matrix(block + "ffn_gate" + suffix, WeightFormat.Q4_K, inner, width, count));
        all.add(new Matrix(block + "ffn_up" + suffix, WeightFormat.Q4_K, inner, width, count));
        all.add(new Matrix(block + "ffn_down" + suffix, some, width, inner, count));
        if (extra.latent) {
            all.add(new Matrix(block + "ffn_gate_shexp", WeightFormat.Q8_0, inner, width, 1));
            all.add(new Matrix(block + "ffn_up_shexp", WeightFormat.Q8_0, inner, width, 1));
            all.add(new Matrix(block + "ffn_down_shexp", WeightFormat.Q8_0, width, inner, 1));
        }
    }

    private static void norm(List<Matrix> all, String name, int size) {
        all.add(new Matrix(name, WeightFormat.F32, 1, size, 1));
    }

    private void putMetadata(GgufWriter out) {
        String prefix = key + ".";
        out.put("general.architecture", key)
                .put("general.alignment", 32)
                .put(prefix + "context_length", 32_768)
                .put(prefix + "embedding_length", width)
                .put(prefix + "block_count", layers)
                .put(prefix + "feed_forward_length", inner)
                .put(prefix + "attention.head_count", heads.queries)
                .put(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
                .put(prefix + "rope.freq_base", 1e6f)
                .put(prefix + "vocab_size", vocabulary);
        if (extra.experts > 0) {
            out.put(prefix + "expert_count", extra.experts)
                    .put(prefix + "expert_used_count", extra.used);
        }
        if (extra.latent) {
            out.put(prefix + "attention.head_count_kv", 1)
                    .put(prefix + "attention.q_lora_rank", QUERY_RANK)
                    .put(prefix + "attention.kv_lora_rank", LATENT_RANK)
                    .put(prefix + "attention.key_length", LATENT_RANK + ROTATED)
                    .put(prefix + "attention.value_length", LATENT_RANK)
                    .put(prefix + "attention.key_length_mla", PLAIN + ROTATED)
                    .put(prefix + "attention.value_length_mla", heads.size)
                    .put(prefix + "rope.dimension_count", ROTATED)
                    .put(prefix + "expert_feed_forward_length", inner)
                    .put(prefix + "expert_shared_count", 1)
                    .put(prefix + "expert_weights_norm", true)
                    .put(prefix + "leading_dense_block_count", 0);
        } else {
            out.put(prefix + "attention.head_count_kv", heads.keys)
                    .put(prefix + "attention.key_length", heads.size)
                    .put(prefix + "attention.value_length", heads.size)
                    .put(prefix + "rope.dimension_count", heads.size);
        }
    }

    /** The smallest that a tokenizer accepts; the plan does not depend on it. */
    private static void putVocabulary(GgufWriter out) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        int[] types = new int[3 + BYTE_TOKENS];
        types[0] = 2;
        types[1] = 3;
        types[2] = 3;
        for (int b = 0; b < BYTE_TOKENS; b++) {
            types[tokens.size()] = 6;
            tokens.add("<0x%02X>".formatted(b));
        }
        out.put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.scores", new float[tokens.size()])
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.bos_token_id", 1)
                .put("tokenizer.ggml.eos_token_id", 2)
                .put("tokenizer.ggml.unknown_token_id", 0);
    }
}
