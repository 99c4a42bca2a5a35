package tramontane.testkit;

import java.util.List;

/**
 * Control tokens of Gemma 3, with those of pictures, before the pieces of {@link JsonVocabulary}.
 */
public final class GemmaVocabulary {
    public static final List<String> CONTROLS =
            List.of("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>");

    /** The control tokens of pictures. */
    public static final List<String> IMAGES =
            List.of("<start_of_image>", "<end_of_image>", "<image_soft_token>");

    private GemmaVocabulary() {}

    /** Gives a tiny model's file this vocabulary instead of its own. */
    public static GgufWriter putInto(GgufWriter out) {
        return ControlVocabulary.put(out, CONTROLS, IMAGES)
                .put("tokenizer.ggml.bos_token_id", CONTROLS.indexOf("<bos>"))
                .put("tokenizer.ggml.eos_token_id", CONTROLS.indexOf("<end_of_turn>"))
                .put("tokenizer.ggml.padding_token_id", CONTROLS.indexOf("<pad>"));
    }
}
