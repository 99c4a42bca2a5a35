package tramontane.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tramontane.access.Access;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.backend.Caller;
import tramontane.backend.TokenBudget.Demand;
import tramontane.store.Connections;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.PostgresServer;
import tramontane.store.Rows;

/** Two gateways, as objects of this process, with one database of a real PostgreSQL. */
class SharedLimitsTest {
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final int CLIENTS = 50;

    /** So long that a busy machine does not count as a database that is away. */
    private static final Duration PATIENT = Duration.ofSeconds(20);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final KeyRing keys = new KeyRing(List.of("any"), List.of(), InstantSource.system());
    private final Map<String, String> headers = new TreeMap<>();
    private DatabaseUrl url;
    private Database database;
    private SharedLimits one;
    private SharedLimits two;
    private RateLimits limitsOfOne;
    private RateLimits limitsOfTwo;

    @BeforeEach
    void open() throws Exception {
        PostgresServer server = PostgresServer.get();
        url = DatabaseUrl.parse(server.newDatabase(), server.environment());
        database = Database.open(url);
        open(PATIENT);
    }

    private void open(Duration wait) throws SQLException {
        one = SharedLimits.open(database, LEASE, wait, RANDOM);
        two = SharedLimits.open(database, LEASE, wait, RANDOM);
        one.maintain();
        limitsOfOne = limits(one);
        limitsOfTwo = limits(two);
    }

    @AfterEach
    void close() throws SQLException {
        one.close();
        two.close();
    }

    private static RateLimits limits(SharedLimits shared) {
        return new RateLimits(InstantSource.system(), System::nanoTime, shared);
    }

    private static KeyLimits limits(int requests, int tokens, int month, int concurrent) {
        return new KeyLimits(limit(requests), limit(tokens), limit(month), limit(concurrent));
    }

    private static Optional<Long> limit(int value) {
        return value == 0 ? Optional.empty() : Optional.of((long) value);
    }

    private Allowance allowance(RateLimits gateway, KeyLimits of) {
        return new Allowance(
                new Access.Granted(new Caller("key_1"), false, of, "sum"),
                keys,
                gateway,
                (name, value) -> {
                    synchronized (headers) {
                        headers.put(name, value);
                    }
                });
    }

    private static Demand demand(int prompt, int answer) {
        return new Demand(prompt, 1, answer, true);
    }

    /** One more request that is being answered. */
    private Allowance running(RateLimits gateway, KeyLimits of, Demand demand) throws ApiException {
        Allowance allowance = allowance(gateway, of);
        allowance.enter();
        allowance.reserve(demand);
        return allowance;
    }

    private static ApiException refused(Allowance allowance, Demand demand) {
        ApiException refusal =
                catchThrowableOfType(ApiException.class, () -> allowance.reserve(demand));
        assertThat(refusal).as("within the limits").isNotNull();
        return refusal;
    }

    private Map<String, String> use() throws Exception {
        return Rows.of(url, "SELECT * FROM key_use WHERE key_id = 'key_1'").getFirst();
    }

    private double used(String column) throws Exception {
        return Double.parseDouble(use().get(column));
    }

    /** Maintains a gateway until something has happened. */
    private static void maintainUntil(Callable<Boolean> happened, SharedLimits... gateways)
            throws Exception {
        while (!happened.call()) {
            for (SharedLimits gateway : gateways) {
                try {
                    gateway.maintain();
                } catch (SQLException e) {
                    // Repeated until it works.
                    Thread.onSpinWait();
                }
            }
            Thread.sleep(20);
        }
    }

    /** Half of the clients ask one gateway, the others the other; returns how many passed. */
    private int together(KeyLimits of, Demand demand, List<Allowance> passed) throws Exception {
        List<Callable<List<Allowance>>> clients = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            RateLimits gateway = client % 2 == 0 ? limitsOfOne : limitsOfTwo;
            clients.add(() -> {
                List<Allowance> mine = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Allowance allowance = allowance(gateway, of);
                    try {
                        allowance.enter();
                        allowance.reserve(demand);
                        mine.add(allowance);
                    } catch (ApiException e) {
                        assertThat(e.code()).as("%s", e).isEqualTo(ErrorCode.RATE_LIMITED);
                        allowance.close();
                    }
                }
                return mine;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            for (Future<List<Allowance>> each : threads.invokeAll(clients)) {
                passed.addAll(each.get());
            }
        }
        return passed.size();
    }

    @Test
    void concurrentRequestsOfTwoGatewaysAddUpToTheLimit() throws Exception {
        KeyLimits twenty = limits(0, 0, 0, 20);
        List<Allowance> running = new ArrayList<>();
        assertThat(together(twenty, demand(1, 1), running)).isEqualTo(20);
        assertThat(used("running")).isEqualTo(20);
        running.forEach(Allowance::close);
        assertThat(used("running")).isZero();
        assertThat(Rows.of(url, "SELECT * FROM key_reservation")).isEmpty();
        assertThat(together(twenty, demand(1, 1), new ArrayList<>())).isEqualTo(20);
    }

