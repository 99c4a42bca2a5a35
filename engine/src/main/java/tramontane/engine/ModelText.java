package tramontane.engine;

import java.util.Optional;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateSource;
import tramontane.chat.dialect.Dialect;
import tramontane.gguf.GgufMetadata;
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
    static ModelText of(GgufMetadata metadata, TemplateSource wanted) {
        Tokenizer tokenizer = Tokenizer.from(metadata);
        Optional<String> source =
                switch (wanted) {
                    case TemplateSource.OfModel _ -> metadata.findString("tokenizer.chat_template");
                    case TemplateSource.Given(String text) -> Optional.of(text);
                    case TemplateSource.Absent _ -> Optional.empty();
                };
        Optional<ChatTemplate> template = source.map(ChatTemplate::compile);
        return new ModelText(
                tokenizer,
                template,
                template.map(each -> Dialect.of(source.orElseThrow(), each, tokenizer)));
    }
}
