package tramontane.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
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
import org.junit.jupiter.api.io.TempDir;
import tramontane.access.Access;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.backend.Caller;
import tramontane.backend.TokenBudget.Demand;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.StoreException;

/** Limits on a clock that only the test moves. */
class RateLimitsTest {
    @TempDir Path folder;

    private Instant now = Instant.parse("2026-12-30T12:00:00Z");
    private long nanos;
    private Database database;
    private MonthTable months;
    private RateLimits limits;
    private final KeyRing keys = new KeyRing(List.of("any"), List.of(), () -> now);
    private final Map<String, String> headers = new TreeMap<>();

    @BeforeEach
    void open() throws StoreException, SQLException {
        database = Database.open(new DatabaseUrl.Sqlite(folder.resolve("limits.db")));
        restart();
    }

    private void restart() throws SQLException {
        months = MonthTable.open(database);
        limits = new RateLimits(() -> now, () -> nanos, Optional.of(months));
    }

    @AfterEach
    void close() throws SQLException {
        months.close();
    }

    private static KeyLimits limits(int requests, int tokens, int month, int concurrent) {
        return new KeyLimits(limit(requests), limit(tokens), limit(month), limit(concurrent));
    }

    private static Optional<Long> limit(int value) {
        return value == 0 ? Optional.empty() : Optional.of((long) value);
    }

    private Allowance allowance(KeyLimits of) {
        return new Allowance(
                new Access.Granted(new Caller("key_1"), false, of, "sum"),
                keys,
                limits,
                headers::put);
    }

    private static Demand demand(int prompt, int answer) {
        return new Demand(prompt, 1, answer, true);
    }

    private static ApiException refused(Allowance allowance, Demand demand) {
        ApiException refusal =
                catchThrowableOfType(ApiException.class, () -> allowance.reserve(demand));
        assertThat(refusal).as("within the limits").isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        return refusal;
    }

    /** Checks that a refused request passes after its wait and not two nanoseconds before. */
    private void passesAfterItsWait(KeyLimits of, Demand demand) throws ApiException {
        Duration wait = refused(allowance(of), demand).retryAfter().orElseThrow();
        nanos += wait.toNanos() - 2;
        refused(allowance(of), demand);
        nanos += 2;
        allowance(of).reserve(demand);
    }

    @Test
    void requestsOfAMinute() throws ApiException {
        KeyLimits seven = limits(7, 0, 0, 0);
        for (int i = 0; i < 7; i++) {
            allowance(seven).reserve(demand(1, 1));
        }
        passesAfterItsWait(seven, demand(1, 1));
        nanos += Duration.ofSeconds(3).toNanos();
        passesAfterItsWait(seven, demand(1, 1));
    }

    @Test
    void tokensOfAMinute() throws ApiException {
        KeyLimits thousand = limits(0, 1000, 0, 0);
        allowance(thousand).reserve(demand(300, 650));
        passesAfterItsWait(thousand, demand(10, 53));
        passesAfterItsWait(thousand, demand(500, 500));
    }

    @Test
    void ofTwoLimitsTheLongerWaitCounts() throws ApiException {
        KeyLimits both = limits(60, 1000, 0, 0);
        for (int i = 0; i < 60; i++) {
            allowance(both).reserve(demand(8, 8));
        }
        passesAfterItsWait(both, demand(900, 50));
        passesAfterItsWait(both, demand(1, 1));
    }

    @Test
    void tokensOfAMonth() throws ApiException {
        KeyLimits month = limits(0, 0, 1000, 0);
        allowance(month).reserve(demand(300, 650));
        Duration wait = refused(allowance(month), demand(1, 50)).retryAfter().orElseThrow();
        assertThat(now.plus(wait)).isEqualTo(Instant.parse("2027-01-01T00:00:00Z"));
        now = now.plus(wait).minusMillis(1);
        refused(allowance(month), demand(1, 50));
        now = now.plusMillis(1);
        allowance(month).reserve(demand(1, 50));
        assertThat(headers)
                .containsEntry("x-ratelimit-limit-tokens-month", "1000")
                .containsEntry("x-ratelimit-remaining-tokens-month", "949");
    }

    @Test
    void whatARefusedRequestTookIsGivenBack() throws ApiException {
        KeyLimits all = limits(2, 1000, 100, 0);
        for (int i = 0; i < 5; i++) {
            refused(allowance(all), demand(50, 51));
            try (Allowance refused = allowance(all)) {
                refused.enter();
                refused(refused, demand(60, 1000));
            }
        }
        try (Allowance first = allowance(all)) {
            first.reserve(demand(90, 5));
            refused(allowance(all), demand(1, 5));
        }
        allowance(all).reserve(demand(90, 10));
        assertThat(headers).containsEntry("x-ratelimit-remaining-req-minute", "0");
    }