    @Test
    void tokensOfAMonthAddUpToTheLimitAndAreSettledExactly() throws Exception {
        KeyLimits month = limits(0, 0, 1000, 0);
        List<Allowance> running = new ArrayList<>();
        assertThat(together(month, demand(3, 4), running)).isEqualTo(1000 / 7);
        assertThat(used("month_tokens")).isEqualTo(1000 / 7 * 7);
        for (Allowance each : running) {
            each.settle(5);
            each.close();
        }
        assertThat(used("month_tokens")).isEqualTo(1000 / 7 * 5);
        assertThat(headers)
                .containsEntry("x-ratelimit-limit-tokens-month", "1000")
                .containsEntry("x-ratelimit-remaining-tokens-month", "" + (1000 - 1000 / 7 * 5));
    }

    /** The buckets refill meanwhile, so a slow machine lets a few more through. */
    @Test
    void theMinuteOfTwoGatewaysIsOneBucket() throws Exception {
        for (KeyLimits of : List.of(limits(60, 0, 0, 0), limits(0, 60 * 7, 0, 0))) {
            Rows.change(url, "DELETE FROM key_use");
            long start = System.nanoTime();
            int passed = together(of, demand(3, 4), new ArrayList<>());
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(passed).isBetween(60, 60 + (int) Math.ceil(seconds));
        }
    }

    @Test
    void aRefusedRequestPassesAfterItsWait() throws Exception {
        KeyLimits of = limits(120, 6000, 0, 0);
        allowance(limitsOfOne, of).reserve(demand(3000, 2990));
        Duration wait = refused(allowance(limitsOfTwo, of), demand(50, 60)).retryAfter().get();
        assertThat(wait).isBetween(Duration.ofMillis(200), Duration.ofMillis(1000));
        ApiException refusal = refused(allowance(limitsOfTwo, of), demand(50, 60));
        assertThat(refusal)
                .hasMessageContaining("this key has 6000 tokens a minute")
                .hasMessageContaining("reserves 110 of them, and ");
        Thread.sleep(wait.toMillis() + 1);
        allowance(limitsOfOne, of).reserve(demand(50, 60));
        assertThat(headers)
                .containsEntry("x-ratelimit-limit-req-minute", "120")
                .containsEntry("x-ratelimit-remaining-req-minute", "119")
                .containsEntry("x-ratelimit-tokens-query-cost", "110");
    }

