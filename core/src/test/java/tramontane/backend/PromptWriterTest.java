package tramontane.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.backend.AnswerPlan.Thinking;
import tramontane.chat.ChatTemplate;
import tramontane.chat.dialect.Dialect;
import tramontane.token.SpecialTokens;
import tramontane.token.Tokenizer;
import tramontane.token.Vocabulary;

/** What models of several dialects read; templates and requests are written with single quotes. */
class PromptWriterTest {
    private static final Tokenizer BYTES = bytes();

    private static final String PLAIN =
            "{% for m in messages %}({{ m.role }}:{{ m.content }}){% endfor %}";

    private static final String MISTRAL =
            "{% if tools %}[TOOLS]{{ tools | tojson }}{% endif %}{% for m in messages %}"
                    + "{% if m.tool_calls %}{% for c in m.tool_calls %}{% if c.id | length != 9 %}"
                    + "{{ raise_exception('nine, please') }}{% endif %}[TOOL_CALLS]{{ c.function.name }}"
                    + "[ARGS]{{ c.function.arguments | tojson }}{% endfor %}"
                    + "{% elif m.role == 'tool' %}[RESULT {{ m.tool_call_id }} {{ m.name }}]{{ m.content }}"
                    + "{% else %}({{ m.role }}:{{ m.content }}){% endif %}{% endfor %}";

    private static final String QWEN =
            PLAIN
                    + "A:{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}";

    private static final String OPENED = PLAIN + "A:<think>\n{# until </think> #}";

    private static final String CHUNKS =
            "{% for m in messages %}({{ m.role }}:{% if m.content is string %}{{ m.content }}{% else %}"
                    + "{% for b in m.content %}{% if b['type'] == 'thinking' %}[THINK]{{ b['thinking'] }}[/THINK]"
                    + "{% else %}{{ b['text'] }}{% endif %}{% endfor %}{% endif %}){% endfor %}";

    private static final String TOOL =
            ",'tools':[{'function':{'name':'get','description':'Gets','parameters':{'type':'object','properties':{}}}}]";

