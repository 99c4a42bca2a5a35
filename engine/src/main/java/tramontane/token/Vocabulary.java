package tramontane.token;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufMetadata;

/**
 * What a model file says about its tokens, before anything is made of it.
 *
 * @param model the algorithm's name, {@code gpt2} or {@code llama}
 * @param pre the name of the rule that cuts text into words, for BPE
 * @param scores one number a token, or none at all
 * @param types one {@code tokenizer.ggml.token_type} code a token, or none at all where every token
 *     is normal
 * @param merges pairs with a space between, best first, for BPE
 */
public record Vocabulary(
        String model,
        String pre,
        List<String> tokens,
        float[] scores,
        int[] types,
        List<String> merges,
        SpecialTokens special) {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final List<String> ROLES =
            List.of(
                    "bos", "eos", "eot", "eom", "unknown", "fim_pre", "fim_suf", "fim_mid",
                    "fim_pad", "fim_rep", "fim_sep");
    private static final Map<String, Integer> SENTENCE_PIECE_ROLES =
            Map.of("unknown", 0, "bos", 1, "eos", 2);

    public Vocabulary {
        if (tokens.isEmpty()) {
            throw new GgufException(PREFIX + "tokens", "is empty, at least one token is needed");
        }
        checkLength("scores", scores.length, tokens.size());
        checkLength("token_type", types.length, tokens.size());
        for (Map.Entry<String, Integer> role : special.roles().entrySet()) {
            if (role.getValue() < 0 || role.getValue() >= tokens.size()) {
                throw new GgufException(
                        PREFIX + role.getKey() + "_token_id",
                        "is "
                                + role.getValue()
                                + ", the vocabulary has "
                                + tokens.size()
                                + " tokens");
            }
        }
    }

    /** Reads all of it, so the file may be closed afterwards. */
    public static Vocabulary from(GgufMetadata metadata) {
        String model = metadata.getString(PREFIX + "model");
        List<String> tokens = metadata.getStrings(PREFIX + "tokens");
        return new Vocabulary(
                model,
                metadata.findString(PREFIX + "pre").orElse("default"),
                tokens,
                metadata.findFloats(PREFIX + "scores").orElse(new float[0]),
                metadata.findInts(PREFIX + "token_type").orElse(new int[0]),
                metadata.findStrings(PREFIX + "merges").orElse(List.of()),
                special(metadata, model, tokens.size()));
    }

    TokenType type(int token) {
        return types.length == 0 ? TokenType.NORMAL : TokenType.of(types[token]);
    }

    private static SpecialTokens special(GgufMetadata metadata, String model, int size) {
        boolean sentencePiece = model.equals("llama");
        String pre = metadata.findString(PREFIX + "pre").orElse("");
        Map<String, Integer> roles = new HashMap<>();
        if (sentencePiece) {
            SENTENCE_PIECE_ROLES.forEach((role, token) -> {
                if (token < size) {
                    roles.put(role, token);
                }
            });
        }
        for (String role : ROLES) {
            OptionalInt token = metadata.findInt(PREFIX + role + "_token_id");
            token.ifPresent(id -> roles.put(role, id));
        }
        return new SpecialTokens(
                roles,
                metadata.findBool(PREFIX + "add_bos_token")
                        .orElse(sentencePiece || Words.addsBos(pre)),
                metadata.findBool(PREFIX + "add_eos_token").orElse(false),
                metadata.findBool(PREFIX + "add_space_prefix").orElse(sentencePiece));
    }

    private static void checkLength(String key, int length, int tokens) {
        if (length != 0 && length < tokens) {
            throw new GgufException(
                    PREFIX + key, "has " + length + " elements for " + tokens + " tokens");
        }
    }
}
