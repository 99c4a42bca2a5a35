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
            ServerUnderTest.write(
                    socket,
                    ServerUnderTest.request(body)
                            .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            // Only the date is real, for it is Jetty's.
            String bytes =
                    ServerUnderTest.readToEnd(socket).replaceFirst("Date: [^\r]*", "Date: (now)");
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
}
