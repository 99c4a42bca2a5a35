package tramontane.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A vocabulary of bytes, and syllables for the rest; higher numbers are less probable. */
final class SyllableVocabulary {
    static final int SIZE = 32_768;
    private static final int BYTE_TOKENS = 256;
    private static final int FIRST_BYTE = 3;

    private static final String CHAT_TEMPLATE =
            "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
                    + "{{ '[INST] ' + message['content'] + ' [/INST]' }}"
                    + "{% else %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}";

    private SyllableVocabulary() {}

    /** Puts the tokens and a chat template into a file. */
    static void putInto(GgufWriter out) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < BYTE_TOKENS; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        int[] types = new int[SIZE];
        Arrays.fill(types, 1);
        types[0] = 2;
        types[1] = 3;
        types[2] = 3;
        Arrays.fill(types, FIRST_BYTE, FIRST_BYTE + BYTE_TOKENS, 6);
        for (int i = 0; tokens.size() < SIZE; i++) {
            String syllable = Integer.toString(i + 36 * 36, 36);
            tokens.add((i % 2 == 0 ? "\u2581" : "") + syllable);
        }
        float[] scores = new float[SIZE];
        for (int i = FIRST_BYTE + BYTE_TOKENS; i < SIZE; i++) {
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
