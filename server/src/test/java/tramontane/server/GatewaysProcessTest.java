package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.server.GatewayProcesses.HELD;
import static tramontane.server.GatewayProcesses.SHORT;
import static tramontane.server.GatewayProcesses.id;
import static tramontane.server.GatewayProcesses.limits;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tramontane.access.KeyTable;
import tramontane.server.GatewayProcesses.Gateway;
import tramontane.store.Database;
import tramontane.store.Rows;

/**
 * Several server processes with one PostgreSQL, which are killed and stopped, as the database is.
 * With {@code -Dgateways.long=true} there are more clients and rounds.
 */
@DisabledOnOs(OS.WINDOWS)
class GatewaysProcessTest {
    private static final boolean MORE = Boolean.getBoolean("gateways.long");
    private static final int CLIENTS = MORE ? 400 : 200;

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
        List<Gateway> gateways = all.startAll(all.address, "a", "b");

        long start = System.nanoTime();
        List<Integer> statuses =
                together(
                        gateways,
                        gateway -> all.ask(gateway, requests, SHORT.formatted(false)).statusCode());
        int refilled = (int) Math.ceil((System.nanoTime() - start) / 60e9 * 50);
        // On a busy machine, a reservation may have taken effect after its request gave up.
        assertThat(statuses).isSubsetOf(200, 429, 503);
        long given = statuses.stream().filter(status -> status == 200).count();
        long late = statuses.stream().filter(status -> status == 503).count();
        assertThat(given).isBetween(50L - late, 50L + refilled);

        // Each client asks until it is refused, so nothing is left for one more request.
        AtomicInteger busy = new AtomicInteger();
        List<HttpResponse<String>> refusals =
                together(
                        gateways,
                        gateway -> {
                            HttpResponse<String> answer =
                                    all.ask(gateway, month, SHORT.formatted(true));
                            while (answer.statusCode() != 429) {
                                assertThat(answer.statusCode()).isIn(200, 503);
                                busy.addAndGet(answer.statusCode() == 503 ? 1 : 0);
                                answer = all.ask(gateway, month, SHORT.formatted(true));
                            }
                            return answer;
                        });
        assertThat(refusals)
                .extracting(HttpResponse::body)
                .allSatisfy(body -> assertThat(body).contains("3000 tokens a month", "1300"));
        assertThat(refusals.getFirst().headers().firstValue("retry-after")).isPresent();
        all.awaitRunning("month", 0);
        all.awaitMonth("month", 0);
        assertThat(all.use("month", "month_tokens"))
                .isBetween(busy.get() == 0 ? 2_950L : 0L, 3_000L);
    }

    /** Fifty answers run on a gateway that is killed; the other one gets their places. */
    @Test
    void thePlacesOfAKilledGatewayComeBackWithinItsLease() throws Exception {
        String key = all.key("many", limits(0, 0, 100_000_000, 50));
        try (HeldAnswers held = new HeldAnswers()) {
            all.serve(held.upstream);
            List<Gateway> gateways = all.startAll(all.address, "a", "b");
            Gateway a = gateways.getFirst();
            Gateway b = gateways.getLast();
            List<HttpResponse<InputStream>> running = all.beginReading(a, key, 50);
            assertThat(running).hasSize(50);
            held.holdNoMore();
            HttpResponse<String> refused = askWhile(b, key, 50);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("50 requests answered at the same time");
            a.program().kill();
            all.awaitRunning("many", 0);
            assertThat(all.askUntilAnswered(b, key).statusCode()).isEqualTo(200);
            long prompt =
                    Long.parseLong(
                            Rows.of(all.url, "SELECT max(prompt) AS p FROM key_reservation")
                                    .getFirst()
                                    .get("p"));
            // Each killed answer owes its prompt.
            all.awaitMonth("many", 50 * prompt);
            // A new process with the same name changes nothing of that.
            Gateway again = all.start("a");
            assertThat(all.askUntilAnswered(again, key).statusCode()).isEqualTo(200);
            all.awaitRunning("many", 0);
            all.awaitMonth("many", 50 * prompt);
        }
    }

    /** The answer to a request during which so many others ran all the time. */
    private HttpResponse<String> askWhile(Gateway gateway, String key, int running)
            throws Exception {
        while (true) {
            all.awaitRunning("many", running);
            HttpResponse<String> answer = all.askUntilAnswered(gateway, key);
            if (all.use("many", "running") == running) {
                return answer;
            }
        }
    }

    @Test
    void aGatewayThatWasStoppedCountsItsAnswersAgain() throws Exception {
        String key = all.key("slept", limits(0, 0, 100_000_000, 10));
        try (HeldAnswers held = new HeldAnswers()) {
            all.serve(held.upstream);
            List<Gateway> gateways = all.startAll(all.address, "a", "b");
            Gateway a = gateways.getFirst();
            Gateway b = gateways.getLast();
            List<HttpResponse<InputStream>> running = all.beginReading(a, key, 10);
            held.holdNoMore();
            a.program().signal("STOP");
            all.awaitRunning("slept", 0);
            assertThat(all.askUntilAnswered(b, key).statusCode()).isEqualTo(200);
            a.program().signal("CONT");
            all.awaitRunning("slept", 10);
            // Some clients leave, the other answers end.
            GatewayProcesses.close(running.subList(0, 4));
            all.awaitRunning("slept", 6);
            held.end();
            all.awaitRunning("slept", 0);
            all.awaitRows("slept", 11);
            all.awaitMonth("slept", 0);
        }
    }

    /** Clients ask all the time, while the database crashes, freezes and comes back. */
    @Test
    void rowsAreTheAnswersWhateverHappensToTheDatabase() throws Exception {
        String free = all.key("free", limits(0, 0, 0, 0));
        String limited = all.key("limited", limits(100_000, 0, 0, 100));
        List<Gateway> gateways = new ArrayList<>(all.startAll(all.address, "a", "b"));
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
                                }
                                pause();
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

    /** Each round trip to the database takes long. */
    @Test
    void aRevokedKeyIsRefusedEverywhereAlsoIfTheDatabaseIsSlow() throws Exception {
        // Without limits, so that no request needs the database in time.
        String key = all.key("revoked", limits(0, 0, 0, 0));
        URI direct = URI.create(all.address);
        try (HeldAnswers held = new HeldAnswers();
                SlowProxy proxy = new SlowProxy(direct.getPort(), Duration.ofMillis(150))) {
            all.serve(held.upstream);
            String slow = all.address.replace(":" + direct.getPort(), ":" + proxy.port());
            List<Gateway> gateways = all.startAll(slow, "a", "b");
            List<HttpResponse<InputStream>> running = new ArrayList<>();
            for (Gateway gateway : gateways) {
                running.add(all.begin(gateway, key, HELD));
            }
            held.holdNoMore();
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
            System.out.printf(
                    "a revoked key was refused after %.2f s%n",
                    (System.nanoTime() - revoked) / 1e9);
            // They would never end by themselves.
            for (HttpResponse<InputStream> answer : running) {
                String text = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(text).contains("has been revoked").doesNotContain("[DONE]");
            }
        }
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
