package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.server.CuttingProxy.Cut;
import tramontane.server.CuttingProxy.How;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamTimes;

/** Answers whose Tramontane breaks off are continued by another one, and stay the same. */
class FailoverTest {
    private static final UpstreamTimes TIMES =
            new UpstreamTimes(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(1));

    private static final String STREAM =
            "{'model':'tiny','messages':[{'role':'user','content':'abc é 😀'}],'random_seed':%1$d,'max_tokens':%2$d,"
                    + "'min_tokens':%2$d,'prompt_mode':null,'temperature':0.9,'stream':true}";

    private static ServerUnderTest one;
    private static ServerUnderTest other;

    @BeforeAll
    static void start() throws Exception {
        MistralTemplate thinking =
                MistralTemplate.all().stream()
                        .filter(each -> each.name().equals("reasoning"))
                        .findFirst()
                        .orElseThrow();
        one = ServerUnderTest.mistral(thinking.source());
        other = ServerUnderTest.mistral(thinking.source());
    }

    @AfterAll
    static void stop() throws Exception {
        one.close();
        other.close();
    }

    private static ServerUnderTest gateway(URI... addresses) throws Exception {
        return UpstreamWireTest.gateway(
                UpstreamWireTest.model("tiny", UpstreamKind.TRAMONTANE, TIMES, addresses));
    }

    private static String expected(String request) throws Exception {
        return MixedRequests.comparable(one.complete(request).body());
    }

    static double continued(ServerUnderTest gateway) throws Exception {
        return metric(gateway, "tramontane_upstream_continued_total");
    }

