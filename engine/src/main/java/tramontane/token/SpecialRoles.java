package tramontane.token;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tramontane.gguf.Texts;

/**
 * Which tokens are control tokens, and which of them end an answer. Files state only a part of
 * this, so well-known names count as well; the names and their effect are those of llama.cpp, the
 * reference for these files.
 *
 * @param fim the tokens for fill-in-the-middle, if the model has them
 */
record SpecialRoles(BitSet control, BitSet endOfGeneration, Optional<FimTokens> fim) {
    private static final List<String> ENDS =
            List.of(
                    "<|eot_id|>",
                    "<|im_end|>",
                    "<|end|>",
                    "<end_of_turn>",
                    "<|endoftext|>",
                    "</s>",
                    "<|eom_id|>",
                    "<EOT>",
                    "_<EOT>",
                    "[EOT]",
                    "[EOS]",
                    "<|end_of_text|>",
                    "<end_of_utterance>",
                    "<eos>");

    /**
     * Names of fill-in-the-middle tokens by role. If the file states none, the first name that is
     * in the vocabulary is used.
     */
    private static final Map<String, List<String>> FIM_NAMES =
            Map.of(
                    "fim_pre",
                            List.of(
                                    "<|fim_prefix|>",
                                    "<fim-prefix>",
                                    "<fim_prefix>",
                                    "<PRE>",
                                    "▁<PRE>",
                                    "<|code_prefix|>"),
                    "fim_suf",
                            List.of(
                                    "<|fim_suffix|>",
                                    "<fim-suffix>",
                                    "<fim_suffix>",
                                    "<SUF>",
                                    "▁<SUF>",
                                    "<|code_suffix|>"),
                    "fim_mid",
                            List.of(
                                    "<|fim_middle|>",
                                    "<fim-middle>",
                                    "<fim_middle>",
                                    "<MID>",
                                    "▁<MID>",
                                    "<|code_middle|>"),
                    "fim_pad", List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
                    "fim_rep",
                            List.of(
                                    "<|fim_repo|>",
                                    "<|repo_name|>",
                                    "<fim-repo>",
                                    "<REPO>",
                                    "<reponame>"),
                    "fim_sep", List.of("<|file_sep|>"));

    // Mistral's own names.
    private static final String PREFIX = "[PREFIX]";
    private static final String SUFFIX = "[SUFFIX]";

    private static final List<String> ENDING_ROLES =
            List.of("eos", "eot", "eom", "fim_pad", "fim_rep", "fim_sep");

    static SpecialRoles read(TableReader in) {
        BitSet control = BitSet.valueOf(in.longs());
        BitSet ends = BitSet.valueOf(in.longs());
        int[] fim = in.ints();
        return new SpecialRoles(
                control,
                ends,
                fim.length == 0
                        ? Optional.empty()
                        : Optional.of(
                                new FimTokens(
                                        fim[0],
                                        fim[1],
                                        fim.length > 2
                                                ? OptionalInt.of(fim[2])
                                                : OptionalInt.empty())));
    }

    void write(TableWriter out) {
        out.longs(control.toLongArray()).longs(endOfGeneration.toLongArray());
        out.ints(
                fim.map(each ->
                                IntStream.concat(
                                                IntStream.of(each.prefix(), each.suffix()),
                                                each.middle().stream())
                                        .toArray())
                        .orElse(new int[0]));
    }

    static SpecialRoles of(Vocabulary vocabulary) {
        Map<String, Integer> byName = byName(vocabulary.tokens());
        SpecialRoles roles = new SpecialRoles(new BitSet(), new BitSet(), Optional.empty());
        for (int token = 0; token < vocabulary.tokens().size(); token++) {
            TokenType type = vocabulary.type(token);
            roles.control.set(token, type == TokenType.CONTROL || type == TokenType.UNKNOWN);
        }
        ENDS.stream()
                .filter(byName::containsKey)
                .map(byName::get)
                .forEach(token -> {
                    roles.control.set(token);
                    roles.endOfGeneration.set(token);
                });
        FIM_NAMES.forEach((role, choices) -> {
            if (vocabulary.special().token(role).isEmpty()) {
                roles.setFim(role, choices, byName);
            }
        });
        for (String role : ENDING_ROLES) {
            vocabulary.special().token(role).ifPresent(roles.endOfGeneration::set);
        }
        // A token that ends an answer is a control token, regardless of its type. If the file has
        // no
        // types, so are all tokens that it names.
        vocabulary
                .special()
                .roles()
                .forEach((role, token) -> {
                    if (!vocabulary.isTyped() || ENDING_ROLES.contains(role)) {
                        roles.control.set(token);
                    }
                });
        if (!vocabulary.isTyped()) {
            addedTokens(vocabulary).forEach(roles.control::set);
        }
        return new SpecialRoles(
                roles.control,
                roles.endOfGeneration,
                roles.fim(vocabulary, byName).or(() -> roles.mistralFim(byName)));
    }

