package tramontane.bench;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.TemplateInput;
import tramontane.engine.LoadedModel;
import tramontane.token.Tokenizer;

/** Prompts as the server makes them. */
final class Prompts {
    private static final LocalDateTime ANY_DAY = LocalDateTime.of(2026, 11, 22, 12, 0);

    private Prompts() {}

    /** One user message in the model's own template. */
    static int[] chat(LoadedModel model, String question) {
        Tokenizer tokenizer = model.tokenizer();
        TemplateInput input =
                new TemplateInput(
                        List.of(Message.text(Role.USER, question)),
                        List.of(),
                        true,
                        text(tokenizer, tokenizer.bos()),
                        text(tokenizer, tokenizer.eos()),
                        Map.of(),
                        ANY_DAY);
        var rendered = model.template().orElseThrow().render(input);
        return tokenizer.withBos(tokenizer.encode(rendered.spans()));
    }

    private static String text(Tokenizer tokenizer, OptionalInt token) {
        return token.isPresent() ? tokenizer.text(token.getAsInt()) : "";
    }
}
