package tramontane.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A byte-level BPE vocabulary whose longer tokens cross the places where JSON is difficult: from a
 * key into its value, over several brackets, into an escape or a character.
 *
 * <pre>
 * 0 .. 255   the bytes, each under its printable stand-in
 * 256 ..     longer pieces, and those they are merged from
 * last two   control tokens: the end of an answer, and one that means nothing
 * </pre>
 */
public final class JsonVocabulary {
    private static final int NORMAL_TYPE = 1;
    private static final int CONTROL_TYPE = 3;
    private static final List<String> PIECES =
            List.of(
                    "{\"",
                    "{}",
                    "[]",
                    "[[",
                    "]]",
                    "[{\"",
                    "}]",
                    "}}",
                    "},{\"",
                    "]}",
                    "],[",
                    "\":",
                    "\":\"",
                    "\":{",
                    "\":{\"",
                    "\":[",
                    "\":[\"",
                    "\":-",
                    "\":true",
                    "\": \"",
                    "\",",
                    "\",\"",
                    "\",\"\"",
                    "\"}",
                    "\"]",
                    "\"},{\"",
                    "\"\"",
                    "\", \"",
                    ", \"",
                    " \"",
                    ": ",
                    "  ",
                    "\n  ",
                    "true",
                    "false",
                    "null",
                    "true}",
                    "null,\"",
                    "e\":",
                    "a\",\"b",
                    "0}",
                    "1,\"",
                    "00",
                    "12",
                    "10",
                    "0.",
                    ".5",
                    "e+",
                    "E-",
                    "-0",
                    "-1",
                    "99",
                    "2024-",
                    "-01",
                    "T00:",
                    "name",
                    "value",
                    "type",
                    "id",
                    "the",
                    "ing",
                    "abc",
                    "aa",
                    "ab",
                    "a b",
                    "@example.com",
                    "http://",
                    "\\n",
                    "\\\"",
                    "\\\\",
                    "\\u",
                    "\\u00",
                    "\\ud83d",
                    "\\ude00",
                    "\\ud83d\\ude00",
                    "é",
                    "日本",
                    "😀",
                    "éa",
                    "ö\"");

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();

    public JsonVocabulary() {
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(TinyVocabulary.standIn(b)));
        }
        Set<String> known = new LinkedHashSet<>(tokens);
        for (String piece : PIECES) {
            byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
            String left = String.valueOf(TinyVocabulary.standIn(bytes[0] & 0xFF));
            for (int i = 1; i < bytes.length; i++) {
                String right = String.valueOf(TinyVocabulary.standIn(bytes[i] & 0xFF));
                if (known.add(left + right)) {
                    merges.add(left + " " + right);
                    tokens.add(left + right);
                }
                left += right;
            }
        }
        tokens.add("<|im_end|>");
        tokens.add("<|im_start|>");
    }

    public List<String> tokens() {
        return List.copyOf(tokens);
    }

    /** Pairs with a space between, best first. */
    public List<String> merges() {
        return List.copyOf(merges);
    }

    /** One {@code tokenizer.ggml.token_type} code a token. */
    public int[] types() {
        int[] types = new int[tokens.size()];
        for (int token = 0; token < types.length; token++) {
            types[token] = token < tokens.size() - 2 ? NORMAL_TYPE : CONTROL_TYPE;
        }
        return types;
    }

    /** The token that ends an answer. */
    public int end() {
        return tokens.size() - 2;
    }
}
