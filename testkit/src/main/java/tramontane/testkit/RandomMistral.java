package tramontane.testkit;

import java.nio.file.Path;

/**
 * A model with the shape of Mistral 7B and random weights, in the mixture of formats that is called
 * Q4_K_M: Q4_K, and Q6_K for the output and for every third value and down matrix and those of the
 * first and last eighth of the layers. It says nothing, and takes as long as a real one to say it.
 *
 * @param layers 32 in the real one
 */
public record RandomMistral(int layers, long seed) {
    private static final int WIDTH = 4096;
    private static final int FEED_FORWARD = 14_336;
    private static final int HEADS = 32;
    private static final int KEY_VALUE_HEADS = 8;
    private static final int HEAD_SIZE = 128;
    private static final int CONTEXT = 32_768;

    public Path write(Path path) {
        GgufWriter out = new GgufWriter();
        RandomTensors tensors = new RandomTensors(out, seed);
        putMetadata(out);
        SyllableVocabulary.putInto(out);
        tensors.matrix("token_embd.weight", WeightFormat.Q4_K, SyllableVocabulary.SIZE, WIDTH);
        for (int layer = 0; layer < layers; layer++) {
            layer(tensors, "blk." + layer + ".", isFiner(layer, layers));
        }
        tensors.norm("output_norm.weight", WIDTH);
        tensors.matrix("output.weight", WeightFormat.Q6_K, SyllableVocabulary.SIZE, WIDTH);
        out.write(path);
        return path;
    }

    /** True for the layers whose value and down matrices have the finer format. */
    static boolean isFiner(int layer, int layers) {
        int eighth = layers / 8;
        return layer < eighth || layer >= layers - eighth || (layer - eighth) % 3 == 2;
    }

    private static void layer(RandomTensors out, String prefix, boolean finer) {
        WeightFormat some = finer ? WeightFormat.Q6_K : WeightFormat.Q4_K;
        int keys = KEY_VALUE_HEADS * HEAD_SIZE;
        out.norm(prefix + "attn_norm.weight", WIDTH);
        out.matrix(prefix + "attn_q.weight", WeightFormat.Q4_K, HEADS * HEAD_SIZE, WIDTH);
        out.matrix(prefix + "attn_k.weight", WeightFormat.Q4_K, keys, WIDTH);
        out.matrix(prefix + "attn_v.weight", some, keys, WIDTH);
        out.matrix(prefix + "attn_output.weight", WeightFormat.Q4_K, WIDTH, HEADS * HEAD_SIZE);
        out.norm(prefix + "ffn_norm.weight", WIDTH);
        out.matrix(prefix + "ffn_gate.weight", WeightFormat.Q4_K, FEED_FORWARD, WIDTH);
        out.matrix(prefix + "ffn_up.weight", WeightFormat.Q4_K, FEED_FORWARD, WIDTH);
        out.matrix(prefix + "ffn_down.weight", some, WIDTH, FEED_FORWARD);
    }

    private void putMetadata(GgufWriter out) {
        out.put("general.architecture", "llama")
                .put("general.name", "random Mistral 7B, " + layers + " layers")
                .put("general.alignment", 32)
                .put("llama.context_length", CONTEXT)
                .put("llama.embedding_length", WIDTH)
                .put("llama.block_count", layers)
                .put("llama.feed_forward_length", FEED_FORWARD)
                .put("llama.attention.head_count", HEADS)
                .put("llama.attention.head_count_kv", KEY_VALUE_HEADS)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.dimension_count", HEAD_SIZE)
                .put("llama.rope.freq_base", 1e6f)
                .put("llama.vocab_size", SyllableVocabulary.SIZE);
    }
}
