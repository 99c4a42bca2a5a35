package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tramontane.endpoint.Limits;

/**
 * The bytes of answers, as they leave the socket: {@code src/test/golden/sse} of this module. The
 * choices of an answer are compared one by one.
 *
 * <p>{@code mvn -pl server -am test -Dtest=StreamGoldenTest -Dgolden=update} writes them again.
 */
class StreamGoldenTest {
    private static final Path GOLDEN = Path.of("src/test/golden/sse");

    /** Pings would come or not come by the speed of the machine. */
    private static final Limits PATIENT =
            new Limits(1 << 20, 4 << 20, Duration.ofSeconds(20), 64, Duration.ofHours(1));

    /** A chunk of HTTP with an event, and the number of its bytes. */
    private static final Pattern EVENT = Pattern.compile("([0-9A-F]+)\r\n(data: .*\n\n)\r\n");

    private static final Pattern CHOICE = Pattern.compile("\"choices\":\\[\\{\"index\":(\\d+)");
    private static final Pattern USAGE = Pattern.compile(",\"usage\":\\{.*}(?=}\n)");

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
            assertThat(byChoice(bytes)).as(name).isEqualTo(byChoice(Files.readString(golden)));
        }
    }

    /**
     * The same text with the events of each choice together and the usage behind them. Which of two
     * choices is ahead depends on how long steps take, since that decides about drafts; the order
     * within a choice does not, and the usage comes with the last of all.
     */
    private static String byChoice(String bytes) {
        Map<Integer, StringBuilder> choices = new TreeMap<>();
        String usage = "";
        int first = bytes.length();
        int end = 0;
        Matcher events = EVENT.matcher(bytes);
        while (events.find()) {
            String event = events.group(2);
            int length = event.getBytes(StandardCharsets.UTF_8).length;
            assertThat(Integer.parseInt(events.group(1), 16)).as(event).isEqualTo(length);
            Matcher choice = CHOICE.matcher(event);
            if (choice.find()) {
                assertThat(usage).as("behind it comes %s", event).isEmpty();
                Matcher ending = USAGE.matcher(event);
                usage = ending.find() ? ending.group() : "";
                choices.computeIfAbsent(Integer.valueOf(choice.group(1)), _ -> new StringBuilder())
                        .append(ending.replaceFirst(""));
                first = Math.min(first, events.start());
                end = events.end();
            }
        }
        return bytes.substring(0, first)
                + String.join("", choices.values())
                + usage
                + bytes.substring(end);
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
