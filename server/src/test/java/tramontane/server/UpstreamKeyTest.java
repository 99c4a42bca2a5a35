package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import tramontane.upstream.UpstreamKind;

/** An upstream that begins to ask for a key that this server does not have. */
class UpstreamKeyTest {
    private static final String WHOLE = UpstreamFaultTest.ASK.formatted("");

    /** One that goes on with answers is not searched for either: a key does not become right. */
    @Test
    void aKeyThatIsRefusedIsSaidAtOnceAndInTheHealth() throws Exception {
        try (FaultyUpstream upstream =
                        new FaultyUpstream(
                                connection -> connection.status("401 Unauthorized", "{}"));
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny",
                                        UpstreamKind.TRAMONTANE,
                                        UpstreamFaultTest.PATIENT,
                                        upstream.uri()))) {
            assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
            upstream.modelsStatus = "401 Unauthorized";
            HttpResponse<String> answer = gateway.complete(WHOLE);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(502);
            assertThat(answer.body()).contains("it does not accept this server's key");
            assertThat(upstream.requests).hasSize(1);
            assertThat(gateway.get("/health").body()).contains("see upstream-key");
            upstream.modelsStatus = "200 OK";
            upstream.then(FaultyUpstream.answering("yes"));
            while (gateway.get("/health").statusCode() != 200) {
                Thread.sleep(10);
            }
            assertThat(gateway.complete(WHOLE).body()).contains("yes");
        }
    }
}
