package tramontane.grammar.parser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tramontane.chat.jinja.Json;
import tramontane.gguf.GgufFile;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.TokenMask;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.token.Tokenizer;

/** Follows random walks and checks at every step that the constraint's methods agree. */
class ConstraintWalkTest {
    private static final int WALKS = 25;
    private static final int STEPS = 30;

    private static Tokenizer tokenizer;
    private static GrammarCompiler compiler;

    @BeforeAll
    static void load(@TempDir Path directory) throws IOException {
        Path file = TinyModel.of(Architecture.LLAMA).write(directory.resolve("tiny.gguf"));
        try (GgufFile model = GgufFile.open(file)) {
            tokenizer = Tokenizer.from(model.metadata());
        }
        compiler = new GrammarCompiler(tokenizer);
    }

    static Stream<String> schemas() {
        return Stream.of(
                "{'type':'object'}",
                "{'type':['string','null'],'maxLength':3}",
                "{'enum':['one','two','x\\n',1,true]}",
                "{'type':'array','items':{'type':'number'},'minItems':2,'maxItems':5}",
                "{'type':'array','items':{'type':'string'},'uniqueItems':true,'maxItems':4}",
                "{'type':'object','properties':{'abé':{'type':'string','maxLength':3},"
                        + "'abc':{'enum':['x\\n',1]}},'required':['abc']}",
                "{'type':'object','properties':{'a':{},'b':{'type':'boolean'}},"
                        + "'required':['b'],'additionalProperties':false}",
                "{'type':'object','additionalProperties':{'type':'integer'},'minProperties':2}",
                "{'type':'string','pattern':'^[a-c]{2,4}é?$'}",
                "{'type':'string','format':'date-time'}",
                "{'type':'integer','minimum':5,'maximum':70}",
                "{'type':'number','minimum':-1.5,'exclusiveMaximum':2}",
                "{'anyOf':[{'type':'integer'},{'type':'object','properties':{'next':{'$ref':'#'}}}]}");
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void everyConstraintOfASchemaIsConsistent(String schema) throws SchemaException {
        Object json = Json.read(schema.replace('\'', '"'));
        check(new Grammar.Json(JsonSchema.compile(json)));
    }

    @Test
    void everyConstraintOfProseAndItsBranchesIsConsistent() throws SchemaException {
        Grammar json =
                new Grammar.Json(
                        JsonSchema.compile(Map.of("type", "object", "required", List.of("a"))));
        Grammar call =
                new Grammar.Sequence(
                        List.of(
                                new Grammar.Text("{\"name\": \"f\", \"arguments\": "),
                                json,
                                new Grammar.Text("}</tool>")));
        Grammar.Branch branch = new Grammar.Branch(new Grammar.Text("<tool>"), call);
        check(call);
        check(new Grammar.Choice(List.of(call, json)));
        check(new Grammar.Repeat(call, new Grammar.Text("\n"), 1, 3));
        check(new Grammar.Prose(List.of(branch), true, 10));
        check(new Grammar.Prose(List.of(branch), false, 5));
        check(new Grammar.Prose(List.of(), true, 5));
    }

    /** A model that writes white space whenever it is allowed still completes its answer. */
    @Test
    void whiteSpaceIsBounded() throws SchemaException {
        Object schema =
                Json.read(
                        """
                        {"type": "object", "required": ["a", "b"], "additionalProperties": false,
                         "properties": {
                          "a": {"type": "array", "items": {"type": "integer", "maximum": 9, "minimum": 0},
                                "minItems": 3, "maxItems": 3},
                          "b": {"type": "object", "required": ["c"], "additionalProperties": false,
                                "properties": {"c": {"type": "array", "maxItems": 0}}}}}
                        """);
        Constraint start = compiler.compile(new Grammar.Json(JsonSchema.compile(schema)));
        for (int seed = 0; seed < WALKS; seed++) {
            Random random = new Random(seed);
            Constraint at = start;
            StringBuilder text = new StringBuilder();
            while (!at.mayEnd()) {
                int[] allowed = allowed(at);
                int[] blank =
                        IntStream.of(allowed)
                                .filter(token -> tokenizer.text(token).isBlank())
                                .toArray();
                int[] choice = blank.length > 0 ? blank : allowed;
                int token = choice[random.nextInt(choice.length)];
                text.append(tokenizer.text(token));
                at = at.after(token);
                assertThat(text.length()).as(text.toString()).isLessThan(400);
            }
            assertThat(text).doesNotContainPattern("\\s{18}").doesNotContain("\n\n");
            assertThat(text.toString().replaceAll("\\s", ""))
                    .matches("\\{\"a\":\\[-?\\d,-?\\d,-?\\d\\],\"b\":\\{\"c\":\\[\\]\\}\\}");
        }
    }

    private static void check(Grammar grammar) {
        Constraint start = compiler.compile(grammar);
        for (int seed = 0; seed < WALKS; seed++) {
            Random random = new Random(seed);
            Constraint at = start;
            StringBuilder text = new StringBuilder();
            for (int step = 0; step < STEPS; step++) {
                checkConstraint(at, grammar + " behind " + text);
                int[] allowed = allowed(at);
                int token = allowed[random.nextInt(allowed.length)];
                if (tokenizer.isEndOfGeneration(token)) {
                    break;
                }
                text.append(tokenizer.text(token));
                at = at.after(token);
            }
        }
    }

    private static void checkConstraint(Constraint at, String where) {
        TokenMask mask = at.mask();
        // Millions of tokens, so an assertion is made for the first wrong one only.
        OptionalInt wrong =
                IntStream.range(0, tokenizer.size())
                        .filter(token -> mask.allows(token) != at.allows(token))
                        .findFirst();
        assertThat(wrong).as("%s: the first token that the mask has wrong", where).isEmpty();
        int[] closing = at.closing();
        for (int max = -1; max < 2 * closing.length + 9; max++) {
            assertThat(at.closesWithin(max))
                    .as("%s: closes within %d", where, max)
                    .isEqualTo(closing.length <= max);
        }
        Constraint end = at;
        for (int i = 0; i < closing.length; i++) {
            assertThat(end.allows(closing[i])).as("%s: closing, token %d", where, i).isTrue();
            end = end.after(closing[i]);
            assertThat(end.closing().length)
                    .as("%s: still to close behind token %d", where, i)
                    .isLessThan(closing.length - i);
        }
        assertThat(end.mayEnd()).as("%s: closed", where).isTrue();
        checkAllowed(at, at.forced(20), where + ": forced");
        checkAllowed(at, at.likely(20), where + ": likely");
    }

    private static void checkAllowed(Constraint at, int[] tokens, String where) {
        Constraint end = at;
        for (int token : tokens) {
            assertThat(end.allows(token)).as("%s %d", where, token).isTrue();
            end = end.after(token);
        }
    }

    private static int[] allowed(Constraint at) {
        TokenMask mask = at.mask();
        return IntStream.range(0, tokenizer.size()).filter(mask::allows).toArray();
    }
}
