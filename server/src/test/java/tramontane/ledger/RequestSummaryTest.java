package tramontane.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class RequestSummaryTest {
    private static void check(String json, String parameters) {
        RequestSummary summary =
                RequestSummary.of(JsonMapper.shared().readTree(json.replace('\'', '"')));
        assertThat(summary.parameters()).contains(parameters.replace('\'', '"'));
    }

    @Test
    void parametersAreKeptAndContentIsNot() {
        check("{}", "{}");
        check(
                "{'model': 'm', 'temperature': 0.5, 'n': 2, 'safe_prompt': true, 'stream': true}",
                "{'temperature':0.5,'n':2,'safe_prompt':true}");
        check(
                "{'messages': [{'role': 'user', 'content': 'SECRET'}], 'stop': ['SECRET', 'b'],"
                        + " 'tools': [{'function': {'name': 'SECRET'}}]}",
                "{'messages':1,'tools':1,'stop':2}");
        check(
                "{'response_format': {'type': 'json_schema', 'json_schema': {'schema': {'SECRET': 1}}},"
                        + " 'tool_choice': {'function': {'name': 'SECRET'}}, 'stop': 'SECRET'}",
                "{'tool_choice':'function','response_format':'json_schema','stop':1}");
    }

    @Test
    void imagesAreCounted() {
        images("{}", 0);
        images("{'messages': 'SECRET'}", 0);
        images("{'messages': [{'role': 'user', 'content': 'SECRET'}]}", 0);
        images(
                "{'messages': [{'content': [{'type': 'text', 'text': 'a'}, {'type': 'image_url', 'image_url': 'b'}]},"
                        + " 7, {'content': [{'image_url': {'url': 'c'}}, 'd']}]}",
                2);
        assertThat(RequestSummary.UNKNOWN.hasImages()).isFalse();
    }

    private static void images(String json, int images) {
        RequestSummary summary =
                RequestSummary.of(JsonMapper.shared().readTree(json.replace('\'', '"')));
        assertThat(summary.images()).contains(images);
        assertThat(summary.hasImages()).isEqualTo(images > 0);
    }

    @Test
    void textInTheWrongPlaceIsNotKept() {
        check(
                "{'temperature': 'SECRET', 'reasoning_effort': 'SECRET', 'prompt_mode': 'reasoning',"
                        + " 'SECRET': 1, 'metadata': {'a': 'SECRET'}, 'prompt': 'SECRET'}",
                "{'prompt_mode':'reasoning'}");
        check("{'max_tokens': 1" + "0".repeat(100) + "}", "{}");
        assertThat(RequestSummary.of(JsonMapper.shared().readTree("[1]")))
                .isEqualTo(RequestSummary.UNKNOWN);
    }
}
