package tramontane.token;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.Texts;

/**
 * The description of the tokens in a model file.
 *
 * @param model name of the algorithm, {@code gpt2}, {@code llama} or {@code bert}
 * @param pre name of the pre-tokenizer, for BPE
 * @param scores one for each token, for SentencePiece; otherwise empty
 * @param types one {@code tokenizer.ggml.token_type} code for each token, or empty: then tokens are
 *     normal, except bytes by name and the tokens that {@code special} names
 * @param merges pairs separated by a space, best first, for BPE
 */
public record Vocabulary(
        String model,
        String pre,
        Texts tokens,
        float[] scores,
        int[] types,
        Texts merges,
        SpecialTokens special) {

    private static final String PREFIX = "tokenizer.ggml.";

    /** The algorithms, by their names in files. */
    static final String BPE = "gpt2";

    static final String SENTENCE_PIECE = "llama";
    static final String WORD_PIECE = "bert";

    private static final List<String> ROLES =
            List.of(
                    "bos", "eos", "eot", "eom", "unknown", "fim_pre", "fim_suf", "fim_mid",
                    "fim_pad", "fim_rep", "fim_sep");

    /** Roles of control tokens without an effect. Some files state an id beyond the vocabulary. */
    private static final List<String> SPARE_ROLES =
            List.of(
                    "padding",
                    "seperator",
                    "separator",
                    "cls",
                    "mask",
                    "prefix",
                    "suffix",
                    "middle");

    /** BERT's names of the tokens around a text, and the roles that they have here. */
    private static final Map<String, List<String>> WORD_PIECE_ROLES =
            Map.of("bos", List.of("cls"), "eos", List.of("seperator", "separator"));

    private static final int CHECKED_MERGES = 1_000;
    private static final Map<String, Integer> SENTENCE_PIECE_ROLES =
            Map.of("unknown", 0, "bos", 1, "eos", 2);

    public Vocabulary(
            String model,
            String pre,
            List<String> tokens,
            float[] scores,
            int[] types,
            List<String> merges,
            SpecialTokens special) {
        this(model, pre, Texts.of(tokens), scores, types, Texts.of(merges), special);
    }

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
        if (model.equals(BPE)) {
            checkMerges(tokens, types, merges);
        }
        if (model.equals(SENTENCE_PIECE) && scores.length == 0) {
            throw new GgufException(
                    PREFIX + "scores",
                    "is missing; SentencePiece cannot split text into tokens without it");
        }
        for (float score : scores) {
            if (Float.isNaN(score)) {
                throw new GgufException(PREFIX + "scores", "holds NaN");
            }
        }
    }

    private static void checkMerges(Texts tokens, int[] types, Texts merges) {
        if (merges.isEmpty() && hasLongToken(tokens, types)) {
            throw new GgufException(
                    PREFIX + "merges",
                    "is missing or empty; without it BPE would split all text into single bytes");
        }
        for (int rank = 0; rank < merges.size(); rank++) {
            int space = space(merges, rank);
            if (space < 0 || space == merges.end(rank) - 1) {
                throw new GgufException(
                        PREFIX + "merges",
                        "holds '"
                                + merges.get(rank)
                                + "' at place "
                                + rank
                                + ", two parts with a space between were expected");
            }
        }
        checkMadeTokens(tokens, merges);
    }

    /** Where the two parts of a merge are separated; -1 if they are not. */
    static int space(Texts merges, int rank) {
        for (int at = merges.start(rank) + 1; at < merges.end(rank); at++) {
            if (merges.utf8()[at] == ' ') {
                return at;
            }
        }
        return -1;
    }

    /** Most of the texts that the first merges make must be tokens. */
    private static void checkMadeTokens(Texts tokens, Texts merges) {
        PieceTable made = new PieceTable(CHECKED_MERGES);
        for (int rank = 0; rank < Math.min(CHECKED_MERGES, merges.size()); rank++) {
            String merge = merges.get(rank);
            int space = merge.indexOf(' ', 1);
            made.add(
                    rank,
                    (merge.substring(0, space) + merge.substring(space + 1))
                            .getBytes(StandardCharsets.UTF_8));
        }
        int known = 0;
        for (int token = 0; token < tokens.size(); token++) {
            if (made.find(tokens, token) != PieceTable.ABSENT) {
                known++;
            }
        }
        // Intact files may have a few unknown ones, if tokens were removed from the vocabulary.
        if (2 * known < made.size()) {
            throw new GgufException(
                    PREFIX + "merges",
                    "belongs to another vocabulary: of the first "
                            + made.size()
                            + " texts it makes, only "
                            + known
                            + " are tokens of this file");
        }
    }

    private static boolean hasLongToken(Texts tokens, int[] types) {
        for (int token = 0; token < tokens.size(); token++) {
            boolean normal = types.length == 0 || TokenType.of(types[token]) == TokenType.NORMAL;
            if (normal && tokens.get(token).length() > 1) {
                return true;
            }
        }
        return false;
    }

    /** Reads the vocabulary into memory, so the file can be closed afterwards. */
    public static Vocabulary from(GgufMetadata metadata) {
        Texts tokens = metadata.getStrings(PREFIX + "tokens");
        return new Vocabulary(
                model(metadata),
                pre(metadata),
                tokens,
                metadata.findFloats(PREFIX + "scores").orElse(new float[0]),
                metadata.findInts(PREFIX + "token_type").orElse(new int[0]),
                metadata.findStrings(PREFIX + "merges").orElse(Texts.of(List.of())),
                special(metadata, tokens.size()));
    }

    /** The algorithm, which {@link #model} has. */
    static String model(GgufMetadata metadata) {
        return metadata.getString(PREFIX + "model");
    }

    /** The pre-tokenizer, which {@link #pre} has. */
    static String pre(GgufMetadata metadata) {
        return metadata.findString(PREFIX + "pre").orElse("default");
    }

    TokenType type(int token) {
        if (isTyped()) {
            return TokenType.of(types[token]);
        }
        boolean isByte = model.equals(SENTENCE_PIECE) && Tokenizer.isByteName(tokens.get(token));
        return isByte ? TokenType.BYTE : TokenType.NORMAL;
    }

    /** True if the file states the types of its tokens. */
    boolean isTyped() {
        return types.length > 0;
    }

    /**
     * @param size number of tokens
     */
    static SpecialTokens special(GgufMetadata metadata, int size) {
        String model = model(metadata);
        boolean sentencePiece = model.equals(SENTENCE_PIECE);
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
        for (String role : SPARE_ROLES) {
            OptionalLong token = metadata.findLong(PREFIX + role + "_token_id");
            if (token.isPresent() && token.getAsLong() >= 0 && token.getAsLong() < size) {
                roles.put(role, (int) token.getAsLong());
            }
        }
        boolean wordPiece = model.equals(WORD_PIECE);
        if (wordPiece) {
            WORD_PIECE_ROLES.forEach((role, names) ->
                    names.stream()
                            .filter(roles::containsKey)
                            .findFirst()
                            .ifPresent(name -> roles.put(role, roles.getOrDefault(name, 0))));
        }
        return new SpecialTokens(
                roles,
                metadata.findBool(PREFIX + "add_bos_token")
                        .orElse(sentencePiece || wordPiece || PreTokenizer.addsBos(pre)),
                metadata.findBool(PREFIX + "add_eos_token").orElse(wordPiece),
                metadata.findBool(PREFIX + "add_space_prefix").orElse(sentencePiece));
    }

    private static void checkLength(String key, int length, int tokens) {
        if (length != 0 && length != tokens) {
            throw new GgufException(
                    PREFIX + key, "has " + length + " elements for " + tokens + " tokens");
        }
    }
}
