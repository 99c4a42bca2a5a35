package tramontane.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A model with the shape of Mistral 7B and random weights, in the mixture of formats that is called
 * Q4_K_M: Q4_K, and Q6_K for the output and for every third value and down matrix and those of the
 * first and last eighth of the layers. It says nothing, and takes as long as a real one to say it.
 *
 * <pre>
 * Q4_K block: d fp16 | dmin fp16 | 12 bytes of scales | 128 bytes of nibbles     x = d s q - dmin m
 * Q6_K block: 192 bytes of levels | 16 int8 scales | d fp16                      x = d s (q - 32)
 * </pre>
 *
 * Levels and scales are random bits, all of which are valid; d is set so that the weights of a row
 * of 4,096 have a variance of about 1 / 4,096, and dmin so that their mean is about 0.
 *
 * @param layers 32 in the real one
 */
public record RandomMistral(int layers, long seed) {
    private static final int WIDTH = 4096;
    private static final int FEED_FORWARD = 14_336;
    private static final int HEADS = 32;
    private static final int KEY_VALUE_HEADS = 8;
    private static final int HEAD_SIZE = 128;
    private static final int VOCABULARY = 32_768;
    private static final int CONTEXT = 32_768;
    private static final int BYTE_TOKENS = 256;
    private static final int FIRST_BYTE = 3;
    private static final int BLOCK = 256;
    private static final int CHUNK_BLOCKS = 16_384;

    // Levels of 0 to 15 have a deviation of 4.6, scales of 0 to 63 a mean of 31.5: 4.6 * 36 * d =
    // 1/64.
    private static final float Q4_SCALE = 0.9e-4f;
    private static final float Q4_MINIMUM = 7.5f * Q4_SCALE;
    // Levels less 32 have a deviation of 18.5, scales of -16 to 15 one of 9.2.
    private static final float Q6_SCALE = 0.9e-4f;

    private static final String CHAT_TEMPLATE =
            "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
                    + "{{ '[INST] ' + message['content'] + ' [/INST]' }}"
                    + "{% else %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}";

    public Path write(Path path) {
        GgufWriter out = new GgufWriter();
        putMetadata(out);
        putVocabulary(out);
        matrix(out, "token_embd.weight", WeightFormat.Q4_K, VOCABULARY, WIDTH);
        for (int layer = 0; layer < layers; layer++) {
            layer(out, "blk." + layer + ".", isFiner(layer));
        }
        norm(out, "output_norm.weight");
        matrix(out, "output.weight", WeightFormat.Q6_K, VOCABULARY, WIDTH);
        out.write(path);
        return path;
    }

    private boolean isFiner(int layer) {
        int eighth = layers / 8;
        return layer < eighth || layer >= layers - eighth || (layer - eighth) % 3 == 2;
    }

    private void layer(GgufWriter out, String prefix, boolean finer) {
        WeightFormat some = finer ? WeightFormat.Q6_K : WeightFormat.Q4_K;
        norm(out, prefix + "attn_norm.weight");
        matrix(out, prefix + "attn_q.weight", WeightFormat.Q4_K, HEADS * HEAD_SIZE, WIDTH);
        matrix(
                out,
                prefix + "attn_k.weight",
                WeightFormat.Q4_K,
                KEY_VALUE_HEADS * HEAD_SIZE,
                WIDTH);
        matrix(out, prefix + "attn_v.weight", some, KEY_VALUE_HEADS * HEAD_SIZE, WIDTH);
        matrix(out, prefix + "attn_output.weight", WeightFormat.Q4_K, WIDTH, HEADS * HEAD_SIZE);
        norm(out, prefix + "ffn_norm.weight");
        matrix(out, prefix + "ffn_gate.weight", WeightFormat.Q4_K, FEED_FORWARD, WIDTH);
        matrix(out, prefix + "ffn_up.weight", WeightFormat.Q4_K, FEED_FORWARD, WIDTH);
        matrix(out, prefix + "ffn_down.weight", some, WIDTH, FEED_FORWARD);
    }

    private static void norm(GgufWriter out, String name) {
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(ones), WIDTH);
    }

    private void matrix(GgufWriter out, String name, WeightFormat format, int rows, int columns) {
        boolean coarse = format == WeightFormat.Q4_K;
        int blockBytes = coarse ? 144 : 210;
        long blocks = (long) rows * columns / BLOCK;
        long own = seed + name.hashCode();
        GgufWriter.Data data =
                file -> {
                    SplittableRandom random = new SplittableRandom(own);
                    for (long done = 0; done < blocks; done += CHUNK_BLOCKS) {
                        int count = (int) Math.min(CHUNK_BLOCKS, blocks - done);
                        writeBlocks(file, random, coarse, new byte[count * blockBytes]);
                    }
                };
        out.tensor(name, format.typeId(), blocks * blockBytes, data, columns, rows);
    }

    private static void writeBlocks(
            OutputStream file, SplittableRandom random, boolean coarse, byte[] bytes)
            throws IOException {
        random.nextBytes(bytes);
        ByteBuffer blocks = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (coarse) {
            for (int at = 0; at < bytes.length; at += 144) {
                blocks.putShort(at, Float.floatToFloat16(Q4_SCALE));
                blocks.putShort(at + 2, Float.floatToFloat16(Q4_MINIMUM));
            }
        } else {
            for (int at = 0; at < bytes.length; at += 210) {
                for (int scale = at + 192; scale < at + 208; scale++) {
                    bytes[scale] = (byte) (bytes[scale] >> 3);
                }
                blocks.putShort(at + 208, Float.floatToFloat16(Q6_SCALE));
            }
        }
        file.write(bytes);
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
                .put("llama.vocab_size", VOCABULARY);
    }

    /** Bytes, and syllables for the rest; higher numbers are less probable. */
    private static void putVocabulary(GgufWriter out) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < BYTE_TOKENS; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        int[] types = new int[VOCABULARY];
        Arrays.fill(types, 1);
        types[0] = 2;
        types[1] = 3;
        types[2] = 3;
        Arrays.fill(types, FIRST_BYTE, FIRST_BYTE + BYTE_TOKENS, 6);
        for (int i = 0; tokens.size() < VOCABULARY; i++) {
            String syllable = Integer.toString(i + 36 * 36, 36);
            tokens.add((i % 2 == 0 ? "\u2581" : "") + syllable);
        }
        float[] scores = new float[VOCABULARY];
        for (int i = FIRST_BYTE + BYTE_TOKENS; i < VOCABULARY; i++) {
            scores[i] = -i;
        }
        out.put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.scores", scores)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.bos_token_id", 1)
                .put("tokenizer.ggml.eos_token_id", 2)
                .put("tokenizer.ggml.unknown_token_id", 0)
                .put("tokenizer.ggml.add_bos_token", true)
                .put("tokenizer.chat_template", CHAT_TEMPLATE);
    }
}
