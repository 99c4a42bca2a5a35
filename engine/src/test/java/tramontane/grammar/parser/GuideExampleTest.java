package tramontane.grammar.parser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.Json;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.TokenMask;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/** The example of docs/GRAMMAR.md: a change here needs a change there. */
class GuideExampleTest {
    private static final String SCHEMA =
            """
            {"type": "object",
             "properties": {"id": {"enum": ["to", "top"]}, "ok": {"type": "boolean"}},
             "required": ["id", "ok"], "additionalProperties": false}
            """;

    private static final List<String> PIECES =
            List.of("</s>", "\",", "\",\"", "\"}", "p\"", "op", "true", "{\"");

    /** Tokens 0 to 255 are the bytes, 256 ends the answer. */
    private static Tokenizer tokenizer() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.addAll(PIECES);
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 0, 256, 6);
        Arrays.fill(types, 256, types.length, 1);
        types[256] = 3;
        SpecialTokens special = new SpecialTokens(Map.of("eos", 256), false, false, false);
        float[] scores = new float[types.length];
        return Tokenizer.from(
                new Vocabulary("llama", "default", tokens, scores, types, List.of(), special));
    }

    @Test
    void theMaskHasFiveTokens() throws SchemaException {
        Tokenizer tokenizer = tokenizer();
        Constraint at =
                new GrammarCompiler(tokenizer)
                        .compile(new Grammar.Json(JsonSchema.compile(Json.read(SCHEMA))));
        for (byte each : "{\"id\":\"to".getBytes(UTF_8)) {
            at = at.after(each & 0xff);
        }
        TokenMask mask = at.mask();
        assertThat(
                        IntStream.range(0, tokenizer.size())
                                .filter(mask::allows)
                                .mapToObj(token -> new String(tokenizer.bytes(token), UTF_8)))
                .containsExactlyInAnyOrder("\"", "p", "\",", "\",\"", "p\"");
        StringBuilder closing = new StringBuilder();
        for (int token : at.closing()) {
            closing.append(new String(tokenizer.bytes(token), UTF_8));
        }
        assertThat(closing).hasToString("\",\"ok\":true}");
    }
}
