package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.upstream.UpstreamKind;

/** Requests go to the server that has the beginning of their prompt in its cache. */
class UpstreamAffinityTest {
    private static final int CONVERSATIONS = 12;
    private static final int TURNS = 5;

    /** A conversation that grows by two messages with each turn. */
    private static final class Conversation {
        private final List<String> messages = new ArrayList<>();
        private final int number;

        private Conversation(int number) {
            this.number = number;
        }

        private String next() {
            messages.add("{'role':'user','content':'" + words(messages.size()) + "'}");
            return "{'model':'tiny','random_seed':1,'max_tokens':4,'messages':["
                    + String.join(",", messages)
                    + "]}";
        }

        private String words(int message) {
            Random random = new Random(100L * number + message);
            return IntStream.range(0, 12)
                    .mapToObj(_ -> "w" + random.nextInt(1000))
                    .reduce("", (a, b) -> a + " " + b);
        }

        private void answered() {
            messages.add("{'role':'assistant','content':'so " + number + "'}");
        }
    }

    /** The tokens of all prompts, and those that were in a cache. */
    private record Share(long prompt, long cached) {
        private Share plus(HttpResponse<String> answer) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            JsonNode usage = ServerUnderTest.json(answer).get("usage");
            return new Share(
                    prompt + usage.get("prompt_tokens").intValue(),
                    cached + usage.get("num_cached_tokens").intValue());
        }

        private double part() {
            return (double) cached / prompt;
        }
    }

    @FunctionalInterface
    private interface Ask {
        HttpResponse<String> ask(int request, String body) throws Exception;
    }

    /** Turns of all conversations, in an order by chance. */
    private static Share converse(Ask ask) throws Exception {
        List<Conversation> turns = new ArrayList<>();
        for (int i = 0; i < CONVERSATIONS; i++) {
            turns.addAll(Collections.nCopies(TURNS, new Conversation(i)));
        }
        Collections.shuffle(turns, new Random(3));
        Share share = new Share(0, 0);
        for (int i = 0; i < turns.size(); i++) {
            share = share.plus(ask.ask(i, turns.get(i).next()));
            turns.get(i).answered();
        }
        return share;
    }

    @Test
    void conversationsStayWhereTheirPromptIsCached() throws Exception {
        Share without;
        try (ServerUnderTest a = ServerUnderTest.start();
                ServerUnderTest b = ServerUnderTest.start();
                ServerUnderTest c = ServerUnderTest.start()) {
            List<ServerUnderTest> all = List.of(a, b, c);
            // In turns, as the least loaded of idle servers would be chosen.
            without = converse((i, body) -> all.get(i % 3).complete(body));
        }
        try (ServerUnderTest a = ServerUnderTest.start();
                ServerUnderTest b = ServerUnderTest.start();
                ServerUnderTest c = ServerUnderTest.start();
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny",
                                        UpstreamKind.TRAMONTANE,
                                        UpstreamWireTest.TIMES,
                                        a.uri(""),
                                        b.uri(""),
                                        c.uri("")))) {
            Share with = converse((_, body) -> gateway.complete(body));
            System.out.printf(
                    "cached of prompts: %.3f with affinity, %.3f in turns%n",
                    with.part(), without.part());
            assertThat(with.part()).isGreaterThan(0.6).isGreaterThan(1.5 * without.part());
            for (ServerUnderTest each : List.of(a, b, c)) {
                assertThat(served(each)).as("every server has conversations").isGreaterThan(9);
            }
            assertThat(FailoverTest.metric(gateway, "tramontane_upstream_affinity_hits_total"))
                    .isEqualTo(CONVERSATIONS * (TURNS - 1.0));
        }
    }

    private static long served(ServerUnderTest server) {
        return server.accessLog
                .all()
                .lines()
                .filter(line -> line.contains("/v1/chat/completions"))
                .count();
    }
}