    @Test
    void requestsThatFailEarlyCountAndChangedLimitsKeepWhatWasUsed() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (Allowance nonsense = allowance(limitsOfOne, limits(5, 0, 0, 0))) {
                nonsense.enter();
                // The row is made by the first reservation.
                if (i == 0) {
                    nonsense.reserve(demand(1, 1));
                }
            }
        }
        allowance(limitsOfTwo, limits(5, 0, 0, 0)).reserve(demand(1, 1));
        refused(allowance(limitsOfTwo, limits(4, 0, 0, 0)), demand(1, 1));
        allowance(limitsOfTwo, limits(5, 0, 0, 0)).reserve(demand(1, 1));
        Rows.change(
                url,
                "INSERT INTO api_key (id, name, sha256, created_ms, models, admin, requests_per_minute)"
                        + " VALUES ('key_1', 'n', 's', 0, '', 0, 9)");
        assertThat(limitsOfOne.uses(Map.of("key_1", limits(9, 0, 0, 0))))
                .hasEntrySatisfying("key_1", use -> assertThat(use.requestsLeft()).contains(4L));
    }

    @Test
    void anAnswerLongerThanReservedIsPaidLater() throws Exception {
        KeyLimits of = limits(0, 100, 500, 0);
        try (Allowance longer = running(limitsOfOne, of, demand(10, 90))) {
            longer.settle(400);
        }
        assertThat(used("tokens")).isBetween(390.0, 400.0);
        assertThat(used("month_tokens")).isEqualTo(400);
        Duration wait = refused(allowance(limitsOfTwo, of), demand(5, 5)).retryAfter().get();
        assertThat(wait).isBetween(Duration.ofSeconds(150), Duration.ofSeconds(187));
    }

    /** From here on, the first gateway is silent as if it had been killed. */
    @Test
    void aDeadGatewayOwesItsPromptsAndIsFreedOnce() throws Exception {
        KeyLimits of = limits(0, 10_000, 10_000, 50);
        for (int i = 0; i < 49; i++) {
            Allowance unused = running(limitsOfOne, of, demand(10, 90));
        }
        try (Allowance other = running(limitsOfTwo, of, demand(20, 80));
                Allowance last = allowance(limitsOfTwo, of)) {
            last.enter();
            assertThat(refused(last, demand(1, 1))).hasMessageContaining("50 requests answered");
            assertThat(other.caller().id()).isEqualTo("key_1");
            SharedLimits three = SharedLimits.open(database, LEASE, PATIENT, RANDOM);
            maintainUntil(() -> used("running") < 50, two, three);
            for (int i = 0; i < 5; i++) {
                two.maintain();
                three.maintain();
                Thread.sleep(LEASE.toMillis() / 8);
            }
            assertThat(two.status().takenOver() + three.status().takenOver()).isEqualTo(1);
            assertThat(two.status().living()).isEqualTo(2);
            three.close();
        }
        assertThat(used("running")).isZero();
        assertThat(used("month_tokens")).isEqualTo(49 * 10);
        List<Allowance> running = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            running.add(running(limitsOfTwo, of, demand(10, 90)));
        }
        assertThat(used("running")).isEqualTo(running.size());
    }

    /** A process that was stopped with SIGSTOP, or a machine that slept. */
    @Test
    void aGatewayThatWakesUpCountsItsAnswersAgainAndSettlesThemOnce() throws Exception {
        KeyLimits of = limits(0, 0, 10_000, 4);
        List<Allowance> slept = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            slept.add(running(limitsOfOne, of, demand(10, 90)));
        }
        maintainUntil(() -> used("running") == 0, two);
        assertThat(used("month_tokens")).isEqualTo(30);
        // It has not noticed yet.
        slept.get(0).settle(50);
        slept.get(0).close();
        assertThat(used("running")).isZero();
        assertThat(used("month_tokens")).isEqualTo(50 + 20);
        running(limitsOfOne, of, demand(10, 90)).close();
        maintainUntil(() -> used("running") == 2, one);
        assertThat(used("month_tokens")).isEqualTo(50 + 200);
        slept.get(1).settle(60);
        slept.get(2).close();
        assertThat(used("running")).isZero();
        assertThat(used("month_tokens")).isEqualTo(50 + 60);
        assertThat(Rows.of(url, "SELECT * FROM key_reservation")).isEmpty();
    }

    /** Its request was told that the database does not answer. */
    @Test
    void aReservationThatTookEffectTooLateIsGivenBack() throws Exception {
        KeyLimits of = limits(0, 0, 1000, 4);
        running(limitsOfOne, of, demand(1, 1)).close();
        UseTable.Entry late = one.entry("key_1", of, new Cost(10, 100, true));
        try (var connection = database.connect()) {
            assertThat(UseTable.reserve(connection::prepareStatement, late)).isPresent();
            assertThat(used("running")).isEqualTo(1);
            maintainUntil(() -> used("running") == 0, one, two);
            assertThat(used("month_tokens")).isZero();
            assertThat(UseTable.settle(connection::prepareStatement, late)).isPresent();
            assertThat(UseTable.settle(connection::prepareStatement, late)).isEmpty();
        }
    }

    @Test
    void whileTheDatabaseIsAwayEachGatewayGrantsItsPart() throws Exception {
        KeyLimits of = limits(10, 0, 0, 4);
        KeyLimits month = limits(0, 0, 1000, 0);
        maintainUntil(() -> one.status().living() == 2, one);
        Allowance counted = running(limitsOfOne, of, demand(10, 90));
        Allowance ofMonth = running(limitsOfOne, month, demand(10, 90));
        PostgresServer.get().crash();
        try {
            counted.settle(60);
            counted.close();
            ofMonth.settle(60);
            ofMonth.close();
            assertThat(refused(allowance(limitsOfOne, of), demand(1, 1)).code())
                    .as("not granted here while others may be able to use the database")
                    .isEqualTo(ErrorCode.UNAVAILABLE);
            maintainUntil(one::isAway, one);
            ApiException refusal = refused(allowance(limitsOfOne, month), demand(1, 1));
            assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            Allowance here = running(limitsOfOne, of, demand(1, 1));
            Allowance again = running(limitsOfOne, of, demand(1, 1));
            assertThat(catchThrowableOfType(ApiException.class, allowance(limitsOfOne, of)::enter))
                    .as("half of the limit")
                    .hasMessageContaining("2 requests answered");
            here.close();
            again.close();
            for (int i = 2; i < 5; i++) {
                running(limitsOfOne, of, demand(1, 1)).close();
            }
            assertThat(refused(allowance(limitsOfOne, of), demand(1, 1)).code())
                    .as("five requests are half of the limit")
                    .isEqualTo(ErrorCode.RATE_LIMITED);
            assertThatThrownBy(one::maintain).isInstanceOf(SQLException.class);
        } finally {
            PostgresServer.get().start();
        }
        maintainUntil(() -> used("month_tokens") == 60, one, two);
        assertThat(used("running")).isZero();
        assertThat(one.isAway()).isFalse();
        running(limitsOfOne, of, demand(1, 1)).close();
        running(limitsOfTwo, of, demand(1, 1)).close();
    }

    /**
     * All leases have ended; the first gateway that comes back must not take the others for dead.
     */
    @Test
    void afterTheDatabaseWasAwayNobodyLosesItsReservations() throws Exception {
        KeyLimits of = limits(0, 0, 1000, 4);
        try (Allowance running = running(limitsOfTwo, of, demand(10, 90))) {
            maintainUntil(() -> one.status().living() == 2, one);
            PostgresServer.get().crash();
            Thread.sleep(LEASE.toMillis());
            PostgresServer.get().start();
            maintainUntil(() -> one.status().living() == 1, one);
            assertThat(used("running")).isEqualTo(1);
            maintainUntil(() -> one.status().living() == 2, two, one);
            assertThat(running.caller().id()).isEqualTo("key_1");
        }
    }

    /** The database accepts connections and answers nothing, like a server that swaps. */
    @Test
    void noRequestWaitsForAFrozenDatabaseLongerThanHalfASecondForEachStatement() throws Exception {
        close();
        open(Connections.MAX_WAIT);
        KeyLimits of = limits(1000, 0, 0, 0);
        Allowance running = running(limitsOfOne, of, demand(1, 1));
        PostgresServer.get().freeze();
        long start = System.nanoTime();
        try {
            for (RateLimits gateway : List.of(limitsOfOne, limitsOfTwo)) {
                assertThat(refused(allowance(gateway, of), demand(1, 1)).code())
                        .isEqualTo(ErrorCode.UNAVAILABLE);
            }
            running.close();
            maintainUntil(() -> one.isAway() && two.isAway(), one, two);
            List<Allowance> passed = new ArrayList<>();
            assertThat(together(of, demand(1, 1), passed)).isEqualTo(CLIENTS * 8);
            // Once a gateway knows it, no request tries.
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(25));
        } finally {
            PostgresServer.get().thaw();
        }
        maintainUntil(() -> !one.isAway() && !two.isAway() && used("running") == 0, one, two);
    }

    /** Someone looks at a row with FOR UPDATE while a dead gateway's reservations are freed. */
    @Test
    void aLockedRowIsNoDatabaseThatIsAway() throws Exception {
        KeyLimits of = limits(0, 0, 1000, 4);
        Allowance running = running(limitsOfTwo, of, demand(10, 90));
        maintainUntil(() -> one.status().living() == 2, one);
        try (Connection other = database.connect()) {
            other.setAutoCommit(false);
            try (Statement lock = other.createStatement()) {
                lock.execute("SELECT 1 FROM key_use FOR UPDATE");
                while (one.status().takenOver() == 0) {
                    try {
                        one.maintain();
                    } catch (SQLException waited) {
                        assertThat(one.isAway()).as("%s", waited).isFalse();
                        break;
                    }
                }
            }
            assertThat(one.isAway()).isFalse();
            other.rollback();
        }
        maintainUntil(() -> used("running") == 0, one);
        running.settle(60);
        assertThat(used("month_tokens")).isEqualTo(60);
    }

    @Test
    void aRefusedRequestCountsAlsoIfItIsTheFirstOfItsKey() throws Exception {
        KeyLimits of = limits(2, 0, 0, 0);
        for (int i = 0; i < 2; i++) {
            try (Allowance refusedLater = allowance(limitsOfOne, of)) {
                refusedLater.enter();
            }
        }
        assertThat(refused(allowance(limitsOfOne, of), demand(1, 1)).code())
                .isEqualTo(ErrorCode.RATE_LIMITED);
    }

    @Test
    void aKeyThatWaitsForItsRowLeavesConnectionsToOthers() throws Exception {
        KeyLimits of = limits(1000, 0, 0, 0);
        running(limitsOfOne, of, demand(1, 1)).close();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
                Connection other = database.connect()) {
            other.setAutoCommit(false);
            try (Statement lock = other.createStatement()) {
                lock.execute("SELECT 1 FROM key_use WHERE key_id = 'key_1' FOR UPDATE");
            }
            for (int i = 0; i < 8; i++) {
                Allowance blocked = allowance(limitsOfOne, of);
                Future<?> unused = clients.submit(() -> run(blocked));
            }
            Thread.sleep(300);
            try (Allowance free =
                    new Allowance(
                            new Access.Granted(new Caller("key_2"), false, of, "sum"),
                            keys,
                            limitsOfOne,
                            (name, value) -> {})) {
                free.enter();
                free.reserve(demand(1, 1));
            }
            other.rollback();
        }
    }

    private static Allowance run(Allowance allowance) throws ApiException {
        allowance.reserve(demand(1, 1));
        return allowance;
    }
}
