package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Gateways that stand in a row, and such whose upstream leads back to them. */
class UpstreamLoopTest {
    /** Without a limit a request would go round until all connections are taken. */
    private static final int MANY = 20;

    private static HttpResponse<String> ask(ServerUnderTest gateway, String via) throws Exception {
        String body = UpstreamFaultTest.ASK.formatted("").replace('\'', '"');
        return gateway.send(
                HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                        .header("via", via)
                        .POST(BodyPublishers.ofString(body)));
    }

    private static String via(String request) {
        return request.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("via:"))
                .map(line -> line.substring("via:".length()).strip())
                .findFirst()
                .orElse("");
    }

    @Test
    void aRequestThatComesBackAgainAndAgainIsRefused() throws Exception {
        CompletableFuture<ServerUnderTest> itself = new CompletableFuture<>();
        CompletableFuture<FaultyUpstream> back = new CompletableFuture<>();
        FaultyUpstream.Behaviour passOn =
                connection -> {
                    List<String> requests = back.join().requests;
                    if (requests.size() > MANY) {
                        FaultyUpstream.answering("one").answer(connection);
                        return;
                    }
                    try {
                        HttpResponse<String> answer = ask(itself.join(), via(requests.getLast()));
                        connection.status(answer.statusCode() + " X", answer.body());
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                };
        try (FaultyUpstream loop = new FaultyUpstream(passOn);
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, loop)) {
            back.complete(loop);
            itself.complete(gateway);
            HttpResponse<String> answer = ask(gateway, "1.1 somebody-else");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            assertThat(answer.body()).contains("passed on by 4 gateways", "leads back");
            assertThat(loop.requests).hasSize(4);
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void gatewaysInARowAreCountedWhateverElseIsBetweenThem() throws Exception {
        try (FaultyUpstream upstream = new FaultyUpstream(FaultyUpstream.answering("one"));
                ServerUnderTest gateway =
                        UpstreamFaultTest.before(UpstreamFaultTest.PATIENT, upstream)) {
            for (String via : List.of("1.1 Tramontane,1.1 nginx", "2 a, 1.1 tramontane , 1.0 b")) {
                assertThat(ask(gateway, via).statusCode()).isEqualTo(200);
                assertThat(via(upstream.requests.getLast()))
                        .isEqualTo("1.1 tramontane, 1.1 tramontane");
            }
            assertThat(ask(gateway, "2 a").statusCode()).isEqualTo(200);
            assertThat(via(upstream.requests.getLast())).isEqualTo("1.1 tramontane");
        }
    }
}
