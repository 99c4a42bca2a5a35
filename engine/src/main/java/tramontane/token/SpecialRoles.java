package tramontane.token;

import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tokens are control tokens and which of them end an answer. Files tell only part of it, so
 * well-known names count as well; the names and their effect are those of llama.cpp, the reference
 * for these files.
 */
record SpecialRoles(BitSet control, BitSet endOfGeneration) {
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
     * Names of fill-in-the-middle tokens by role; the first that a vocabulary has is taken, if the
     * file names none.
     */
    private static final Map<String, List<String>> FILL_IN =
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

    private static final List<String> ENDING_ROLES =
            List.of("eos", "eot", "eom", "fim_pad", "fim_rep", "fim_sep");

    static SpecialRoles of(Vocabulary vocabulary) {
        Set<String> names = new HashSet<>(ENDS);
        FILL_IN.values().forEach(names::addAll);
        Map<String, Integer> byName = new HashMap<>();
        SpecialRoles roles = new SpecialRoles(new BitSet(), new BitSet());
        for (int token = 0; token < vocabulary.tokens().size(); token++) {
            String text = vocabulary.tokens().get(token);
            if (names.contains(text)) {
                byName.putIfAbsent(text, token);
            }
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
        FILL_IN.forEach((role, choices) -> {
            if (vocabulary.special().token(role).isEmpty()) {
                roles.setFillIn(role, choices, byName);
            }
        });
        for (String role : ENDING_ROLES) {
            vocabulary.special().token(role).ifPresent(roles.endOfGeneration::set);
        }
        return roles;
    }

    private void setFillIn(String role, List<String> choices, Map<String, Integer> byName) {
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