    static double metric(ServerUnderTest gateway, String name) throws Exception {
        return gateway.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{model=\"tiny\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    /** Only the first response is broken. */
    private static Supplier<Optional<Cut>> once(How how, int bytes) {
        AtomicInteger asked = new AtomicInteger();
        return () ->
                asked.getAndIncrement() == 0 ? Optional.of(new Cut(how, bytes)) : Optional.empty();
    }

    @Test
    void anAnswerIsTheSameWhereverItBreaks() throws Exception {
        Random random = new Random(1);
        int streams = Integer.getInteger("tramontane.failover.cuts", 150);
        Supplier<Optional<Cut>> cuts =
                () -> {
                    synchronized (random) {
                        int kind = random.nextInt(20);
                        How how = kind == 0 ? How.HANG : kind < 10 ? How.RESET : How.CLOSE;
                        // A server that hangs before its answer begins counts as away for all.
                        int least = how == How.HANG ? 1500 : 1;
                        int bytes = least + random.nextInt(1 << random.nextInt(6, 14));
                        return kind > 17 ? Optional.empty() : Optional.of(new Cut(how, bytes));
                    }
                };
        Map<String, String> expected = new ConcurrentHashMap<>();
        try (CuttingProxy a = new CuttingProxy(one.uri(""), often(cuts));
                // No answer is continued more than twice: from b to a, which breaks as well, and
                // to b or the third one.
                CuttingProxy b =
                        new CuttingProxy(
                                other.uri(""),
                                often(cuts),
                                request -> !request.contains("tramontane_tokens"));
                // The third address always works: however often the others break, one is left.
                ServerUnderTest gateway = gateway(a.uri(), b.uri(), other.uri(""));
                ExecutorService clients = Executors.newFixedThreadPool(6)) {
            List<Future<Boolean>> asked = new ArrayList<>();
            Random requests = new Random(2);
            for (int i = 0; i < streams; i++) {
                String request = MixedRequests.next(requests);
                Callable<Boolean> ask =
                        () -> {
                            String told = gateway.complete(request).body();
                            expected.put(request, expected(request));
                            assertThat(MixedRequests.comparable(told))
                                    .as(request)
                                    .isEqualTo(expected.get(request));
                            return true;
                        };
                asked.add(clients.submit(ask));
            }
            for (Future<Boolean> each : asked) {
                each.get();
            }
            assertThat(a.broken.get() + b.broken.get()).isGreaterThan(streams / 4);
            double continued = continued(gateway);
            assertThat(continued).isPositive();
            System.out.printf(
                    "%d answers, %d responses broken, %.0f continuations, 0 differences%n",
                    streams, a.broken.get() + b.broken.get(), continued);
        }
    }

    /** Passes every third response, so that breakers open now and then only. */
    private static Supplier<Optional<Cut>> often(Supplier<Optional<Cut>> cuts) {
        AtomicInteger asked = new AtomicInteger();
        return () -> asked.getAndIncrement() % 3 == 2 ? Optional.empty() : cuts.get();
    }

    @Test
    void theOtherServerGetsTheTokensAndVerifiesThem() throws Exception {
        String request = STREAM.formatted(3, 150);
        CollectedLog log = new CollectedLog();
        Logger logger = Logger.getLogger("tramontane.upstream.UpstreamCompletion");
        logger.addHandler(log);
        // A hanging response, because what a client has not read when a connection ends is lost.
        try (CuttingProxy a = new CuttingProxy(one.uri(""), once(How.HANG, 12_000));
                CuttingProxy b = new CuttingProxy(other.uri(""), Optional::empty);
                ServerUnderTest gateway = gateway(a.uri(), b.uri())) {
            HttpResponse<String> answer = gateway.complete(request);
            String told = answer.body();
            assertThat(a.broken.get()).isEqualTo(1);
            assertThat(MixedRequests.comparable(told)).isEqualTo(expected(request));
            assertThat(log.all())
                    .contains(
                            "Request "
                                    + answer.headers()
                                            .firstValue("mistral-correlation-id")
                                            .orElseThrow()
                                    + ": the answer of model tiny broke off at "
                                    + a.uri().getAuthority()
                                    + " and is continued by "
                                    + b.uri().getAuthority());
            String second = b.requests.getFirst();
            assertThat(second).contains("\"tramontane_tokens\":[[");
            String ids =
                    second.replaceAll("(?s).*\"tramontane_tokens\":\\[\\[([^\\]]*)\\].*", "$1");
            assertThat(ids.split(",")).hasSizeGreaterThan(20);
        } finally {
            logger.removeHandler(log);
        }
    }

    @Test
    void theUsageIsThatOfAnUndisturbedAnswer() throws Exception {
        String request =
                STREAM.formatted(4, 120)
                        .replace(
                                "'prompt_mode'",
                                "'prediction':{'type':'content','content':'x'},'prompt_mode'");
        try (CuttingProxy a = new CuttingProxy(one.uri(""), once(How.CLOSE, 18_000));
                CuttingProxy b = new CuttingProxy(other.uri(""), Optional::empty);
                ServerUnderTest gateway = gateway(a.uri(), b.uri())) {
            String told = gateway.complete(request).body();
            assertThat(a.broken.get()).isEqualTo(1);
            String last =
                    told.lines()
                            .filter(line -> line.contains("\"usage\""))
                            .findFirst()
                            .orElseThrow();
            JsonNode usage =
                    JsonMapper.shared().readTree(last.substring("data: ".length())).get("usage");
            assertThat(usage.get("completion_tokens").intValue()).isEqualTo(120);
            assertThat(usage.at("/completion_tokens_details/accepted_prediction_tokens").intValue())
                    .as("tokens that were sent before are no prediction: %s", usage)
                    .isLessThan(60);
        }
    }

    @Test
    void aServerOfAnotherModelDoesNotContinue() throws Exception {
        String request = STREAM.formatted(5, 150);
        try (ServerUnderTest stranger = ServerUnderTest.start();
                CuttingProxy a = new CuttingProxy(one.uri(""), once(How.CLOSE, 12_000));
                ServerUnderTest gateway = gateway(a.uri(), stranger.uri(""))) {
            // The first one has answered again by then.
            String told = gateway.complete(request).body();
            assertThat(a.requests).hasSize(2);
            assertThat(MixedRequests.comparable(told)).isEqualTo(expected(request));
        }
    }

    @Test
    void aServerThatShutsDownLosesNoAnswer() throws Exception {
        MistralTemplate thinking =
                MistralTemplate.all().stream()
                        .filter(each -> each.name().equals("reasoning"))
                        .findFirst()
                        .orElseThrow();
        try (ServerUnderTest leaving = ServerUnderTest.mistral(thinking.source());
                ServerUnderTest gateway = gateway(leaving.uri(""), other.uri(""));
                ExecutorService clients = Executors.newFixedThreadPool(4)) {
            List<String> requests = new ArrayList<>();
            List<Future<String>> told = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String request = STREAM.formatted(20 + i, 1500);
                requests.add(request);
                told.add(clients.submit(() -> gateway.complete(request).body()));
            }
            awaitStreams(leaving, 2);
            leaving.stop(Duration.ZERO);
            for (int i = 0; i < 4; i++) {
                assertThat(MixedRequests.comparable(told.get(i).get()))
                        .isEqualTo(expected(requests.get(i)));
            }
            assertThat(continued(gateway)).isPositive();
            for (int i = 0; i < 30; i++) {
                assertThat(gateway.complete(STREAM.formatted(i, 3)).statusCode()).isEqualTo(200);
            }
        }
    }

    /** Waits until so many streams have begun. */
    private static void awaitStreams(ServerUnderTest server, int streams) throws Exception {
        long begun = 0;
        while (begun < streams) {
            JsonNode requests = ServerUnderTest.json(server.get("/tramontane/requests"));
            begun =
                    requests.path("data")
                            .valueStream()
                            .filter(each -> each.path("status").asInt(0) == 200)
                            .count();
        }
    }

    @Test
    void anotherAnswerIsAnErrorAndNeverJoined() throws Exception {
        String request = STREAM.formatted(6, 60);
        FaultyUpstream.Behaviour broken =
                connection -> {
                    connection.write(
                            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntramontane-fingerprint: x\r\nconnection: close\r\n\r\n");
                    connection.text("one");
                };
        FaultyUpstream.Behaviour different =
                connection -> {
                    connection.write(
                            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntramontane-fingerprint: x\r\nconnection: close\r\n\r\n");
                    connection.text("two");
                    connection.text("three");
                    connection.end("stop");
                };
        try (FaultyUpstream a = new FaultyUpstream(broken);
                FaultyUpstream b = new FaultyUpstream(different);
                ServerUnderTest gateway = gateway(a.uri(), b.uri())) {
            String told = gateway.complete(request).body();
            assertThat(told)
                    .contains("\"content\":\"one\"")
                    .contains("begins differently")
                    .contains("\"finish_reason\":\"error\"")
                    .doesNotContain("two", "three", "[DONE]");
        }
    }

    @Test
    void anAnswerIsContinuedThreeTimesAtMost() throws Exception {
        FaultyUpstream.Behaviour breaking =
                connection -> {
                    connection.write(
                            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntramontane-fingerprint: x\r\nconnection: close\r\n\r\n");
                    connection.text("one");
                };
        try (FaultyUpstream a = new FaultyUpstream(breaking);
                FaultyUpstream b = new FaultyUpstream(breaking);
                ServerUnderTest gateway = gateway(a.uri(), b.uri())) {
            String told = gateway.complete(STREAM.formatted(7, 60)).body();
            assertThat(told).contains("\"finish_reason\":\"error\"").doesNotContain("[DONE]");
            assertThat(a.requests.size() + b.requests.size()).isEqualTo(4);
            assertThat(continued(gateway)).isEqualTo(3);
        }
    }

    @Test
    void clientsWhoDoNotAskSeeNothingOfIt() throws Exception {
        String body = one.complete(STREAM.formatted(8, 20)).body();
        assertThat(body).doesNotContain(": tokens").contains("[DONE]");
        // Also where nothing is generated.
        for (String more : List.of("", ",'max_tokens':0")) {
            String unknown =
                    one.complete(
                                    "{'model':'tiny','messages':[{'role':'user','content':'a'}],'tramontane_tokens':[[99999999]]"
                                            + more
                                            + "}")
                            .body();
            assertThat(unknown).contains("is not below", "tramontane_tokens");
        }
        String tooMany =
                one.complete(
                                "{'model':'tiny','messages':[{'role':'user','content':'a'}],'tramontane_tokens':[[1],[2]]}")
                        .body();
        assertThat(tooMany).contains("at most 1 items");
        String negative =
                one.complete(
                                "{'model':'tiny','messages':[{'role':'user','content':'a'}],'tramontane_tokens':[[-1]]}")
                        .body();
        assertThat(negative).contains("token ids");
    }
}