    /** The tokens with a known name. */
    private static Map<String, Integer> byName(Texts tokens) {
        PieceTable names = new PieceTable(64);
        int count = 0;
        for (List<String> some :
                Stream.concat(Stream.of(ENDS, List.of(PREFIX, SUFFIX)), FIM_NAMES.values().stream())
                        .toList()) {
            for (String name : some) {
                names.add(count++, name.getBytes(StandardCharsets.UTF_8));
            }
        }
        Map<String, Integer> byName = new HashMap<>();
        for (int token = 0; token < tokens.size(); token++) {
            if (names.find(tokens, token) != PieceTable.ABSENT) {
                byName.putIfAbsent(tokens.get(token), token);
            }
        }
        return byName;
    }

    /**
     * In a BPE vocabulary without types, the tokens in brackets such as {@code <|im_start|>} or
     * {@code [INST]} that no merge produces. They were added to the vocabulary as special tokens.
     */
    private static List<Integer> addedTokens(Vocabulary vocabulary) {
        List<Integer> added = new ArrayList<>();
        Set<String> merged = new HashSet<>();
        vocabulary.merges().forEach(merge -> merged.add(merge.replaceFirst("(?<=.) ", "")));
        for (int token = 0; !merged.isEmpty() && token < vocabulary.tokens().size(); token++) {
            String text = vocabulary.tokens().get(token);
            boolean bracketed =
                    text.length() > 2
                            && (text.startsWith("<") && text.endsWith(">")
                                    || text.startsWith("[") && text.endsWith("]"));
            if (bracketed && !merged.contains(text)) {
                added.add(token);
            }
        }
        return added;
    }

    private Optional<FimTokens> fim(Vocabulary vocabulary, Map<String, Integer> byName) {
        OptionalInt prefix = fimToken("fim_pre", vocabulary, byName);
        OptionalInt suffix = fimToken("fim_suf", vocabulary, byName);
        OptionalInt middle = fimToken("fim_mid", vocabulary, byName);
        return prefix.isPresent() && suffix.isPresent() && middle.isPresent()
                ? Optional.of(new FimTokens(prefix.getAsInt(), suffix.getAsInt(), middle))
                : Optional.empty();
    }

    private static OptionalInt fimToken(
            String role, Vocabulary vocabulary, Map<String, Integer> byName) {
        OptionalInt named = vocabulary.special().token(role);
        return named.isPresent()
                ? named
                : FIM_NAMES.getOrDefault(role, List.of()).stream()
                        .filter(byName::containsKey)
                        .mapToInt(byName::get)
                        .findFirst();
    }

    private Optional<FimTokens> mistralFim(Map<String, Integer> byName) {
        int prefix = byName.getOrDefault(PREFIX, -1);
        int suffix = byName.getOrDefault(SUFFIX, -1);
        return prefix >= 0 && suffix >= 0 && control.get(prefix) && control.get(suffix)
                ? Optional.of(new FimTokens(prefix, suffix, OptionalInt.empty()))
                : Optional.empty();
    }

    private void setFim(String role, List<String> choices, Map<String, Integer> byName) {
        choices.stream()
                .filter(byName::containsKey)
                .findFirst()
                .map(byName::get)
                .ifPresent(token -> {
                    control.set(token);
                    endOfGeneration.set(
                            token, endOfGeneration.get(token) || ENDING_ROLES.contains(role));
                });
    }
}
