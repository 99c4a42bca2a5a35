package tramontane.testkit;

import java.util.List;

/**
 * Mistral's control tokens before the pieces of {@link JsonVocabulary}, as many tokens as a {@link
 * TinyModel} has: with it, calls and thinking are marked as in the family's real models.
 *
 * <pre>
 * 0 .. 16    control tokens, in the order of {@link #CONTROLS}
 * 17 ..      pieces of JSON, and the bytes they are merged from
 * .. 511     unused
 * </pre>
 */
public final class MistralVocabulary {
    public static final List<String> CONTROLS =
            List.of(
                    "<unk>",
                    "<s>",
                    "</s>",
                    "[INST]",
                    "[/INST]",
                    "[SYSTEM_PROMPT]",
                    "[/SYSTEM_PROMPT]",
                    "[AVAILABLE_TOOLS]",
                    "[/AVAILABLE_TOOLS]",
                    "[TOOL_RESULTS]",
                    "[/TOOL_RESULTS]",
                    "[TOOL_CONTENT]",
                    "[TOOL_CALLS]",
                    "[CALL_ID]",
                    "[ARGS]",
                    "[THINK]",
                    "[/THINK]");

    /** The control tokens of pictures; {@link #putWithImages} puts them at the end. */
    public static final List<String> IMAGES = List.of("[IMG]", "[IMG_BREAK]", "[IMG_END]");

    private MistralVocabulary() {}

    /** Gives a tiny model's file this vocabulary instead of its own. */
    public static GgufWriter putInto(GgufWriter out) {
        return put(out, List.of());
    }

    /** The same with the tokens of pictures. */
    public static GgufWriter putWithImages(GgufWriter out) {
        return put(out, IMAGES);
    }

    private static GgufWriter put(GgufWriter out, List<String> last) {
        return ControlVocabulary.put(out, CONTROLS, last)
                .put("tokenizer.ggml.bos_token_id", CONTROLS.indexOf("<s>"))
                .put("tokenizer.ggml.eos_token_id", CONTROLS.indexOf("</s>"))
                .put("tokenizer.ggml.padding_token_id", CONTROLS.indexOf("<unk>"));
    }
}
