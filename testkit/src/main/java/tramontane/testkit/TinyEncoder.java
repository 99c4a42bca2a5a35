package tramontane.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An embedding model with the architecture of BERT, small enough to be written in a test: width 64,
 * four heads, two layers, 160 positions, a vocabulary of letters and a few words, and weights from
 * a seed.
 *
 * @param pooling 0 for none declared, 1 for the mean, 2 for the first row, 3 for the last, as in a
 *     file
 */
public record TinyEncoder(WeightFormat format, int pooling, long seed) {
    /** Tokens of the longest text. */
    public static final int CONTEXT = 160;

    public static final int WIDTH = 64;
    public static final String NAME = "bert";

    private static final int HEADS = 4;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 128;
    private static final List<String> SPECIAL =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    private static final List<String> WORDS =
            List.of("the", "cold", "wind", "from", "north", "is", "a", "painter", ".", ",", "?");
    private static final int NORMAL_TYPE = 1;
    private static final int CONTROL_TYPE = 3;

    /** F32 weights, the mean, and seed 1. */
    public static TinyEncoder ofMean() {
        return new TinyEncoder(WeightFormat.F32, 1, 1);
    }

    public TinyEncoder withFormat(WeightFormat other) {
        return new TinyEncoder(other, pooling, seed);
    }

    public TinyEncoder withPooling(int other) {
        return new TinyEncoder(format, other, seed);
    }

    public String label() {
        return NAME + "-" + format.name().toLowerCase(Locale.ROOT) + "-" + pooling;
    }

    public Path write(Path path) {
        gguf().write(path);
        return path;
    }

    /** The file before it is written, so that a test can spoil it. */
    public GgufWriter gguf() {
        GgufWriter out = new GgufWriter();
        List<String> tokens = tokens();
        out.put("general.architecture", NAME)
                .put("general.name", "tiny " + label())
                .put(NAME + ".context_length", CONTEXT)
                .put(NAME + ".embedding_length", WIDTH)
                .put(NAME + ".block_count", LAYERS)
                .put(NAME + ".feed_forward_length", FEED_FORWARD)
                .put(NAME + ".attention.head_count", HEADS)
                .put(NAME + ".attention.layer_norm_epsilon", 1e-12f)
                .put(NAME + ".attention.causal", false);
        if (pooling > 0) {
            out.put(NAME + ".pooling_type", pooling);
        }
        out.put("tokenizer.ggml.model", "bert")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types(tokens))
                .put("tokenizer.ggml.unknown_token_id", 1)
                .put("tokenizer.ggml.cls_token_id", 2)
                .put("tokenizer.ggml.seperator_token_id", 3);
        new Tensors(out).writeAll(tokens.size());
        return out;
    }

    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>(SPECIAL);
        WORDS.forEach(word -> tokens.add("\u2581" + word));
        for (char letter = 'a'; letter <= 'z'; letter++) {
            if (letter != 'a') {
                tokens.add("\u2581" + letter);
            }
            tokens.add(String.valueOf(letter));
        }
        return tokens;
    }

    private static int[] types(List<String> tokens) {
        return tokens.stream()
                .mapToInt(token -> SPECIAL.contains(token) ? CONTROL_TYPE : NORMAL_TYPE)
                .toArray();
    }

    /** Draws each tensor from the seed and its own name, like {@link TinyWeights}. */
    private final class Tensors {
        private final GgufWriter out;

        Tensors(GgufWriter out) {
            this.out = out;
        }

        void writeAll(int vocabulary) {
            matrix("token_embd.weight", vocabulary, WIDTH, 1);
            matrix("position_embd.weight", CONTEXT, WIDTH, 0.5f);
            types("token_types.weight");
            norm("token_embd_norm");
            for (int layer = 0; layer < LAYERS; layer++) {
                String block = "blk." + layer + ".";
                for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_output")) {
                    linear(block + name, WIDTH, WIDTH);
                }
                norm(block + "attn_output_norm");
                linear(block + "ffn_up", FEED_FORWARD, WIDTH);
                linear(block + "ffn_down", WIDTH, FEED_FORWARD);
                norm(block + "layer_output_norm");
            }
        }

        private void linear(String name, int rows, int columns) {
            matrix(name + ".weight", rows, columns, 2);
            vector(name + ".bias", rows, 0, 0.5f);
        }

        private void norm(String name) {
            vector(name + ".weight", WIDTH, 1, 0.2f);
            vector(name + ".bias", WIDTH, 0, 0.2f);
        }

        private void matrix(String name, int rows, int columns, float gain) {
            float spread = gain * (float) Math.sqrt(3.0 / columns);
            float[] values =
                    TinyWeights.uniform(
                            seed, name, rows * columns, new TinyWeights.Interval(0, spread));
            out.tensor(name, format.typeId(), format.encode(values), columns, rows);
        }

        private void types(String name) {
            float[] values =
                    TinyWeights.uniform(seed, name, 2 * WIDTH, new TinyWeights.Interval(0, 0.1f));
            out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(values), WIDTH, 2);
        }

        private void vector(String name, int size, float centre, float spread) {
            float[] values =
                    TinyWeights.uniform(seed, name, size, new TinyWeights.Interval(centre, spread));
            out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(values), size);
        }
    }
}
