package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import tramontane.endpoint.Limits;

/**
 * The bytes of answers, as they leave the socket: {@code src/test/golden/sse} of this module.
 *
 * <p>{@code mvn -pl server -am test -Dtest=StreamGoldenTest -Dgolden=update} writes them again.
 */
class StreamGoldenTest {
    private static final Path GOLDEN = Path.of("src/test/golden/sse");

    /** Pings would come or not come by the speed of the machine. */
    private static final Limits PATIENT =
            new Limits(1 << 20, 4 << 20, Duration.ofSeconds(20), 64, Duration.ofHours(1));

    private static void check(String name, String body) throws IOException, InterruptedException {
        // Each answer from a fresh server, so that its ids do not depend on which test ran before.
        try (ServerUnderTest server = ServerUnderTest.start(PATIENT, HttpListener.Bounds.DEFAULT)) {
            check(server, name, body);
        }
    }

    private static void check(ServerUnderTest server, String name, String body)
            throws IOException, InterruptedException {
        try (Socket socket = server.connect()) {
            RawHttp.write(
                    socket,
                    RawHttp.request(body).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            // Only the date is real, for it is Jetty's.
            String bytes = RawHttp.readToEnd(socket).replaceFirst("Date: [^\r]*", "Date: (now)");
            Path golden = GOLDEN.resolve(name + ".http");
            if ("update".equals(System.getProperty("golden"))) {
                Files.writeString(golden, bytes);
            }
            assertThat(bytes).as(name).isEqualTo(Files.readString(golden));
        }
    }

    @Test
    void answersLeaveTheSocketByteForByteAsBefore() throws IOException, InterruptedException {
        String ask =
                "{'model':'mistral-small-latest','temperature':0,'max_tokens':6,'messages':[{'content':'one two'}]";
        check("whole", ask + "}");
        check("stream", ask + ",'stream':true}");
        check("stream-two-choices", ask + ",'n':2,'stream':true}");
        check(
                "stream-of-nothing",
                ask.replace("'max_tokens':6", "'max_tokens':0") + ",'stream':true}");
        check("invalid", ask + ",'top_p':2,'stop':[1],'seed':3}");
        check("unknown-model", ask.replace("mistral-small-latest", "nobody") + "}");
    }

    @Test
    void callsAndThoughtsLeaveTheSocketByteForByteAsBefore()
            throws IOException, InterruptedException {
        String ask =
                "{'model':'tiny','temperature':0,'max_tokens':60,'messages':[{'content':'one two'}]";
        String empty = "{'type':'object','properties':{},'additionalProperties':false}";
        String call =
                ",'tools':[{'function':{'name':'now','parameters':"
                        + empty
                        + "}}],'tool_choice':{'type':'function','function':{'name':'now'}}";
        check("call", ask + call + "}");
        check("stream-call", ask + call + ",'stream':true}");
        check("stream-two-calls", ask + call + ",'n':2,'stream':true}");
        check(
                "schema-refused",
                ask
                        + ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':"
                        + "{'properties':{'a':{'pattern':'('},'b':{'type':'strin'}}}}}}");
        String thinker = "{{ messages[-1].content }}<think>\n{# thoughts end with </think> #}";
        String brief = ask.replace("'max_tokens':60", "'max_tokens':8");
        for (String stream : new String[] {"", ",'stream':true"}) {
            try (ServerUnderTest server = ServerUnderTest.withTemplate(thinker, PATIENT)) {
                check(
                        server,
                        (stream.isEmpty() ? "" : "stream-") + "thoughts",
                        brief + stream + "}");
            }
        }
    }

    /** Where OpenAI's fields are accepted, the answer has their form. */
    @Test
    void answersToOpenAisFieldsLeaveTheSocketByteForByteAsBefore()
            throws IOException, InterruptedException {
        String ask =
                "{'model':'tiny','temperature':0,'seed':1,'max_completion_tokens':6,'messages':[{'role':'developer','content':'one'},{'role':'user','content':'two'}]";
        String usage = ",'stream':true,'stream_options':{'include_usage':%s}}";
        String call =
                ",'stream':true,'tools':[{'type':'function','function':{'name':'now'}}],'tool_choice':'required'}";
        for (String[] row :
                new String[][] {
                    {"openai-stream-call", ask.replace("6", "60") + call},
                    {"openai-whole", ask + "}"},
                    {"openai-stream", ask + ",'stream':true}"},
                    {"openai-stream-usage", ask + ",'n':2" + usage.formatted("true")},
                    {"openai-stream-no-usage", ask + usage.formatted("false")},
                    {"openai-refused", ask + ",'logit_bias':{'5':1}}"}
                }) {
            try (ServerUnderTest server = ServerUnderTest.openAi(PATIENT)) {
                check(server, row[0], row[1]);
            }
        }
        String thinker = "{{ messages[-1].content }}<think>\n{# thoughts end with </think> #}";
        String brief =
                "{'model':'tiny','temperature':0,'max_tokens':8,'messages':[{'content':'one two'}]";
        for (String stream : new String[] {"", ",'stream':true"}) {
            try (ServerUnderTest server = ServerUnderTest.openAiWithTemplate(thinker, PATIENT)) {
                check(
                        server,
                        (stream.isEmpty() ? "openai-" : "openai-stream-") + "thoughts",
                        brief + stream + "}");
            }
        }
    }
}
