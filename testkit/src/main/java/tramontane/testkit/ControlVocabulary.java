package tramontane.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A family's control tokens around the pieces of {@link JsonVocabulary}, as many tokens as a {@link
 * TinyModel} has.
 */
final class ControlVocabulary {
    private static final int NORMAL_TYPE = 1;
    private static final int CONTROL_TYPE = 3;
    private static final int UNUSED_TYPE = 5;

    private ControlVocabulary() {}

    /**
     * Gives a tiny model's file this vocabulary instead of its own.
     *
     * @param first control tokens at the beginning, and {@code last} at the end
     */
    static GgufWriter put(GgufWriter out, List<String> first, List<String> last) {
        JsonVocabulary json = new JsonVocabulary();
        List<String> tokens = new ArrayList<>(first);
        tokens.addAll(json.tokens().subList(0, json.end()));
        int[] types = new int[TinyVocabulary.SIZE];
        Arrays.fill(types, NORMAL_TYPE);
        Arrays.fill(types, 0, first.size(), CONTROL_TYPE);
        Arrays.fill(types, tokens.size(), types.length, UNUSED_TYPE);
        while (tokens.size() < TinyVocabulary.SIZE - last.size()) {
            tokens.add("<unused" + tokens.size() + ">");
        }
        tokens.addAll(last);
        Arrays.fill(types, types.length - last.size(), types.length, CONTROL_TYPE);
        return out.put("tokenizer.ggml.pre", "tekken")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", json.merges());
    }
}
