package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Tools, their choice, and the form of answers. Fields here are written with single quotes. */
class ToolFieldsTest {
    private static final String TOOLS =
            "'tools':[{'type':'function','function':{'name':'get','description':'d','strict':true,"
                    + "'parameters':{'type':'object','properties':{'a':{'type':'integer'}}}}},"
                    + "{'function':{'name':'put','parameters':{}}}]";

    private static ChatCompletionRequest parse(String fields) throws ApiException {
        String json = "{'model':'m','messages':[{'content':'hi'}]," + fields + "}";
        return ChatCompletionRequest.parse(
                JsonBody.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                FieldSet.MISTRAL);
    }

    private static List<String> faults(String fields) {
        try {
            parse(fields);
            return List.of();
        } catch (ApiException e) {
            List<String> faults = new ArrayList<>();
            for (JsonNode detail : e.body().path("detail")) {
                List<String> steps = new ArrayList<>();
                detail.get("loc").forEach(step -> steps.add(step.asString()));
                String pointer = detail.path("ctx").path("pointer").asString("");
                faults.add(
                        detail.get("type").stringValue()
                                + " "
                                + String.join(".", steps)
                                + (pointer.isEmpty() ? "" : " " + pointer));
            }
            return faults;
        }
    }

    private static void check(String fields, String... expected) {
        assertThat(faults(fields)).as(fields).containsExactly(expected);
    }

    /** Choice, what is shown, what may be called, and whether several times. */
    private static String use(String fields) throws ApiException {
        ToolUse use = parse(TOOLS + fields).prompting().tools();
        return use.choice()
                + " "
                + use.tools().stream().map(tool -> tool.name()).toList()
                + " "
                + use.callable().stream().map(offer -> offer.tool().name()).toList()
                + (use.parallel() ? " parallel" : "")
                + (use.mayCall() ? " may" : "");
    }

    @Test
    void everyChoiceSaysWhatMayBeCalled() throws ApiException {
        assertThat(use("")).isEqualTo("AUTO [get, put] [get, put] parallel may");
        assertThat(use(",'tool_choice':'auto','parallel_tool_calls':false"))
                .isEqualTo("AUTO [get, put] [get, put] may");
        assertThat(use(",'tool_choice':'none'")).isEqualTo("NONE [] [get, put] parallel");
        assertThat(use(",'tool_choice':'any'"))
                .isEqualTo("CALL [get, put] [get, put] parallel may");
        assertThat(use(",'tool_choice':'required'"))
                .isEqualTo("CALL [get, put] [get, put] parallel may");
        assertThat(use(",'tool_choice':{'type':'function','function':{'name':'put'}}"))
                .isEqualTo("CALL [get, put] [put] may");
        assertThat(parse("'tools':[],'tool_choice':'none'").prompting().tools().mayCall())
                .isFalse();
    }

    @Test
    void aChoiceNeedsItsTools() {
        check("'tool_choice':'any'", "value_error body.tool_choice");
        check("'tools':[],'tool_choice':'required'", "value_error body.tool_choice");
        check("'tool_choice':'maybe'", "enum body.tool_choice");
        check(
                TOOLS + ",'tool_choice':{'function':{'name':'other'}}",
                "value_error body.tool_choice.function.name");
        check(
                TOOLS + ",'tool_choice':{'function':{'nam':'get'}}",
                "missing body.tool_choice.function.name",
                "extra_forbidden body.tool_choice.function.nam");
        check(
                TOOLS + ",'tool_choice':{'type':'web_search','function':{'name':'get'}}",
                "enum body.tool_choice.type");
    }

    @Test
    void aToolThatIsRefusedIsNoFaultOfItsChoice() {
        String refused =
                "'tools':[{'function':{'name':'f','parameters':{'minProperties':2,'maxProperties':1}}}]";
        for (String choice : List.of("'any'", "{'function':{'name':'f'}}")) {
            check(
                    refused + ",'tool_choice':" + choice,
                    "schema_not_enforceable body.tools.0.function.parameters");
        }
        check("'tools':7,'tool_choice':'any'", "list_type body.tools");
    }

    @Test
    void namesAreShortPlainAndDifferent() {
        for (String name : List.of("", "a b", "\u00e9", "x".repeat(65))) {
            assertThat(faults("'tools':[{'function':{'name':'" + name + "','parameters':{}}}]"))
                    .as(name)
                    .hasSize(1);
        }
        check(
                "'tools':[{'function':{'name':'f','parameters':{}}},{'function':{'name':'f','parameters':{}}}]",
                "value_error body.tools.1");
    }

    @Test
    void everySchemaThatCannotBeEnforcedIsNamedInOneRefusal() {
        String bad = "{'type':'object','properties':{'a':{'pattern':'('},'b':{'type':'strin'}}}";
        for (String strict : List.of("true", "false")) {
            check(
                    "'tools':[{'function':{'name':'f','parameters':"
                            + bad
                            + ",'strict':"
                            + strict
                            + "}}],'response_format':{'type':'json_schema','json_schema':{'name':'s','strict':"
                            + strict
                            + ",'schema':"
                            + bad
                            + "}}",
                    "schema_not_enforceable body.tools.0.function.parameters /properties/a/pattern",
                    "schema_not_enforceable body.tools.0.function.parameters /properties/b/type",
                    "schema_not_enforceable body.response_format.json_schema.schema /properties/a/pattern",
                    "schema_not_enforceable body.response_format.json_schema.schema /properties/b/type");
        }
        check(
                "'tools':[{'function':{'name':'f','parameters':{'type':'string'}}}]",
                "value_error body.tools.0.function.parameters.type");
    }

    @Test
    void parametersThatReferElsewhereAreAnObjectThereToo() {
        String old =
                "'tools':[{'function':{'name':'f','parameters':{'$schema':'http://json-schema.org/draft-07/schema#',"
                        + "'$ref':'#/definitions/p','definitions':{'p':%s}}}}]";
        check(old.formatted("{'properties':{'a':{'type':'integer'}}}"));
        check(
                old.formatted("{'type':'string'}"),
                "schema_not_enforceable body.tools.0.function.parameters");
        check(
                old.formatted("{'pattern':'('}"),
                "schema_not_enforceable body.tools.0.function.parameters /definitions/p/pattern");
    }

    @Test
    void numbersBeyondADoubleAreRefused() {
        check(
                "'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'items':[{'const':1e400}]}}}",
                "finite_number body.response_format.json_schema.schema");
        check(
                "'tools':[{'function':{'name':'f','parameters':{'properties':{'a':{'minimum':-1e999}}}}}]",
                "finite_number body.tools.0.function.parameters");
    }

    @Test
    void formatsOfAnswersAreRead() throws ApiException {
        String schema = "'json_schema':{'name':'s','schema':{'type':'array'},'description':null}";
        assertThat(parse("'response_format':{}").prompting().schema()).isEmpty();
        assertThat(parse("'response_format':{'type':'text'}").prompting().schema()).isEmpty();
        assertThat(
                        parse("'response_format':{'type':'json_object'}")
                                .prompting()
                                .schema()
                                .orElseThrow()
                                .shown())
                .isEmpty();
        assertThat(
                        parse("'response_format':{'type':'json_schema'," + schema + "}")
                                .prompting()
                                .schema()
                                .orElseThrow()
                                .shown())
                .isPresent();
        check(
                "'response_format':{'type':'json_schema'}",
                "missing body.response_format.json_schema");
        check(
                "'response_format':{'type':'text'," + schema + "}",
                "value_error body.response_format.json_schema");
        check("'response_format':{'type':'yaml'}", "enum body.response_format.type");
    }
}
