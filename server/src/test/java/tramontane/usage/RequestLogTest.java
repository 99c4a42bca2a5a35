package tramontane.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.Usage;
import tramontane.backend.Caller;

class RequestLogTest {
    private static final Caller ONE = new Caller("one");
    private static final Caller OTHER = new Caller("other");
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000));
    private static final Usage USAGE = new Usage(5, 0, 2, Optional.empty(), Optional.empty());

    private final AtomicLong nanos = new AtomicLong();

    private RequestLog log(long maxBodyBytes) {
        return new RequestLog(maxBodyBytes, Optional.empty(), CLOCK, nanos::get);
    }

    private static LoggedRequest begin(RequestLog log, Caller caller, String id) {
        return log.begin(caller, id, "/v1/chat/completions", "test");
    }

    private static List<String> ids(RequestLog log, Caller caller) {
        return log.latest(caller, 1_000).stream().map(RequestRecord::id).toList();
    }

    @Test
    void callersSeeTheirOwnRequestsLatestFirst() {
        RequestLog log = log(0);
        begin(log, ONE, "a");
        begin(log, OTHER, "b");
        begin(log, ONE, "c");
        assertThat(ids(log, ONE)).containsExactly("c", "a");
        assertThat(ids(log, OTHER)).containsExactly("b");
        assertThat(log.find(ONE, "b")).isEmpty();
        assertThat(log.find(OTHER, "b")).isPresent();
        assertThat(ids(log, new Caller("nobody"))).isEmpty();
    }

    @Test
    void theOldestRequestsAreDropped() {
        RequestLog log = log(0);
        begin(log, OTHER, "kept");
        for (int i = 0; i < 250; i++) {
            begin(log, ONE, "r" + i);
        }
        assertThat(ids(log, ONE)).hasSize(200).startsWith("r249").endsWith("r50");
        assertThat(ids(log, OTHER)).containsExactly("kept");
    }

    @Test
    void aRequestEndsOnceAndItsTimeStops() {
        RequestLog log = log(0);
        LoggedRequest request = begin(log, ONE, "a");
        nanos.set(3_000_000);
        request.choiceFinished("stop");
        request.done(USAGE, Optional.empty());
        nanos.set(9_000_000);
        request.left();
        RequestRecord record = log.find(ONE, "a").orElseThrow();
        assertThat(record.state()).isEqualTo(RequestRecord.State.DONE);
        assertThat(record.outcome().millis()).isEqualTo(3);
        assertThat(record.outcome().finishReasons()).containsExactly("stop");
        assertThat(record.outcome().usage()).contains(USAGE);

        LoggedRequest gone = begin(log, ONE, "b");
        gone.left();
        assertThat(log.find(ONE, "b").orElseThrow().state()).isEqualTo(RequestRecord.State.LEFT);

        LoggedRequest refused = begin(log, ONE, "c");
        refused.failed(new ApiException(ErrorCode.BAD_REQUEST, "no", "messages"));
        assertThat(log.find(ONE, "c").orElseThrow().outcome().status()).contains(400);
    }

    @Test
    void bodiesAreKeptOnlyIfEnabledAndWithinTheLimit() {
        RequestLog without = log(0);
        LoggedRequest request = begin(without, ONE, "a");
        request.received(new byte[10]);
        assertThat(without.find(ONE, "a").orElseThrow().toJson().get("has_bodies").booleanValue())
                .isFalse();

        RequestLog with = log(100);
        List<LoggedRequest> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            requests.add(begin(with, ONE, "r" + i));
            // A body that is parsed twice counts once.
            requests.get(i).received(new byte[40]);
            requests.get(i).received(new byte[40]);
        }
        LoggedRequest other = begin(with, OTHER, "other");
        other.received(new byte[90]);
        assertThat(with.latest(ONE, 10))
                .extracting(record -> record.toJson().get("has_bodies").booleanValue())
                .containsExactly(true, true, false, false);
        assertThat(
                        with.find(OTHER, "other")
                                .orElseThrow()
                                .toJson()
                                .get("has_bodies")
                                .booleanValue())
                .isTrue();
    }

    @Test
    void watchersGetEveryChangeOfTheirCallerUntilTheyFallBehind() throws InterruptedException {
        RequestLog log = log(0);
        try (Watcher watcher = log.watch(ONE).orElseThrow()) {
            begin(log, OTHER, "b");
            LoggedRequest request = begin(log, ONE, "a");
            request.done(USAGE, Optional.empty());
            assertThat(watcher.poll(Duration.ZERO))
                    .hasValueSatisfying(record ->
                            assertThat(record.state()).isEqualTo(RequestRecord.State.RUNNING));
            assertThat(watcher.poll(Duration.ZERO))
                    .hasValueSatisfying(record ->
                            assertThat(record.state()).isEqualTo(RequestRecord.State.DONE));
            assertThat(watcher.poll(Duration.ZERO)).isEmpty();
            assertThat(watcher.isCut()).isFalse();
            for (int i = 0; i < 300; i++) {
                begin(log, ONE, "r" + i);
            }
            assertThat(watcher.isCut()).isTrue();
        }
    }

    @Test
    void aCallerHasAtMostSixteenWatchers() {
        RequestLog log = log(0);
        List<Watcher> watchers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            watchers.add(log.watch(ONE).orElseThrow());
        }
        assertThat(log.watch(ONE)).isEmpty();
        assertThat(log.watch(OTHER)).isPresent();
        watchers.getFirst().close();
        assertThat(log.watch(ONE)).isPresent();
    }
}
