package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.api.JsonBody;
import tramontane.upstream.UpstreamKind;

/** Logprobs in the forms of other engines, and answers that lack them. */
class UpstreamLogprobsTest {
    private static final String WANTED = ",'logprobs':true,'top_logprobs':2";

    /** Three tokens, as the usage of {@link FaultyUpstream.Connection#end} says. */
    private static final String[] IN_FORM_OF_OPENAI = {
        chunk("one", "'logprobs':{'content':[" + token("one", "-0.5", "", "") + "]}"),
        chunk(
                " two",
                "'logprobs':{'content':["
                        + token(" tw", "-0.25", ",'bytes':[32,116,119]", ",'bytes':null")
                        + ","
                        + token("o", "-1.0E-4", "", "")
                        + "]}")
    };

    private static String chunk(String text, String more) {
        return "{'choices':[{'index':0,'delta':{'content':'"
                + text
                + "'},'finish_reason':null,"
                + more
                + "}]}";
    }

    /** A token whose own entry follows a more likely one, and another after both. */
    private static String token(String text, String logprob, String more, String moreOfOthers) {
        String entry = "{'token':'" + text + "','logprob':" + logprob;
        return entry
                + more
                + ",'top_logprobs':["
                + entry
                + moreOfOthers
                + "},{'token':'best','logprob':-1.5E-5"
                + moreOfOthers
                + "},{'token':'last','logprob':-9}]}";
    }

    private static FaultyUpstream.Behaviour sending(String... chunks) {
        return connection -> {
            connection.stream();
            for (String chunk : chunks) {
                connection.data(chunk);
            }
            connection.end("stop");
        };
    }

    private static HttpResponse<String> ask(
            UpstreamKind kind, String fields, FaultyUpstream.Behaviour behaviour, String... sent)
            throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(behaviour);
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny", kind, UpstreamFaultTest.PATIENT, upstream.uri()))) {
            HttpResponse<String> answer = gateway.complete(UpstreamFaultTest.ASK.formatted(fields));
            for (String part : sent) {
                assertThat(upstream.requests.getFirst()).contains(part);
            }
            return answer;
        }
    }

    private static JsonNode whole(UpstreamKind kind, String... chunks) throws Exception {
        HttpResponse<String> answer = ask(kind, WANTED, sending(chunks));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return ServerUnderTest.json(answer).path("choices").path(0).path("logprobs");
    }

    @Test
    void theFormOfOpenAiIsTranslated() throws Exception {
        String best = "{'token':'best','logprob':-1.5E-5,'bytes':[98,101,115,116],'token_id':-1}";
        String[] own = {
            "'token':'one','logprob':-0.5,'bytes':[111,110,101],'token_id':-1",
            "'token':' tw','logprob':-0.25,'bytes':[32,116,119],'token_id':-1",
            "'token':'o','logprob':-1.0E-4,'bytes':[111],'token_id':-1"
        };
        StringBuilder expected = new StringBuilder();
        for (String each : own) {
            expected.append(expected.isEmpty() ? "{'content':[" : ",")
                    .append("{%s,'top_logprobs':[%s,{%s}]}".formatted(each, best, each));
        }
        assertThat(whole(UpstreamKind.OPENAI, IN_FORM_OF_OPENAI))
                .isEqualTo(
                        JsonBody.parse(
                                (expected + "]}")
                                        .replace('\'', '"')
                                        .getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void streamedTokensComeWithTheirTexts() throws Exception {
        HttpResponse<String> answer =
                ask(UpstreamKind.SGLANG, WANTED + ",'stream':true", sending(IN_FORM_OF_OPENAI));
        String[] events = answer.body().split("data: ", -1);
        assertThat(events[2]).contains("\"content\":\"one\"", "\"token\":\"one\"");
        assertThat(events[3])
                .contains("\"content\":\" two\"", "\"token\":\" tw\"", "\"token\":\"o\"");
        assertThat(answer.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void idsAreTakenFromWhereEnginesHaveThem() throws Exception {
        String three = token("a", "-1", ",'id':7", ",'id':8");
        String content = "'logprobs':{'content':[" + three + "," + three + "," + three + "]}";
        JsonNode llama = whole(UpstreamKind.LLAMA_SERVER, chunk("aaa", content));
        assertThat(llama.at("/content/2/token_id").intValue()).isEqualTo(7);
        assertThat(llama.at("/content/2/top_logprobs/0/token_id").intValue()).isEqualTo(8);
        String unnamed = content.replace(",'id':7", "").replace(",'id':8", "");
        JsonNode vllm = whole(UpstreamKind.VLLM, chunk("aaa", unnamed + ",'token_ids':[11,12,13]"));
        assertThat(vllm.at("/content/2/token_id").intValue()).isEqualTo(13);
    }

    @Test
    void eachEngineIsAskedInItsForm() throws Exception {
        ask(
                UpstreamKind.VLLM,
                WANTED,
                sending(IN_FORM_OF_OPENAI),
                "\"logprobs\":true,\"top_logprobs\":3,\"return_token_ids\":true");
        ask(
                UpstreamKind.VLLM,
                ",'logprobs':true,'top_logprobs':20",
                sending(IN_FORM_OF_OPENAI),
                "\"top_logprobs\":20");
        // One alternative is asked of llama-server where the client wants none, and left out.
        HttpResponse<String> none =
                ask(
                        UpstreamKind.LLAMA_SERVER,
                        ",'logprobs':true",
                        sending(IN_FORM_OF_OPENAI),
                        "\"logprobs\":true,\"top_logprobs\":1");
        assertThat(none.body()).contains("\"top_logprobs\":[]").doesNotContain("best");
    }

    @Test
    void anAnswerThatLacksThemIsAnError() throws Exception {
        fails("it sent logprobs of 0 tokens, but wrote 3", chunk("one", "'logprobs':null"));
        fails("it sent logprobs of 1 tokens, but wrote 3", IN_FORM_OF_OPENAI[0]);
        String bare = "{'token':'a','logprob':-1}";
        fails(
                "it sent no top_logprobs",
                chunk("aaa", "'logprobs':{'content':[" + bare + "," + bare + "," + bare + "]}"));
        fails(
                "it sent logprobs that cannot be read",
                chunk("a", "'logprobs':{'content':[{'token':'a','logprob':null}]}"));
        fails(
                "it sent logprobs that cannot be read",
                chunk(
                        "a",
                        "'logprobs':{'content':[" + token("a", "-1", ",'bytes':[256]", "") + "]}"));
    }

    private static void fails(String reason, String... chunks) throws Exception {
        HttpResponse<String> answer = ask(UpstreamKind.VLLM, WANTED, sending(chunks));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(502);
        assertThat(answer.body()).contains(reason);
    }

    @Test
    void tokensOfCallsMayBeMissing() throws Exception {
        String call =
                "{'choices':[{'index':0,'delta':{'tool_calls':[{'id':'x','index':0,'function':"
                        + "{'name':'f','arguments':'{}'}}]},'finish_reason':null}]}";
        HttpResponse<String> answer =
                ask(
                        UpstreamKind.OPENAI,
                        WANTED
                                + ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]",
                        sending(call));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