    private static Tokenizer bytes() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        int[] types = new int[256];
        Arrays.fill(types, 6);
        SpecialTokens special = new SpecialTokens(Map.of(), false, false, false);
        return Tokenizer.from(
                new Vocabulary(
                        "llama", "default", tokens, new float[256], types, List.of(), special));
    }

    private static PromptWriter writer(String template) {
        ChatTemplate compiled = ChatTemplate.compile(template);
        return new PromptWriter(
                compiled, Dialect.of(template, compiled, BYTES), BYTES, () -> Instant.EPOCH);
    }

    private static ChatCompletionRequest request(String messages, String fields)
            throws ApiException {
        String json = "{'model':'m','messages':[" + messages + "]" + fields + "}";
        return ChatCompletionRequest.parse(
                JsonBody.parse(json.replace('\'', '"').getBytes(UTF_8)), FieldSet.MISTRAL);
    }

    private static PromptWriter.Prompt write(String template, String messages, String fields)
            throws ApiException {
        return writer(template).write(request(messages, fields));
    }

    private static String prompt(String template, String messages, String fields)
            throws ApiException {
        int[] tokens = write(template, messages, fields).tokens();
        byte[] text = new byte[tokens.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) tokens[i];
        }
        // This kind of vocabulary has a letter of its own for a space.
        return new String(text, UTF_8).replace('▁', ' ');
    }

    private static final String HI = "{'content':'Hi'}";

    @Test
    void toolsStandWhereTheTemplatePutsThemOrInTheSystemMessage() throws ApiException {
        assertThat(prompt(MISTRAL, HI, TOOL))
                .startsWith("[TOOLS][{\"type\": \"function\", \"function\": {\"name\": \"get\"")
                .endsWith("(user:Hi)");
        assertThat(prompt(PLAIN, HI, TOOL))
                .startsWith("(system:You can call")
                .contains("\"name\": \"get\"")
                .endsWith("(user:Hi)");
    }

    @Test
    void aModelThatMustNotCallIsShownNoTools() throws ApiException {
        for (String template : List.of(MISTRAL, PLAIN)) {
            assertThat(prompt(template, HI, TOOL + ",'tool_choice':'none'")).isEqualTo("(user:Hi)");
        }
    }

    @Test
    void callsAndResultsOfEarlierTurnsAreRendered() throws ApiException {
        String turns =
                HI
                        + ",{'role':'assistant','tool_calls':[{'id':'chatcmpl-tool-7','function':{'name':'get','arguments':'{\\'a\\': 1}'}},"
                        + "{'id':'abcdef012','function':{'name':'put','arguments':{'b':2}}}]},"
                        + "{'role':'tool','tool_call_id':'abcdef012','content':'two'},"
                        + "{'role':'tool','tool_call_id':'chatcmpl-tool-7','content':'one'}";
        assertThat(prompt(MISTRAL, turns, ""))
                .isEqualTo(
                        "(user:Hi)[TOOL_CALLS]get[ARGS]{\"a\": 1}[TOOL_CALLS]put[ARGS]{\"b\": 2}"
                                + "[RESULT abcdef012 put]two[RESULT call00001 get]one");
        assertThat(prompt(PLAIN, turns, ""))
                .isEqualTo(
                        "(user:Hi)(assistant:<tool_call>\n{\"name\": \"get\", \"arguments\": {\"a\": 1}}\n</tool_call>\n"
                                + "<tool_call>\n{\"name\": \"put\", \"arguments\": {\"b\": 2}}\n</tool_call>)"
                                + "(user:<tool_response name=\"put\">\ntwo\n</tool_response>\n"
                                + "<tool_response name=\"get\">\none\n</tool_response>)");
    }

    @Test
    void aSchemaIsShownToTheModelAndJsonModeIsNot() throws ApiException {
        String schema =
                ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'type':'array'}}}";
        assertThat(prompt(PLAIN, HI, schema))
                .startsWith("(system:Answer with a JSON value only")
                .contains("{\"type\": \"array\"}\nDo not repeat the schema.)")
                .endsWith("(user:Hi)");
        assertThat(prompt(PLAIN, "{'role':'system','content':'Be kind.'}," + HI, schema))
                .startsWith("(system:Be kind.\n\nAnswer with a JSON value only");
        assertThat(prompt(PLAIN, HI, ",'response_format':{'type':'json_object'}"))
                .isEqualTo("(user:Hi)");
        // A model with a reasoning prompt of its own keeps it.
        assertThat(prompt(PLAIN + "{# [THINK] [/THINK] #}", HI, schema))
                .startsWith("(user:Answer with a JSON value only")
                .endsWith("\n\nHi)");
    }

    @Test
    void thinkingFollowsTheRequest() throws ApiException {
        check(QWEN, "", "A:", Thinking.OPTIONAL);
        check(QWEN, ",'reasoning_effort':'low'", "A:", Thinking.ALWAYS);
        check(QWEN, ",'prompt_mode':'reasoning'", "A:", Thinking.ALWAYS);
        check(QWEN, ",'reasoning_effort':'none'", "A:<think>\n\n</think>\n\n", Thinking.NEVER);
        check(QWEN, ",'prompt_mode':null", "A:<think>\n\n</think>\n\n", Thinking.NEVER);
        check(OPENED, "", "A:<think>\n", Thinking.STARTED);
        check(OPENED, ",'reasoning_effort':'none'", "A:<think>\n\n</think>\n\n", Thinking.NEVER);
    }

    private static void check(String template, String fields, String end, Thinking thinking)
            throws ApiException {
        assertThat(prompt(template, HI, fields)).isEqualTo("(user:Hi)" + end);
        assertThat(write(template, HI, fields).thinking()).isEqualTo(thinking);
    }

    @Test
    void aPrefixIsTheCallersToTheLetterWhateverItEndsWith() throws ApiException {
        String begun = HI + ",{'role':'assistant','content':'Use <think>','prefix':true}";
        assertThat(prompt(OPENED, begun, "")).endsWith("Use <think>");
        assertThat(write(OPENED, begun, "").thinking()).isEqualTo(Thinking.NEVER);
    }

    @Test
    void aPrefixOfThoughtsIsFollowedByTheAnswer() throws ApiException {
        String thought =
                HI
                        + ",{'role':'assistant','content':[{'type':'thinking','thinking':[{'type':'text','text':'Hm'}]}],'prefix':true}";
        assertThat(prompt(CHUNKS, thought, "")).isEqualTo("(user:Hi)(assistant:[THINK]Hm[/THINK]");
        assertThat(write(CHUNKS, thought, "").thinking()).isEqualTo(Thinking.NEVER);
    }

    @Test
    void thinkingInASystemMessageStaysWhateverIsAddedToIt() throws ApiException {
        String system =
                "{'role':'system','content':[{'type':'text','text':'First'},"
                        + "{'type':'thinking','thinking':[{'type':'text','text':'Hm'}]},{'type':'text','text':'then.'}]},"
                        + HI;
        String schema =
                ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'type':'array'}}}";
        assertThat(prompt(CHUNKS, system, ",'safe_prompt':true" + schema + TOOL))
                .startsWith("(system:Always assist")
                .contains("\n\nFirst[THINK]Hm[/THINK]then.\n\nAnswer with a JSON value only")
                .contains("You can call")
                .endsWith(")(user:Hi)");
        assertThatThrownBy(() -> prompt(PLAIN, system, ""))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("no place for thinking chunks");
    }

    @Test
    void turnsThatATemplateRefusesAreJoined() throws ApiException {
        String strict =
                "{% for m in messages %}{% if loop.previtem is defined and loop.previtem.role == m.role"
                        + " or m.role == 'system' and not loop.first %}{{ raise_exception('alternate') }}{% endif %}"
                        + "({{ m.role }}:{{ m.content }}){% endfor %}";
        String turns =
                HI
                        + ",{'role':'user','content':'Ho'},{'role':'assistant','content':'A'},"
                        + "{'role':'assistant','content':'B'},{'role':'user','content':'Go'},{'role':'system','content':'S'},"
                        + "{'role':'user','content':'on'}";
        assertThat(prompt(strict, turns, ""))
                .isEqualTo("(system:S)(user:Hi\n\nHo)(assistant:A\n\nB)(user:Go\n\non)");
        assertThat(prompt(PLAIN, turns, "")).startsWith("(user:Hi)(user:Ho)(assistant:A)");
        assertThatThrownBy(() -> prompt("{{ raise_exception('never') }}", turns, ""))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("never");
    }

    private static final String CALLED =
            HI
                    + ",{'role':'assistant','content':'','tool_calls':[{'id':'abcdef012','function':{'name':'%s','arguments':{'a':1,'b':'x'}}}]},"
                    + "{'role':'tool','tool_call_id':'abcdef012','content':'r'}";

    /** The template decides, not the words of the conversation: "user" is in every prompt. */
    @Test
    void aCallIsMissedAlsoWhereItsToolHasACommonName() throws ApiException {
        String blind =
                "{% for m in messages %}({{ m.role }}:{{ m.content }}){% endfor %}"
                        + "{% if tools %}{{ tools|tojson }}{% for m in messages %}{% for c in m.tool_calls %}<tool_call>"
                        + "{\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments|tojson }}}"
                        + "</tool_call>{% endfor %}{% endfor %}{% endif %}";
        for (String name : List.of("user", "Hi", "e", "r")) {
            assertThatThrownBy(() -> prompt(blind, CALLED.formatted(name), ""))
                    .as(name)
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("no place for tool calls");
        }
        assertThat(prompt(blind, CALLED.formatted("user"), TOOL)).contains("{\"name\": \"user\"");
    }

    @Test
    void aModelThatMustNotCallReadsOfEarlierCallsInPlainWords() throws ApiException {
        for (String template : List.of(MISTRAL, PLAIN)) {
            assertThat(
                            prompt(
                                    template,
                                    CALLED.formatted("get") + ",{'content':'So?'}",
                                    TOOL + ",'tool_choice':'none'"))
                    .isEqualTo(
                            "(user:Hi)(assistant:I called get with a: 1, b: x.)(user:Result of get: r\nSo?)");
        }
        assertThat(prompt(MISTRAL, CALLED.formatted("get"), TOOL)).contains("[TOOL_CALLS]get");
    }

    @Test
    void aSystemMessageBehindAnAnswerIsReadWhereItStands() throws ApiException {
        String late =
                HI
                        + ",{'role':'assistant','content':'Ho'},{'role':'system','content':'In capitals.'}";
        assertThat(prompt(PLAIN, late, ""))
                .isEqualTo("(user:Hi)(assistant:Ho)(system:In capitals.)");
        String strict =
                "{% for m in messages %}{% if m.role == 'system' and not loop.first %}"
                        + "{{ raise_exception('system comes first') }}{% endif %}({{ m.role }}:{{ m.content }}){% endfor %}";
        String deaf =
                "{% for m in messages %}{% if m.role != 'system' or loop.first %}({{ m.role }}:{{ m.content }}){% endif %}{% endfor %}";
        for (String template : List.of(strict, deaf)) {
            assertThat(prompt(template, late, ""))
                    .isEqualTo("(user:Hi)(assistant:Ho)(user:In capitals.)");
            assertThat(prompt(template, late + ",{'content':'And you?'}", ""))
                    .isEqualTo("(user:Hi)(assistant:Ho)(user:In capitals.\n\nAnd you?)");
        }
    }

    /** Were each message joined to all before it, this would take an hour. */
    @Test
    void thousandsOfMessagesAreWrittenInOnePass() throws ApiException {
        String call =
                ",{'role':'assistant','tool_calls':[{'id':'abcdef012','function':{'name':'get','arguments':{}}}]}"
                        + ",{'role':'tool','content':'"
                        + "r".repeat(1000)
                        + "','tool_call_id':'abcdef012','name':'get'}";
        String late = ",{'role':'system','content':'" + "s".repeat(1000) + "'}";
        String said = ",{'role':'user','content':'" + "u".repeat(1000) + "'}";
        for (String more :
                List.of(
                        call.repeat(8000),
                        said.repeat(16_000),
                        call + late.repeat(16_000) + said)) {
            for (String fields : List.of("", TOOL, TOOL + ",'tool_choice':'none'")) {
                assertThat(writer(PLAIN).write(request(HI + more, fields), 100).tokens().length)
                        .isGreaterThan(100);
            }
        }
    }

    @Test
    void toolsAndSchemaAreCountedApart() throws ApiException {
        String schema =
                ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'type':'array'}}}";
        for (String fields : List.of("", TOOL, schema, TOOL + schema)) {
            PromptWriter writer = writer(PLAIN);
            PromptWriter.Additions additions = writer.additions(request(HI, fields));
            int all = writer.write(request(HI, fields)).tokens().length;
            int bare = writer.write(request(HI, "")).tokens().length;
            assertThat(additions.tools() > 0).isEqualTo(fields.contains("tools"));
            assertThat(additions.schema() > 0).isEqualTo(fields.contains("schema"));
            // Both share one system message, and so its brackets.
            assertThat(bare + additions.tools() + additions.schema() - all).isBetween(0, 12);
        }
    }

    @Test
    void callsThatATemplatePassesOverAreRefused() {
        String blind =
                MISTRAL.replace("{{ c.function.name }}", "{{ c.function.name if tools else '' }}")
                        .replace("{{ m.name }}", "");
        String turns =
                HI
                        + ",{'role':'assistant','tool_calls':[{'id':'abcdef012','function':{'name':'get','arguments':{}}}]},"
                        + "{'role':'tool','tool_call_id':'abcdef012','content':'r'}";
        assertThatThrownBy(() -> prompt(blind, turns, ""))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("no place for tool calls");
    }
}
