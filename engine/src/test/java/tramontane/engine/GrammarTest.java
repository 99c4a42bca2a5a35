package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.TokenMask;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.token.Detokenizer;

/** Answers match their schema at any limit, with random logits. */
class GrammarTest {
    private static final String NUMBER = "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?";
    private static final String STRING =
            "\"([^\"\\\\\\x00-\\x1f]|\\\\([\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*\"";

    /** White space between two JSON tokens: a space, or a line feed and a bounded indentation. */
    private static final String GAP = "( |\\n[ \\t]{0,16})?";

    @Test
    void everyAnswerMatchesItsSchemaAtAnyLimit() throws Exception {
        check(Map.of("type", "boolean"), "true|false");
        check(Map.of("type", "integer"), "-?(0|[1-9][0-9]*)");
        check(Map.of("type", "string"), STRING);
        check(Map.of("enum", List.of("one", "two")), "\"one\"|\"two\"");
        check(Map.of("enum", List.of("a\nb", "a\u0001c")), "\"a\\\\(nb|u000[aA]b|u0001c)\"");
        check(Map.of("enum", List.of("a\nb")), "\"a\\\\(n|u000[aA])b\"");
        check(
                Map.of("type", "array", "items", Map.of("type", "number"), "minItems", 2),
                "\\[" + GAP + NUMBER + "(," + GAP + NUMBER + ")+" + GAP + "\\]");
        check(
                Map.of(
                        "type",
                        "object",
                        "properties",
                        Map.of("a_long_name_for_a_thing", Map.of("type", "string")),
                        "required",
                        List.of("a_long_name_for_a_thing"),
                        "additionalProperties",
                        false),
                "\\{" + GAP + "\"a_long_name_for_a_thing\":" + GAP + STRING + GAP + "\\}");
    }

    /** Drafts and jumps save steps and change no token. */
    @Test
    void draftsFromTheConstraintChangeNoToken() throws Exception {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("ship_name", Map.of("type", "string", "maxLength", 3));
        properties.put("length_in_metres", Map.of("type", "integer", "maximum", 400));
        properties.put("home_port", Map.of("enum", List.of("Marseille", "Genova")));
        Map<String, Object> schema =
                Map.of(
                        "type",
                        "array",
                        "minItems",
                        2,
                        "maxItems",
                        3,
                        "items",
                        Map.of(
                                "type",
                                "object",
                                "properties",
                                properties,
                                "required",
                                List.copyOf(properties.keySet()),
                                "additionalProperties",
                                false));
        int accepted = 0;
        for (int seed = 0; seed < 9; seed++) {
            try (TinyEngine tiny = engine();
                    TinyEngine other = engine()) {
                Constraint start = compile(tiny, schema);
                Generation drafted = tiny.engine.submit(request(start, 300, seed));
                List<Integer> tokens = TinyEngine.answer(drafted).getFirst();
                assertThat(tokens)
                        .isEqualTo(other.answer(request(new Undrafted(start), 300, seed)));
                accepted += drafted.counts().acceptedDrafts();
            }
        }
        assertThat(accepted).isPositive();
    }

    /** The same constraint without expected tokens. */
    private static final class Undrafted extends Constraint {
        private final Constraint inner;

        Undrafted(Constraint inner) {
            this.inner = inner;
        }

        @Override
        public TokenMask mask() {
            return inner.mask();
        }

        @Override
        public boolean allows(int token) {
            return inner.allows(token);
        }

        @Override
        public Constraint after(int token) {
            return new Undrafted(inner.after(token));
        }

        @Override
        public boolean mayEnd() {
            return inner.mayEnd();
        }

        @Override
        public int[] forced(int limit) {
            return inner.forced(limit);
        }

        @Override
        public int[] closing() {
            return inner.closing();
        }
    }

    private static TinyEngine engine() throws Exception {
        return new TinyEngine(
                TinyModel.of(Architecture.LLAMA),
                KernelChoice.of(""),
                2,
                TinyEngine.limits(600, 64),
                Optional.empty());
    }

    private static void check(Map<String, Object> schema, String expected) throws Exception {
        try (TinyEngine tiny = engine()) {
            Constraint start = compile(tiny, schema);
            int shortest = start.closing().length;
            Pattern pattern = Pattern.compile(expected);
            for (int max = shortest; max < shortest + 24; max += 1 + max / 8) {
                for (int seed = 0; seed < 12; seed++) {
                    String text = answer(tiny, start, max, seed);
                    assertThat(pattern.matcher(text).matches())
                            .as("%s at most %d, seed %d: %s", schema, max, seed, text)
                            .isTrue();
                }
            }
        }
    }

    private static Constraint compile(TinyEngine tiny, Map<String, Object> schema)
            throws SchemaException {
        return new GrammarCompiler(tiny.tokenizer)
                .compile(new Grammar.Json(JsonSchema.compile(schema)));
    }

    private static GenerationRequest request(Constraint start, int max, int seed) {
        return new GenerationRequest(
                new Random(seed).ints(20, 0, 500).toArray(),
                new GenerationRequest.Length(max, 0, FinishReason.LENGTH),
                new SamplingParams(seed % 3 * 20, 1, seed, 0, 0),
                1,
                new GenerationRequest.Guidance(Optional.of(start), new int[0]),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", ""));
    }

    private static String answer(TinyEngine tiny, Constraint start, int max, int seed)
            throws Exception {
        List<Integer> tokens = tiny.answer(request(start, max, seed));
        assertThat(tokens.size()).isLessThanOrEqualTo(max);
        Detokenizer detokenizer = new Detokenizer(tiny.tokenizer, false);
        StringBuilder text = new StringBuilder();
        tokens.forEach(token -> text.append(detokenizer.push(token)));
        return text.toString();
    }
}