    @Test
    void changedLimitsKeepWhatWasUsedAndWhatRuns() throws ApiException {
        Allowance running = allowance(limits(10, 1000, 0, 2));
        running.enter();
        running.reserve(demand(100, 300));
        try (Allowance tighter = allowance(limits(4, 600, 0, 1))) {
            assertThat(headers)
                    .containsEntry("x-ratelimit-remaining-req-minute", "3")
                    .containsEntry("x-ratelimit-remaining-tokens-minute", "200");
            assertThatThrownBy(tighter::enter).hasMessageContaining("1 requests answered");
        }
        running.settle(150);
        running.close();
        try (Allowance next = allowance(limits(4, 600, 0, 1))) {
            assertThat(headers).containsEntry("x-ratelimit-remaining-tokens-minute", "450");
            next.enter();
        }
        allowance(limits(2, 50, 0, 0)).close();
        assertThat(headers)
                .as("more was used than the new limit allows")
                .containsEntry("x-ratelimit-remaining-tokens-minute", "0");
    }

    @Test
    void aRequestLargerThanALimitIsToldSoWithoutAWait() throws ApiException {
        ApiException minute = refused(allowance(limits(0, 100, 0, 0)), demand(40, 61));
        assertThat(minute.retryAfter()).isEmpty();
        assertThat(minute)
                .hasMessageContaining("100 tokens a minute")
                .hasMessageContaining("Set max_tokens to 60 or less.");
        assertThat(minute.body().get("param").stringValue()).isEqualTo("max_tokens");
        assertThat(refused(allowance(limits(0, 100, 0, 0)), demand(100, 1)))
                .hasMessageContaining("Shorten the prompt.");
        ApiException month = refused(allowance(limits(0, 0, 100, 0)), new Demand(40, 3, 21, true));
        assertThat(month.retryAfter()).isEmpty();
        assertThat(month).hasMessageContaining("Set max_tokens to 20 or less.");
        allowance(limits(0, 100, 0, 0)).reserve(demand(40, 60));
        for (KeyLimits both : List.of(limits(0, 100, 70, 0), limits(0, 70, 100, 0))) {
            assertThat(refused(allowance(both), demand(40, 90)))
                    .as("the advice holds for both limits")
                    .hasMessageContaining("Set max_tokens to 30 or less.");
            assertThat(refused(allowance(both), demand(40, 31)))
                    .hasMessageContaining("Set max_tokens to 30 or less.");
        }
    }

    @Test
    void anEstimateIsCalledOne() throws Exception {
        Demand far = new Demand(40, 1, 61, true, true);
        assertThat(refused(allowance(limits(0, 100, 0, 0)), far))
                .hasMessageContaining("its prompt has about 40, and its answers up to 61.");
        assertThat(refused(allowance(limits(0, 100, 0, 0)), demand(40, 61)))
                .hasMessageContaining("its prompt has 40, ");
        for (KeyLimits limits : List.of(limits(0, 150, 0, 0), limits(0, 0, 150, 0))) {
            restart();
            allowance(limits).reserve(far);
            assertThat(refused(allowance(limits), far))
                    .hasMessageContaining(
                            "this request reserves about 101 of them, and 49 are left");
            assertThat(refused(allowance(limits), demand(40, 61)))
                    .hasMessageContaining("this request reserves 101 of them, and 49 are left");
        }
    }

    @Test
    void withoutMaxTokensAPartIsReserved() throws Exception {
        allowance(limits(0, 100_000, 0, 0)).reserve(new Demand(40, 2, 30_000, false));
        assertThat(headers).containsEntry("x-ratelimit-tokens-query-cost", "" + (40 + 2 * 1024));
        // What can never be reserved is not asked for.
        restart();
        allowance(limits(0, 100, 0, 0)).reserve(new Demand(40, 2, 30_000, false));
        assertThat(headers)
                .containsEntry("x-ratelimit-tokens-query-cost", "100")
                .containsEntry("x-ratelimit-remaining-tokens-minute", "0");
    }

    @Test
    void anAnswerLongerThanReservedIsPaidLater() throws ApiException {
        KeyLimits hundred = limits(0, 100, 0, 0);
        Meter meter = limits.meter(allowance(hundred).access()).orElseThrow();
        Reservation whole = meter.reserve(new Cost(10, 100, false));
        meter.settle((Reservation.Held) whole, 160);
        nanos += Duration.ofSeconds(36).toNanos();
        assertThat(meter.use().tokensLeft()).contains(0L);
        nanos += Duration.ofSeconds(6).toNanos();
        assertThat(meter.use().tokensLeft()).contains(10L);
    }

