package tramontane.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A byte-level BPE vocabulary of 512 tokens, in the form of GPT-2's.
 *
 * <pre>
 * 0 .. 255     the bytes, each under its printable stand-in
 * 256 .. 503   merges of common English pieces, padded with unused tokens
 * 504 .. 511   special tokens
 * </pre>
 */
public final class TinyVocabulary {
    public static final int SIZE = 512;
    public static final int END_OF_TEXT = 504;
    public static final int MESSAGE_START = 505;
    public static final int MESSAGE_END = 506;

    static final List<String> SPECIAL =
            List.of(
                    "<|endoftext|>",
                    "<|im_start|>",
                    "<|im_end|>",
                    "<|pad|>",
                    "<think>",
                    "</think>",
                    "<tool_call>",
                    "</tool_call>");

    private static final int FIRST_SPECIAL = SIZE - SPECIAL.size();
    private static final int NORMAL_TYPE = 1;
    private static final int CONTROL_TYPE = 3;
    private static final int USER_DEFINED_TYPE = 4;
    private static final int UNUSED_TYPE = 5;

    /** A space stands for GPT-2's {@code Ġ}; each word is built up from its left end. */
    private static final String[] WORDS = {
        " the",
        " and",
        " of",
        " to",
        " in",
        " that",
        " is",
        " was",
        " for",
        " with",
        " you",
        " not",
        " are",
        " this",
        " what",
        " have",
        " from",
        " one",
        " all",
        " were",
        " when",
        " your",
        " can",
        " said",
        " there",
        " use",
        " each",
        " which",
        " their",
        " will",
        " other",
        " about",
        " out",
        " many",
        " then",
        " them",
        " some",
        " would",
        " make",
        " like",
        " time",
        " has",
        " look",
        " more",
        " write",
        " number",
        " could",
        " people",
        " water",
        " first",
        " model",
        " wind",
        " answer",
        "user",
        "system",
        "assistant",
        "ing",
        "tion",
        "ed",
        "er"
    };

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();
    private final int[] types = new int[SIZE];

    TinyVocabulary() {
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(standIn(b)));
        }
        addMerges();
        Arrays.fill(types, 0, tokens.size(), NORMAL_TYPE);
        while (tokens.size() < FIRST_SPECIAL) {
            types[tokens.size()] = UNUSED_TYPE;
            tokens.add("<unused" + tokens.size() + ">");
        }
        for (String special : SPECIAL) {
            types[tokens.size()] = special.startsWith("<|") ? CONTROL_TYPE : USER_DEFINED_TYPE;
            tokens.add(special);
        }
    }

    private void addMerges() {
        Set<String> known = new LinkedHashSet<>(tokens);
        for (String word : WORDS) {
            String left = String.valueOf(standIn(word.charAt(0)));
            for (int i = 1; i < word.length() && tokens.size() < FIRST_SPECIAL; i++) {
                String right = String.valueOf(standIn(word.charAt(i)));
                if (known.add(left + right)) {
                    merges.add(left + " " + right);
                    tokens.add(left + right);
                }
                left += right;
            }
        }
    }

    /**
     * Printable Latin-1 bytes stand for themselves, the rest for the characters from U+0100 on, in
     * order.
     */
    static char standIn(int b) {
        if (isPrintable(b)) {
            return (char) b;
        }
        int rank = 0;
        for (int i = 0; i < b; i++) {
            if (!isPrintable(i)) {
                rank++;
            }
        }
        return (char) (0x100 + rank);
    }

    private static boolean isPrintable(int b) {
        return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xFF && b != 0xAD;
    }

    void writeTo(GgufWriter out, String preTokenizer, String chatTemplate) {
        out.put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", preTokenizer)
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", merges)
                .put("tokenizer.ggml.bos_token_id", END_OF_TEXT)
                .put("tokenizer.ggml.eos_token_id", MESSAGE_END)
                .put("tokenizer.ggml.padding_token_id", END_OF_TEXT + 3)
                .put("tokenizer.ggml.add_bos_token", false)
                .put("tokenizer.chat_template", chatTemplate);
    }
}
