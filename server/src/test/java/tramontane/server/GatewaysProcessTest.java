package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static tramontane.server.GatewayProcesses.LONG;
import static tramontane.server.GatewayProcesses.SHORT;
import static tramontane.server.GatewayProcesses.id;
import static tramontane.server.GatewayProcesses.limits;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tramontane.access.KeyTable;
import tramontane.limit.SharedLimits;
import tramontane.server.GatewayProcesses.Gateway;
import tramontane.store.Database;

/**
 * Several server processes with one PostgreSQL, which are killed and stopped, as the database is.
 * With {@code -Dgateways.long=true} there are more clients and rounds.
 */
@DisabledOnOs(OS.WINDOWS)
class GatewaysProcessTest {
    private static final boolean MORE = Boolean.getBoolean("gateways.long");
    private static final int CLIENTS = MORE ? 400 : 200;

    /** SharedLimitsTest has the same cases, as objects of one process. */
    private static final String QUIET =
            "depends on the speed of a machine with nothing else to do: run with -Dgateways.long=true";

    @TempDir Path folder;
    private GatewayProcesses all;

    @BeforeEach
    void open() throws Exception {
        all = new GatewayProcesses(folder);
    }

    @AfterEach
    void close() {
        all.close();
    }

    /** All clients at once, every second one at the other gateway. */
    private <T> List<T> together(List<Gateway> gateways, ClientWork<T> work) throws Exception {
        List<Callable<T>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Gateway gateway = gateways.get(i % gateways.size());
            clients.add(() -> work.with(gateway));
        }
        List<T> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<T> each : threads.invokeAll(clients)) {
                results.add(each.get());
            }
        }
        return results;
    }

    /** What a client does. */
    @FunctionalInterface
    private interface ClientWork<T> {
        T with(Gateway gateway) throws Exception;
    }

    @Test
    void hundredsOfClientsOfTwoGatewaysGetExactlyTheLimit() throws Exception {
        String requests = all.key("requests", limits(50, 0, 0, 0));
        String month = all.key("month", limits(0, 0, 3_000, 0));
        List<Gateway> gateways = List.of(all.start("a"), all.start("b"));

        long start = System.nanoTime();
        List<Integer> statuses =
                together(
                        gateways,
                        gateway -> all.ask(gateway, requests, SHORT.formatted(false)).statusCode());
        int refilled = (int) Math.ceil((System.nanoTime() - start) / 60e9 * 50);
        assertThat(statuses).containsOnly(200, 429);
        assertThat(statuses.stream().filter(status -> status == 200).count())
                .isBetween(50L, 50L + refilled);

        // Each client asks until it is refused, so nothing is left for one more request.
        List<HttpResponse<String>> refusals =
                together(
                        gateways,
                        gateway -> {
                            HttpResponse<String> answer =
                                    all.ask(gateway, month, SHORT.formatted(true));
                            while (answer.statusCode() == 200) {
                                answer = all.ask(gateway, month, SHORT.formatted(true));
                            }
                            return answer;
                        });
        assertThat(refusals)
                .extracting(HttpResponse::body)
                .allSatisfy(body -> assertThat(body).contains("3000 tokens a month", "1300"));
        assertThat(refusals.getFirst().headers().firstValue("retry-after")).isPresent();
        long used = all.use("month", "month_tokens");
        assertThat(used).isEqualTo(all.ledgerTokens("month")).isBetween(2_950L, 3_000L);
        assertThat(all.use("month", "running")).isZero();
    }

    /** Fifty answers run on a gateway that is killed; the other one gets their places. */
    @Test
    void thePlacesOfAKilledGatewayComeBackWithinItsLease() throws Exception {
        assumeTrue(MORE, QUIET);
        String key = all.key("many", limits(0, 0, 100_000_000, 50));
        Gateway a = all.start("a");
        Gateway b = all.start("b");
        // A gateway that was just started takes nobody for dead.
        Thread.sleep(SharedLimits.LEASE);
        List<HttpResponse<InputStream>> running = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            running.add(all.beginReading(a, key, LONG));
        }
        assertThat(running).extracting(HttpResponse::statusCode).containsOnly(200);
        assertThat(all.use("many", "running")).isEqualTo(50);
        HttpResponse<String> refused = all.ask(b, key, SHORT.formatted(false));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("50 requests answered at the same time");
        a.program().kill();
        long killed = System.nanoTime();
        all.awaitRunning("many", 0);
        System.out.printf(
                "places of a killed server were free after %.1f s%n",
                (System.nanoTime() - killed) / 1e9);
        assertThat(all.ask(b, key, SHORT.formatted(false)).statusCode()).isEqualTo(200);
        long prompt =
                Long.parseLong(
                        tramontane.store.Rows.of(
                                        all.url, "SELECT max(prompt) AS p FROM key_reservation")
                                .getFirst()
                                .get("p"));
        assertThat(all.use("many", "month_tokens"))
                .as("each killed answer owes its prompt")
                .isEqualTo(50 * prompt + all.ledgerTokens("many"));
        // A new process with the same name changes nothing of that.
        all.start("a");
        Thread.sleep(Duration.ofSeconds(2));
        assertThat(all.use("many", "running")).isZero();
    }

    @Test
    void aGatewayThatWasStoppedCountsItsAnswersAgain() throws Exception {
        assumeTrue(MORE, QUIET);
        String key = all.key("slept", limits(0, 0, 100_000_000, 10));
        Gateway a = all.start("a");
        Gateway b = all.start("b");
        Thread.sleep(SharedLimits.LEASE);
        List<HttpResponse<InputStream>> running = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            running.add(all.beginReading(a, key, LONG));
        }
        a.program().signal("STOP");
        all.awaitRunning("slept", 0);
        assertThat(all.ask(b, key, SHORT.formatted(false)).statusCode()).isEqualTo(200);
        a.program().signal("CONT");
        // On a slow machine some of them have ended by then.
        all.awaitSomeRunning("slept");
        GatewayProcesses.close(running);
        all.awaitRunning("slept", 0);
        all.awaitRows("slept", 11);
        assertThat(all.use("slept", "month_tokens")).isEqualTo(all.ledgerTokens("slept"));
    }

    /** Clients ask all the time, while the database crashes, freezes and comes back. */
    @Test
    void rowsAreTheAnswersWhateverHappensToTheDatabase() throws Exception {
        String free = all.key("free", limits(0, 0, 0, 0));
        String limited = all.key("limited", limits(100_000, 0, 0, 100));
        List<Gateway> gateways = new ArrayList<>(List.of(all.start("a"), all.start("b")));
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Set<Integer> statuses = ConcurrentHashMap.newKeySet();
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int number = i;
            clients.add(
                    Thread.startVirtualThread(() -> {
                        while (!over.get()) {
                            try {
                                Gateway gateway = gateways.get(number % 2);
                                HttpResponse<String> answer =
                                        all.ask(
                                                gateway,
                                                number % 3 == 0 ? free : limited,
                                                SHORT.formatted(number % 4 < 2));
                                statuses.add(answer.statusCode());
                                if (isWhole(answer)) {
                                    seen.add(id(answer));
                                } else {
                                    pause();
                                }
                            } catch (IOException killed) {
                                pause();
                            } catch (InterruptedException e) {
                                return;
                            }
                        }
                    }));
        }
        for (int round = 0; round < (MORE ? 5 : 1); round++) {
            awaitMore(seen, 100);
            all.postgres.crash();
            awaitMore(seen, 100);
            // What this one has kept in its file is written by its successor.
            gateways.get(0).program().kill();
            all.postgres.start();
            gateways.set(0, all.start("a"));
            awaitMore(seen, 100);
            all.postgres.freeze();
            awaitMore(seen, 20);
            gateways.get(1).program().kill();
            all.postgres.thaw();
            gateways.set(1, all.start("b"));
            awaitMore(seen, 100);
        }
        over.set(true);
        for (Thread client : clients) {
            client.join();
        }
        // 503 until a server has noticed that the database is away.
        assertThat(statuses).as("no answer but whole ones").isSubsetOf(200, 503);
        while (!all.finishedIds().containsAll(seen)) {
            Thread.sleep(100);
        }
        assertThat(all.finishedIds()).doesNotHaveDuplicates();
        System.out.printf("%d answers have %d rows%n", seen.size(), all.finishedIds().size());
        all.awaitRunning("limited", 0);
    }

    private static boolean isWhole(HttpResponse<String> answer) {
        return answer.statusCode() == 200
                && (answer.body().endsWith("data: [DONE]\n\n") || answer.body().endsWith("}"));
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitMore(Set<String> seen, int more) throws InterruptedException {
        int before = seen.size();
        while (seen.size() < before + more) {
            Thread.sleep(10);
        }
    }

    /** Each round trip to the database takes a fifth of a second. */
    @Test
    void aRevokedKeyIsRefusedEverywhereWithinASecondAlsoIfTheDatabaseIsSlow() throws Exception {
        assumeTrue(MORE, QUIET);
        String key = all.key("revoked", limits(0, 0, 0, 4));
        URI direct = URI.create(all.address);
        try (SlowProxy proxy = new SlowProxy(direct.getPort(), Duration.ofMillis(150))) {
            String slow = all.address.replace(":" + direct.getPort(), ":" + proxy.port());
            List<Gateway> gateways = List.of(all.start("a", slow), all.start("b", slow));
            List<HttpResponse<InputStream>> running = new ArrayList<>();
            for (Gateway gateway : gateways) {
                running.add(all.begin(gateway, key, LONG));
            }
            try (Connection connection = Database.open(all.url).connect()) {
                assertThat(new KeyTable(connection).revoke("revoked", System.currentTimeMillis()))
                        .isTrue();
            }
            long revoked = System.nanoTime();
            for (Gateway gateway : gateways) {
                while (all.ask(gateway, key, SHORT.formatted(false)).statusCode() != 401) {
                    Thread.sleep(10);
                }
            }
            double seconds = (System.nanoTime() - revoked) / 1e9;
            System.out.printf("a revoked key was refused after %.2f s%n", seconds);
            assertThat(seconds).isLessThan(MORE ? 1 : 5);
            for (HttpResponse<InputStream> answer : running) {
                String text = new String(answer.body().readAllBytes());
                assertThat(text).contains("has been revoked").doesNotContain("[DONE]");
            }
        }
    }

    /** A measurement: the same requests in turn, with a key without limits and one with all. */
    @Test
    void whatSharedLimitsCostARequest() throws Exception {
        assumeTrue(MORE, QUIET);
        long far = 1_000_000_000;
        List<String> keys =
                List.of(
                        all.key("free", limits(0, 0, 0, 0)),
                        all.key("all", limits(far, far, far, far)));
        Gateway gateway = all.start("a");
        for (int clients : new int[] {1, 16}) {
            List<List<Double>> millis = List.of(new ArrayList<>(), new ArrayList<>());
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Callable<Void>> work = new ArrayList<>();
                for (int client = 0; client < clients; client++) {
                    work.add(() -> measure(gateway, keys, millis, 4000 / clients));
                }
                for (Future<Void> each : threads.invokeAll(work)) {
                    assertThat(each.get()).isNull();
                }
            }
            System.out.printf(
                    "%d clients: without limits %s, with shared limits %s%n",
                    clients, shown(millis.get(0)), shown(millis.get(1)));
        }
    }

    private Void measure(Gateway gateway, List<String> keys, List<List<Double>> millis, int rounds)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < 2; i++) {
                long start = System.nanoTime();
                assertThat(all.ask(gateway, keys.get(i), SHORT.formatted(false)).statusCode())
                        .isEqualTo(200);
                double took = (System.nanoTime() - start) / 1e6;
                if (round >= rounds / 4) {
                    synchronized (millis) {
                        millis.get(i).add(took);
                    }
                }
            }
        }
        return null;
    }

    private static String shown(List<Double> millis) {
        millis.sort(null);
        return "p50 %.2f ms, p99 %.2f ms"
                .formatted(millis.get(millis.size() / 2), millis.get(millis.size() * 99 / 100));
    }

    @Test
    void aGatewayThatIsStartedWithoutItsDatabaseSaysSo() throws Exception {
        all.start("a").program().terminate();
        all.postgres.crash();
        try (RunningProgram late =
                RunningProgram.start(
                        java.util.Map.of("HOME", folder.toString(), "PGPASSWORD", "x"),
                        "serve",
                        "--model",
                        folder.resolve("tiny.gguf").toString(),
                        "--port",
                        "0",
                        "--ledger",
                        all.address)) {
            assertThat(late.awaitEnd()).isEqualTo(1);
            assertThat(late.said()).contains("cannot open the database " + all.url);
        } finally {
            all.postgres.start();
        }
    }
}
