package tramontane.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.backend.AnswerPlan.Thinking;
import tramontane.chat.dialect.AnswerParser;
import tramontane.chat.dialect.AnswerPart;
import tramontane.chat.dialect.Dialect;
import tramontane.chat.dialect.Mark;
import tramontane.chat.dialect.ThinkingFormat;
import tramontane.chat.dialect.ToolFormat;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.TokenMask;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.token.Detokenizer;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/**
 * What a plan's grammar allows, its parser reads: answers are drawn at random from the grammar of
 * each family, as a model would that knows nothing.
 */
class AnswerPlanTest {
    private static final int ROUNDS = 25;
    private static final int FREE_TOKENS = 120;
    private static final List<String> CONTROLS =
            List.of("</s>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]");
    private static final Tokenizer TOKENIZER = tokenizer();
    private static final GrammarCompiler COMPILER = new GrammarCompiler(TOKENIZER);

    private static final String TOOLS =
            ",'tools':[{'function':{'name':'get','parameters':{'properties':{'a':{'type':'boolean'}},"
                    + "'required':['a'],'additionalProperties':false}}},"
                    + "{'function':{'name':'get_more','parameters':{'additionalProperties':{'type':'null'},'maxProperties':2}}}]";
    private static final String SCHEMA =
            ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'enum':[[1],{'x':'<tool_call>'}]}}}";

    /** A token for each byte and for each control mark of Mistral's. */
    private static Tokenizer tokenizer() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.addAll(CONTROLS);
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 0, 256, 6);
        Arrays.fill(types, 256, types.length, 3);
        SpecialTokens special = new SpecialTokens(Map.of("eos", 256), false, false, false);
        return Tokenizer.from(
                new Vocabulary(
                        "llama",
                        "default",
                        tokens,
                        new float[types.length],
                        types,
                        List.of(),
                        special));
    }

    private static boolean fits(JsonSchema schema, String json) {
        Constraint at = COMPILER.reading(new Grammar.Json(schema));
        for (int token : TOKENIZER.encode(json)) {
            if (!at.allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }

    private static Mark mark(String text) {
        return Mark.of(text, TOKENIZER);
    }

    private static List<Dialect> dialects(Optional<ThinkingFormat> thinking) {
        List<ToolFormat> formats =
                List.of(
                        new ToolFormat.MistralList(mark("[TOOL_CALLS]"), " "),
                        new ToolFormat.MistralNamed(
                                mark("[TOOL_CALLS]"), Optional.empty(), mark("[ARGS]")),
                        new ToolFormat.MistralNamed(
                                mark("[TOOL_CALLS]"),
                                Optional.of(mark("[CALL_ID]")),
                                mark("[ARGS]")),
                        new ToolFormat.Tagged(mark("<tool_call>"), mark("</tool_call>"), "\n"),
                        new ToolFormat.Bare(Optional.empty()));
        return formats.stream()
                .map(format -> new Dialect(thinking, format, Optional.empty(), 4))
                .toList();
    }

    private static final ThinkingFormat BRACKETS =
            new ThinkingFormat(mark("[THINK]"), mark("[/THINK]"), false, false);
    private static final ThinkingFormat TAGS =
            new ThinkingFormat(mark("<think>"), mark("</think>"), true, true);

    private static AnswerPlan plan(Dialect dialect, String fields, Thinking thinking) {
        String messages = fields.contains("'messages'") ? "" : ",'messages':[{'content':'hi'}]";
        String json = ("{'model':'m'" + messages + fields + "}").replace('\'', '"');
        try {
            JsonNode body = JsonBody.parse(json.getBytes(UTF_8));
            var request = ChatCompletionRequest.parse(body, FieldSet.MISTRAL);
            return new AnswerPlan(dialect, request, thinking);
        } catch (ApiException e) {
            throw new AssertionError(e);
        }
    }

    /** Random tokens with the shortest way out between them, and nothing else near the end. */
    private static List<Integer> draw(Constraint start, Random random) {
        List<Integer> answer = new ArrayList<>();
        Constraint at = start;
        while (true) {
            int[] closing = at.closing();
            boolean late = answer.size() > FREE_TOKENS;
            if (at.mayEnd() && (late || random.nextInt(12) == 0)) {
                return answer;
            }
            int token =
                    closing.length > 0 && (late || random.nextInt(3) > 0)
                            ? closing[0]
                            : any(at.mask(), random);
            if (TOKENIZER.isEndOfGeneration(token)) {
                assertThat(at.mayEnd()).isTrue();
                return answer;
            }
            answer.add(token);
            at = at.after(token);
        }
    }

    private static int any(TokenMask mask, Random random) {
        int nth = random.nextInt(mask.count());
        int token = 0;
        while (!mask.allows(token) || nth-- > 0) {
            token++;
        }
        return token;
    }

    private static List<AnswerPart> read(AnswerParser parser, List<Integer> answer) {
        Detokenizer detokenizer = new Detokenizer(TOKENIZER, false);
        List<AnswerPart> parts = new ArrayList<>();
        for (int token : answer) {
            if (TOKENIZER.isControl(token)) {
                detokenizer.cut();
                parts.addAll(parser.control(token, TOKENIZER.text(token)));
            } else {
                parts.addAll(parser.text(detokenizer.push(token)));
            }
        }
        parts.addAll(parser.end(false));
        return parts;
    }

    /** Draws answers from each family and hands their text, thinking and calls to the check. */
    private static void check(
            Optional<ThinkingFormat> format,
            Thinking thinking,
            String fields,
            Consumer<Answer> check) {
        for (Dialect dialect : dialects(format)) {
            AnswerPlan plan = plan(dialect, fields, thinking);
            Constraint start = COMPILER.compile(plan.whole(20).orElseThrow());
            for (int seed = 0; seed < ROUNDS; seed++) {
                List<Integer> drawn = draw(start, new Random(seed));
                Answer answer =
                        Answer.of(read(plan.reading(AnswerPlanTest::fits).parsers().get(), drawn));
                assertThat(answer.calls)
                        .as("%s, seed %s: %s", dialect.tools(), seed, answer)
                        .allSatisfy(AnswerPlanTest::checkCall);
                check.accept(answer);
            }
        }
    }

    private record Answer(String thinking, String text, List<AnswerPart.Call> calls) {
        static Answer of(List<AnswerPart> parts) {
            StringBuilder thinking = new StringBuilder();
            StringBuilder text = new StringBuilder();
            List<AnswerPart.Call> calls = new ArrayList<>();
            for (AnswerPart part : parts) {
                switch (part) {
                    case AnswerPart.Thinking(String thought) -> thinking.append(thought);
                    case AnswerPart.Text(String said) -> text.append(said);
                    case AnswerPart.Call call -> calls.add(call);
                }
            }
            return new Answer(thinking.toString(), text.toString(), calls);
        }
    }

    private static void checkCall(AnswerPart.Call call) {
        JsonNode arguments = JsonMapper.shared().readTree(call.arguments());
        assertThat(arguments.isObject()).isTrue();
        if (call.name().equals("get")) {
            assertThat(arguments.propertyNames()).containsExactly("a");
            assertThat(arguments.get("a").isBoolean()).isTrue();
        } else {
            assertThat(call.name()).isEqualTo("get_more");
            assertThat(arguments.size()).isLessThanOrEqualTo(2);
        }
    }

    private static void checkJson(String text) {
        assertThat(JsonMapper.shared().readTree(text).toString())
                .isIn("[1]", "{\"x\":\"<tool_call>\"}");
    }

    @Test
    void forcedCallsAreNothingButCalls() {
        List<Integer> counts = new ArrayList<>();
        check(
                Optional.empty(),
                Thinking.NEVER,
                TOOLS + ",'tool_choice':'any'",
                answer -> {
                    assertThat(answer.text).isEmpty();
                    assertThat(answer.calls).hasSizeBetween(1, 4);
                    counts.add(answer.calls.size());
                });
        assertThat(counts).contains(1, 2, 3);
        check(
                Optional.empty(),
                Thinking.NEVER,
                TOOLS + ",'tool_choice':'any','parallel_tool_calls':false",
                answer -> assertThat(answer.calls).hasSize(1));
        check(
                Optional.empty(),
                Thinking.NEVER,
                TOOLS + ",'tool_choice':{'function':{'name':'get_more'}}",
                answer ->
                        assertThat(answer.calls)
                                .singleElement()
                                .satisfies(call -> assertThat(call.name()).isEqualTo("get_more")));
    }

    @Test
    void freeAnswersNeverHoldHalfACall() {
        check(
                Optional.empty(),
                Thinking.NEVER,
                TOOLS,
                answer ->
                        assertThat(answer.text)
                                .doesNotContain("<tool_call>")
                                .doesNotContain("[TOOL_CALLS]"));
        check(
                Optional.empty(),
                Thinking.NEVER,
                TOOLS + ",'tool_choice':'none'",
                answer -> assertThat(answer.calls).isEmpty());
    }

    @Test
    void aListOfCallsTakesWhiteSpaceWhereJsonDoes() {
        AnswerPlan plan = plan(dialects(Optional.empty()).getFirst(), TOOLS, Thinking.NEVER);
        int trigger = mark("[TOOL_CALLS]").control().orElseThrow();
        Constraint behind = COMPILER.compile(plan.whole(20).orElseThrow()).after(trigger);
        for (String list :
                List.of(
                        " [{\"name\": \"get\", \"arguments\": {\"a\":true}}]",
                        "[{\"name\":\"get\",\"arguments\":{\"a\":true}}]",
                        " [{\"name\": \"get\", \"arguments\": {\"a\": true}},"
                                + " {\"name\": \"get\", \"arguments\": {\"a\": false}}]",
                        "[\n  {\n    \"name\": \"get\",\n    \"arguments\": {\n      \"a\": true\n    }\n  }\n]")) {
            assertThat(takes(behind, list)).as(list).isTrue();
        }
        assertThat(takes(behind, "  [")).isFalse();
    }

    @Test
    void aCallWithoutTagsIsHeldToItsSchemaToo() {
        Dialect tagged = dialects(Optional.empty()).get(3);
        AnswerPlan plan = plan(tagged, TOOLS, Thinking.NEVER);
        Constraint start = COMPILER.compile(plan.whole(20).orElseThrow());
        for (String head :
                List.of(
                        "{\"name\": \"get\", \"arguments\": ",
                        "```json\n{\n  \"name\": \"get\",\n  \"arguments\": ")) {
            assertThat(takes(start, head + "{\"a\":true}")).isTrue();
            assertThat(takes(start, head + "{\"a\":1")).isFalse();
            assertThat(takes(start, head + "[")).isFalse();
        }
        assertThat(takes(start, "{\"name\": \"other\", \"arguments\": [")).isTrue();
    }

    private static Constraint start(String fields, int family) {
        AnswerPlan plan = plan(dialects(Optional.empty()).get(family), fields, Thinking.NEVER);
        return COMPILER.compile(plan.whole(20).orElseThrow());
    }

    @Test
    void everyCallOfAnAnswerIsHeldToItsSchemaHoweverItIsWritten() {
        for (int family = 0; family < 4; family++) {
            Constraint free = start(TOOLS, family);
            for (String head :
                    List.of(
                            "{\"name\":\"get\",\"arguments\":",
                            "{\n\t\"name\" : \"get\",\n\t\"arguments\" : ",
                            "[{\"id\": 1, \"name\": \"get\", \"arguments\": ",
                            "```json\n{{\"name\": \"get\", \"arguments\": ")) {
                for (String before : List.of("", head + "{\"a\":false}}\n", "Well. ")) {
                    assertThat(takes(free, before + head + "{\"a\":true}}")).isTrue();
                    assertThat(takes(free, before + head + "{\"a\":true}]")).isFalse();
                    assertThat(takes(free, before + head + "{\"a\":1")).isFalse();
                }
            }
        }
    }

    @Test
    void whereNoneMayBeMadeNoCallCanBeWritten() {
        for (int family = 0; family < 5; family++) {
            Constraint none = start(TOOLS + ",'tool_choice':'none'", family);
            for (String key : List.of("arguments", "parameters")) {
                assertThat(takes(none, "So: {\"name\": \"get\",\n \"" + key + "\" :")).isFalse();
                assertThat(takes(none, "{\"name\":\"get_more\",\"" + key + "\":")).isFalse();
            }
            assertThat(takes(none, "{\"name\": \"other\", \"arguments\": {")).isTrue();
            assertThat(takes(none, "{\"name\": \"get\"}")).isTrue();
            assertThat(takes(none, "So: {\"arguments\": {}, \"name\": \"get\"}")).isFalse();
            assertThat(takes(none, "{\"home\": {}, \"name\": \"get it\"}")).isTrue();
        }
    }

    /** A call as clients of other APIs know it, and what is not masked is not let out. */
    @Test
    void inJsonModeNoCallIsTextHoweverItIsWritten() {
        String json = TOOLS + ",'response_format':{'type':'json_object'}";
        Constraint may = start(json, 3);
        Constraint none = start(json + ",'tool_choice':'none'", 3);
        AnswerPlan plan =
                plan(
                        dialects(Optional.empty()).get(3),
                        json + ",'tool_choice':'none'",
                        Thinking.NEVER);
        for (String head :
                List.of(
                        "{\"type\": \"function\", ",
                        "{\"function\": {",
                        "{\"type\": \"function\", \"function\": {")) {
            String end = head.endsWith("{") ? "}}}" : "}}";
            String call = head + "\"name\": \"get\", \"arguments\": {\"a\":";
            assertThat(takes(may, call + "true" + end)).isTrue();
            assertThat(takes(may, call + "1")).isFalse();
            assertThat(takes(none, call)).isFalse();
        }
        AnswerParser parser = plan.reading(AnswerPlanTest::fits).parsers().get();
        String first = "```json\n{\"arguments\": {\"a\": true}, \"name\": \"get\"}\n```";
        assertThat(parser.text(first)).isEmpty();
        assertThat(parser.end(false)).containsExactly(new AnswerPart.Text("{}"));
    }

    @Test
    void inJsonModeAnObjectThatIsACallIsACall() {
        String json = TOOLS + ",'response_format':{'type':'json_object'}";
        Constraint may = start(json, 3);
        String head = "{\"name\":\"get\",\"arguments\":";
        assertThat(takes(may, head + "{\"a\":true}}")).isTrue();
        assertThat(takes(may, head + "{\"a\":1")).isFalse();
        assertThat(takes(may, head + "[1]}")).isTrue();
        assertThat(takes(may, "{\"x\":" + head + "{\"a\":1}}}")).isTrue();
        assertThat(takes(may, "{\"name\":\"Ann\",\"arguments\":{\"a\":1}}")).isTrue();
        Constraint none = start(json + ",'tool_choice':'none'", 3);
        assertThat(takes(none, head + "{")).isFalse();
        assertThat(takes(none, "{\"name\":\"get\",\"x\":{}}")).isTrue();
        check(
                Optional.empty(),
                Thinking.NEVER,
                json,
                answer -> assertThat(answer.text.isEmpty()).isNotEqualTo(answer.calls.isEmpty()));
    }

    private static boolean takes(Constraint start, String text) {
        Constraint at = start;
        for (byte letter : text.getBytes(UTF_8)) {
            if (!at.allows(letter)) {
                return false;
            }
            at = at.after(letter);
        }
        return true;
    }

    @Test
    void aSchemaHoldsBesideToolsAndAlone() {
        for (String fields : List.of(SCHEMA, SCHEMA + TOOLS)) {
            check(
                    Optional.empty(),
                    Thinking.NEVER,
                    fields,
                    answer -> {
                        if (answer.calls.isEmpty()) {
                            checkJson(answer.text);
                        } else {
                            assertThat(answer.text).isEmpty();
                        }
                    });
        }
    }

    @Test
    void jsonMayStandInACodeFenceThatClientsDoNotSee() {
        Dialect plain = dialects(Optional.empty()).getFirst();
        String mode = ",'response_format':{'type':'json_object'}";
        for (String fields : List.of(mode, mode + TOOLS)) {
            AnswerPlan plan = plan(plain, fields, Thinking.NEVER);
            for (String open : List.of("```json\n", "```\n")) {
                String json = "{\n  \"x\": \"\\n``` `\"\n}";
                List<Integer> answer = new ArrayList<>();
                for (byte letter : (open + json + "\n```").getBytes(UTF_8)) {
                    answer.add(letter & 0xff);
                }
                Constraint at = COMPILER.compile(plan.whole(20).orElseThrow());
                for (int token : answer) {
                    assertThat(at.allows(token)).isTrue();
                    at = at.after(token);
                }
                assertThat(at.mayEnd()).isTrue();
                AnswerParser parser = plan.reading(AnswerPlanTest::fits).parsers().get();
                StringBuilder text = new StringBuilder();
                for (AnswerPart part : read(parser, answer)) {
                    text.append(((AnswerPart.Text) part).text());
                }
                assertThat(text.toString()).isEqualTo(json);
            }
            assertThat(takes(COMPILER.compile(plan.whole(20).orElseThrow()), "```js")).isTrue();
            assertThat(takes(COMPILER.compile(plan.whole(20).orElseThrow()), "```py")).isFalse();
        }
        String prefix =
                ",'response_format':{'type':'json_object'},'messages':[{'content':'hi'},"
                        + "{'role':'assistant','content':'{','prefix':true}]";
        assertThat(takes(start(prefix, 0), "```")).isFalse();
    }

    @Test
    void thoughtsStandBeforeWhateverIsPromised() {
        for (ThinkingFormat format : List.of(BRACKETS, TAGS)) {
            for (Thinking thinking : Thinking.values()) {
                check(
                        Optional.of(format),
                        thinking,
                        SCHEMA,
                        answer -> {
                            checkJson(answer.text);
                            assertThat(thinking == Thinking.NEVER && !answer.thinking.isEmpty())
                                    .isFalse();
                        });
                check(
                        Optional.of(format),
                        thinking,
                        TOOLS + ",'tool_choice':'required'",
                        answer -> assertThat(answer.calls).isNotEmpty());
                check(
                        Optional.of(format),
                        thinking,
                        "",
                        answer -> assertThat(answer.text).doesNotContain("[THINK]"));
            }
        }
    }

    @Test
    void whatPromisesNothingIsNotConstrained() {
        Dialect plain = dialects(Optional.empty()).getFirst();
        assertThat(plan(plain, "", Thinking.NEVER).whole(1)).isEmpty();
        assertThat(plan(plain, ",'tools':[]", Thinking.NEVER).whole(1)).isEmpty();
    }

    @Test
    void stopStringsEndProseOnly() {
        Dialect plain = dialects(Optional.empty()).getFirst();
        assertThat(plan(plain, ",'stop':'x'", Thinking.NEVER).reading(AnswerPlanTest::fits).stops())
                .containsExactly("x");
        assertThat(
                        plan(plain, ",'stop':'x'" + SCHEMA, Thinking.NEVER)
                                .reading(AnswerPlanTest::fits)
                                .stops())
                .isEmpty();
    }
}
