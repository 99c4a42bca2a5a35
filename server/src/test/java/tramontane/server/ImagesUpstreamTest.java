package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.server.TinyPictures.chunk;
import static tramontane.server.TinyPictures.png;
import static tramontane.server.TinyPictures.promptTokens;
import static tramontane.server.TinyPictures.request;
import static tramontane.server.TinyPictures.seeing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.kernel.choice.KernelChoice;
import tramontane.server.CuttingProxy.Cut;
import tramontane.server.CuttingProxy.How;
import tramontane.testkit.TinyVision;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamTimes;

/** Pictures of requests for models of other servers. */
class ImagesUpstreamTest {
    private static final UpstreamTimes TIMES =
            new UpstreamTimes(
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(1));

    private static ServerUnderTest one;
    private static ServerUnderTest other;

    @BeforeAll
    static void start() throws IOException {
        one = TinyPictures.serve();
        other = TinyPictures.serve();
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        other.close();
    }

    private static ServerUnderTest gateway(UpstreamKind kind, URI... addresses) throws Exception {
        return UpstreamWireTest.gateway(UpstreamWireTest.model("tiny", kind, TIMES, addresses));
    }

    @Test
    void aGatewayChangesNothing() throws Exception {
        try (ServerUnderTest gateway = gateway(UpstreamKind.TRAMONTANE, one.uri(""))) {
            for (String fields : List.of("", ",'n':2", ",'logprobs':true", ",'stream':true")) {
                String asked = seeing(0xff0000, fields);
                HttpResponse<String> here = gateway.complete(asked);
                assertThat(UpstreamWireTest.comparable(here.body()))
                        .isEqualTo(UpstreamWireTest.comparable(one.complete(asked).body()))
                        .doesNotContain("\"type\":\"error\"");
            }
            String low =
                    request(
                            ",{'type':'image_url','image_url':{'url':'"
                                    + TinyPictures.url(png(1))
                                    + "','detail':'low'}}");
            assertThat(promptTokens(ServerUnderTest.json(gateway.complete(low))))
                    .isEqualTo(promptTokens(ServerUnderTest.json(one.complete(low))));
            JsonNode card = ServerUnderTest.json(gateway.get("/v1/models/tiny"));
            assertThat(card.at("/capabilities/vision").booleanValue()).isTrue();
        }
    }

    /** The faults of a picture are found by the server that reads it, which names its place. */
    @Test
    void faultsOfAPictureAreThoseOfTheUpstream() throws Exception {
        try (ServerUnderTest gateway = gateway(UpstreamKind.TRAMONTANE, one.uri(""))) {
            for (String content :
                    List.of(
                            "," + chunk(new byte[] {1, 2, 3}),
                            ",{'type':'image_url','image_url':'https://images.invalid/a.png'}",
                            ("," + chunk(png(1))).repeat(9))) {
                HttpResponse<String> here = gateway.complete(request(content));
                HttpResponse<String> there = one.complete(request(content));
                assertThat(there.statusCode()).isEqualTo(422);
                assertThat(here.statusCode()).isEqualTo(400);
                JsonNode told = ServerUnderTest.json(here);
                assertThat(told.get("message"))
                        .isEqualTo(ServerUnderTest.json(there).get("message"));
                assertThat(told.get("param")).isEqualTo(ServerUnderTest.json(there).get("param"));
            }
        }
    }

    @Test
    void otherEnginesGetObjectsAndNoAddresses() throws Exception {
        FaultyUpstream.Behaviour answering = FaultyUpstream.answering("one");
        try (FaultyUpstream upstream = new FaultyUpstream(answering, answering);
                ServerUnderTest gateway = gateway(UpstreamKind.OPENAI, upstream.uri())) {
            HttpResponse<String> answer = gateway.complete(seeing(2));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(upstream.requests.getLast())
                    .contains(
                            "{\"type\":\"image_url\",\"image_url\":{\"url\":\""
                                    + TinyPictures.url(png(2))
                                    + "\"}}");
        }
    }

    /** Only the first response is broken. */
    private static Supplier<Optional<Cut>> once(int bytes) {
        AtomicInteger asked = new AtomicInteger();
        return () ->
                asked.getAndIncrement() == 0
                        ? Optional.of(new Cut(How.CLOSE, bytes))
                        : Optional.empty();
    }

    @Test
    void anAnswerToAPictureIsContinuedByAnotherServer() throws Exception {
        String asked =
                seeing(0x3366, ",'stream':true,'min_tokens':150,'temperature':0.9")
                        .replace("'max_tokens':8", "'max_tokens':150");
        String expected = MixedRequests.comparable(one.complete(asked).body());
        for (int bytes : new int[] {40, 700, 3_000, 9_000}) {
            try (CuttingProxy a = new CuttingProxy(one.uri(""), once(bytes));
                    CuttingProxy b = new CuttingProxy(other.uri(""), Optional::empty);
                    ServerUnderTest gateway = gateway(UpstreamKind.TRAMONTANE, a.uri(), b.uri())) {
                String told = gateway.complete(asked).body();
                assertThat(a.broken.get()).isEqualTo(1);
                assertThat(MixedRequests.comparable(told))
                        .as("cut at %d", bytes)
                        .isEqualTo(expected);
                assertThat(b.requests).hasSize(1);
                assertThat(b.requests.getFirst()).contains(TinyPictures.url(png(0x3366)));
            }
        }
    }

    /** Its rows would be others, and so would the answer. */
    @Test
    void aServerWithAnotherEncoderDoesNotContinue() throws Exception {
        String asked =
                seeing(0x3366, ",'stream':true,'min_tokens':150")
                        .replace("'max_tokens':8", "'max_tokens':150");
        try (ServerUnderTest stranger =
                        TinyPictures.serve(
                                KernelChoice.of(""), TinyVision.ofMerging().withMerge(1));
                CuttingProxy a = new CuttingProxy(one.uri(""), once(9_000));
                CuttingProxy b = new CuttingProxy(stranger.uri(""), Optional::empty);
                ServerUnderTest gateway = gateway(UpstreamKind.TRAMONTANE, a.uri(), b.uri())) {
            String told = gateway.complete(asked).body();
            // The first one has answered again by then.
            assertThat(a.requests).hasSize(2);
            assertThat(MixedRequests.comparable(told))
                    .isEqualTo(MixedRequests.comparable(one.complete(asked).body()));
        }
    }
}