    @Test
    void concurrentRequestsAreFreedOnce() throws ApiException {
        KeyLimits two = limits(0, 0, 0, 2);
        Allowance first = allowance(two);
        first.enter();
        try (Allowance second = allowance(two)) {
            second.enter();
            try (Allowance third = allowance(two)) {
                assertThat(catchThrowableOfType(ApiException.class, third::enter).retryAfter())
                        .contains(Duration.ofSeconds(1));
            }
            assertThat(limits.use("key_1").orElseThrow().running()).isEqualTo(2);
        }
        first.close();
        assertThat(limits.use("key_1").orElseThrow().running()).isZero();
    }

    /** The end of an answer is sent before its allowance is closed. */
    @Test
    void aCompleteAnswerFreesItsPlaceAtOnce() throws Exception {
        try (Allowance complete = allowance(limits(0, 1000, 1000, 1))) {
            complete.enter();
            complete.reserve(demand(10, 20));
            assertThat(limits.use("key_1").orElseThrow().running()).isEqualTo(1);
            complete.settle(15);
            KeyUse use = limits.use("key_1").orElseThrow();
            assertThat(use.running()).isZero();
            assertThat(use.tokensLeft()).contains(985L);
            assertThat(use.monthTokensLeft()).contains(985L);
        }
        assertThat(limits.use("key_1").orElseThrow().running()).isZero();
    }

    /** A client that sends nonsense uses up its requests as well. */
    @Test
    void aRequestThatFailsBeforeItsTokensAreKnownCounts() throws ApiException {
        KeyLimits two = limits(2, 0, 0, 0);
        for (int i = 0; i < 2; i++) {
            try (Allowance nonsense = allowance(two)) {
                nonsense.enter();
            }
        }
        passesAfterItsWait(two, demand(1, 1));
    }

    @Test
    void monthsSurviveARestartAndMinutesDoNot() throws Exception {
        KeyLimits all = limits(1, 0, 1000, 0);
        allowance(all).reserve(demand(500, 100));
        months.close();
        restart();
        allowance(all).reserve(demand(300, 100));
        months.close();
        restart();
        assertThat(refused(allowance(all), demand(1, 0))).hasMessageContaining("0 are left");
    }

    @Test
    void withoutItsDatabaseAMonthlyLimitRefuses() throws Exception {
        months.close();
        ApiException refusal =
                catchThrowableOfType(
                        ApiException.class,
                        () -> allowance(limits(0, 0, 1000, 0)).reserve(demand(1, 1)));
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void manyRequestsAtOnceNeverExceedALimit() throws Exception {
        KeyLimits all = limits(400, 10_000, 9_000, 0);
        int passed =
                together(() -> {
                    int mine = 0;
                    for (int i = 0; i < 20; i++) {
                        try {
                            quiet(all).reserve(demand(10, 20));
                            mine++;
                        } catch (ApiException e) {
                            assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
                        }
                    }
                    return mine;
                });
        assertThat(passed).isEqualTo(9_000 / 30);
        assertThat(limits.use("key_1").orElseThrow().requestsLeft()).contains(400L - 300);
        assertThat(limits.use("key_1").orElseThrow().tokensLeft()).contains(10_000L - 9_000);
        assertThat(months.used(limits.thisMonth("key_1"))).isEqualTo(9_000);
    }

    /** Every second answer is cancelled before it has used anything. */
    @Test
    void manyAnswersAtOnceAreSettledExactly() throws Exception {
        KeyLimits all = limits(0, 1_000_000, 9_000, 20);
        int complete =
                together(() -> {
                    int mine = 0;
                    for (int i = 0; i < 40; i++) {
                        try (Allowance allowance = quiet(all)) {
                            allowance.enter();
                            assertThat(limits.use("key_1").orElseThrow().running())
                                    .isBetween(1L, 20L);
                            allowance.reserve(demand(10, 20));
                            if (i % 2 == 0) {
                                allowance.settle(25);
                                mine++;
                            }
                        } catch (ApiException e) {
                            assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED);
                        }
                    }
                    return mine;
                });
        assertThat(complete).isPositive();
        assertThat(limits.use("key_1").orElseThrow().running()).isZero();
        assertThat(limits.use("key_1").orElseThrow().tokensLeft())
                .contains(1_000_000L - 25L * complete);
        assertThat(months.used(limits.thisMonth("key_1")))
                .isEqualTo(25L * complete)
                .isLessThanOrEqualTo(9_000);
    }

    private Allowance quiet(KeyLimits of) {
        return new Allowance(
                new Access.Granted(new Caller("key_1"), false, of, "sum"),
                keys,
                limits,
                (_, _) -> {});
    }

    /** Runs fifty clients at the same time, and adds what they return. */
    private static int together(Callable<Integer> client) throws Exception {
        int sum = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(50)) {
            for (Future<Integer> each : threads.invokeAll(Collections.nCopies(50, client))) {
                sum += each.get();
            }
        }
        return sum;
    }
}
