package tramontane.engine;

import java.util.Optional;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateSource;
import tramontane.chat.dialect.Dialect;
import tramontane.gguf.GgufMetadata;
import tramontane.packed.PackedWeights;
import tramontane.token.Tokenizer;

/**
 * The part of a model that knows text. Reading it takes as long as packing the weights of a small
 * model.
 *
 * @param template empty for a base model
 * @param dialect how the model writes thinking and tool calls; present if there is a template
 */
public record ModelText(
        Tokenizer tokenizer, Optional<ChatTemplate> template, Optional<Dialect> dialect) {
    private static final String TOKENIZER = "tokenizer";

    static ModelText of(GgufMetadata metadata, TemplateSource wanted) {
        return of(Tokenizer.from(metadata), metadata, wanted);
    }

    /**
     * What was read.
     *
     * @param keeping tells the packed weights to keep the tokenizer; for the loading thread
     */
    record Reading(ModelText text, Runnable keeping) {}

    /** Takes the tokenizer from the packed weights, if an earlier load has kept it there. */
    static Reading read(GgufMetadata metadata, TemplateSource wanted, PackedWeights packed) {
        Optional<Tokenizer> kept =
                packed.kept(TOKENIZER, tables -> Tokenizer.restored(metadata, tables));
        Tokenizer tokenizer = kept.orElseGet(() -> Tokenizer.from(metadata));
        return new Reading(
                of(tokenizer, metadata, wanted),
                () -> packed.keep(TOKENIZER, kept.isEmpty(), tokenizer::tables));
    }

    private static ModelText of(Tokenizer tokenizer, GgufMetadata metadata, TemplateSource wanted) {
        Optional<Templates> templates =
                switch (wanted) {
                    case TemplateSource.OfModel _ -> Templates.of(metadata);
                    case TemplateSource.Given(String text) ->
                            Optional.of(new Templates(text, Optional.empty()));
                    case TemplateSource.Absent _ -> Optional.empty();
                };
        Optional<ChatTemplate> template = templates.map(Templates::compile);
        return new ModelText(
                tokenizer,
                template,
                template.map(
                        each -> Dialect.of(templates.orElseThrow().standard(), each, tokenizer)));
    }

    /**
     * The templates of a file, which are chosen as llama.cpp does: {@code tool_use} for
     * conversations with tools, and for all if there is no other. Further variants have no defined
     * use and are ignored.
     */
    private record Templates(String standard, Optional<String> tools) {
        private static final String KEY = "tokenizer.chat_template";

        static Optional<Templates> of(GgufMetadata metadata) {
            Optional<String> tools = metadata.findString(KEY + ".tool_use");
            return metadata.findString(KEY)
                    .or(() -> metadata.findString(KEY + ".default"))
                    .or(() -> tools)
                    .map(standard -> new Templates(standard, tools));
        }

        ChatTemplate compile() {
            ChatTemplate template = ChatTemplate.compile(standard);
            return tools.filter(text -> !text.equals(standard))
                    .map(text -> template.withTools(ChatTemplate.compile(text)))
                    .orElse(template);
        }
    }
}
