package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamTimes;

/**
 * Three Tramontanes in processes of their own, which are killed and stopped while they answer. Each
 * answer must be the undisturbed one. {@code -Dtramontane.failover.streams=600} asks for more.
 */
@DisabledOnOs(OS.WINDOWS)
class FailoverProcessTest {
    private static final int CLIENTS = 6;
    private static final Pattern MAX_TOKENS = Pattern.compile("'max_tokens':(\\d+)");

    /** A process that is stopped is noticed after these seconds. */
    private static final UpstreamTimes TIMES =
            new UpstreamTimes(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(8),
                    Duration.ofSeconds(1));

    /** An answer is continued three times at most; one of them is for a machine that is busy. */
    private static final int MAX_HITS = 2;

    /** After so many rounds of answers one that was continued must have been among them. */
    private static final int MAX_ROUNDS = 20;

    private static final int MAX_PAUSE_MILLIS = 400;

    @TempDir Path folder;
    private final HttpClient client = HttpClient.newHttpClient();

    /** A server that is started again at the same port. */
    private final class Replica implements AutoCloseable {
        private final int port;
        private RunningProgram program;

        private Replica(Path model) throws IOException {
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            program = start(model);
        }

        private RunningProgram start(Path model) throws IOException {
            RunningProgram started =
                    RunningProgram.serve(
                            Map.of("HOME", folder.toString(), "TRAMONTANE_LEDGER", "none"),
                            List.of("-XX:TieredStopAtLevel=1"),
                            "--model",
                            model.toString(),
                            "--alias",
                            "tiny",
                            "--port",
                            Integer.toString(port));
            started.url();
            return started;
        }

        private void killAndStart(Path model) throws IOException, InterruptedException {
            program.kill();
            program.close();
            program = start(model);
        }

        private void stopForAWhile(Duration time) throws IOException, InterruptedException {
            program.signal("STOP");
            Thread.sleep(time);
            program.signal("CONT");
        }

        private URI uri() {
            return URI.create("http://127.0.0.1:" + port);
        }

        /** True while it writes an answer. */
        private boolean isBusy() throws IOException, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(uri().resolve("/metrics")).build();
            return client.send(request, BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("vllm:num_requests_running{"))
                    .anyMatch(line -> !line.endsWith(" 0"));
        }

        @Override
        public void close() {
            program.close();
        }
    }

    /**
     * Kills and stops one server after the other, until the answers are complete. No answer lives
     * through more than a few of these, however long it takes.
     */
    private static final class Chaos {
        private final List<Replica> replicas;
        private final Path model;
        private final AtomicBoolean over = new AtomicBoolean();
        private final Map<Object, Integer> running = new ConcurrentHashMap<>();
        private volatile int hits;
        private int kills;
        private int stops;

        private Chaos(List<Replica> replicas, Path model) {
            this.replicas = replicas;
            this.model = model;
        }

        /** Begins an answer, which {@link #ended} ends. */
        private Object begun() {
            Object answer = new Object();
            running.put(answer, hits);
            return answer;
        }

        private void ended(Object answer) {
            running.remove(answer);
        }

        private boolean mayHit() {
            return running.values().stream().allMatch(begun -> hits - begun < MAX_HITS);
        }

        private Void run() throws IOException, InterruptedException {
            Random random = new Random(5);
            while (!over.get()) {
                Thread.sleep(random.nextInt(MAX_PAUSE_MILLIS));
                Replica next = replicas.get(random.nextInt(replicas.size()));
                if (!mayHit() || !next.isBusy()) {
                    continue;
                }
                hits = kills + stops + 1;
                if (stops * 4 < kills) {
                    stops++;
                    next.stopForAWhile(Duration.ofSeconds(11));
                } else {
                    kills++;
                    next.killAndStart(model);
                }
            }
            return null;
        }
    }

    @Test
    void answersStayTheSameWhileServersAreKilled() throws Exception {
        int streams = Integer.getInteger("tramontane.failover.streams", 30);
        MistralTemplate thinking =
                MistralTemplate.all().stream()
                        .filter(each -> each.name().equals("reasoning"))
                        .findFirst()
                        .orElseThrow();
        Path model = folder.resolve("model.gguf");
        TinyFiles.putMistral(thinking.source(), model);
        try (Replica a = new Replica(model);
                Replica b = new Replica(model);
                Replica c = new Replica(model);
                ServerUnderTest undisturbed = ServerUnderTest.mistral(thinking.source());
                ServerUnderTest gateway =
                        UpstreamWireTest.gateway(
                                UpstreamWireTest.model(
                                        "tiny",
                                        UpstreamKind.TRAMONTANE,
                                        TIMES,
                                        a.uri(),
                                        b.uri(),
                                        c.uri()));
                ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 1)) {
            Chaos chaos = new Chaos(List.of(a, b, c), model);
            Future<Void> killing = threads.submit(chaos::run);
            Random random = new Random(6);
            int asked = 0;
            double continued = 0;
            try {
                // A process may happen to die between answers, so one round may continue none.
                for (int round = 0; round < MAX_ROUNDS && continued == 0; round++) {
                    List<String> requests =
                            Stream.generate(() -> longer(MixedRequests.next(random)))
                                    .limit(streams)
                                    .toList();
                    askAll(requests, threads, chaos, gateway, undisturbed);
                    asked += streams;
                    continued = FailoverTest.continued(gateway);
                }
            } finally {
                chaos.over.set(true);
                killing.get();
            }
            System.out.printf(
                    "%d answers, %d processes killed, %d stopped, %.0f continuations, 0 differences%n",
                    asked, chaos.kills, chaos.stops, continued);
            assertThat(chaos.kills).isPositive();
            assertThat(continued).isPositive();
        }
    }

    private static void askAll(
            List<String> requests,
            ExecutorService threads,
            Chaos chaos,
            ServerUnderTest gateway,
            ServerUnderTest undisturbed)
            throws Exception {
        List<Future<Void>> asked = new ArrayList<>();
        for (String request : requests) {
            asked.add(
                    threads.submit(() -> {
                        Object answer = chaos.begun();
                        String told = gateway.complete(request).body();
                        chaos.ended(answer);
                        assertThat(MixedRequests.comparable(told))
                                .as(request)
                                .isEqualTo(
                                        MixedRequests.comparable(
                                                undisturbed.complete(request).body()));
                        return null;
                    }));
        }
        for (Future<Void> each : asked) {
            each.get();
        }
    }

    /** So that many answers are being written when a process dies. */
    private static String longer(String request) {
        return MAX_TOKENS
                .matcher(request)
                .replaceAll(found -> "'max_tokens':" + 6 * Integer.parseInt(found.group(1)));
    }
}
