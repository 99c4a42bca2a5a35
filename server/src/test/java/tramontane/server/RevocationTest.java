package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.access.ApiKey;
import tramontane.access.KeyLimits;
import tramontane.access.KeyTable;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.completion.Environment;
import tramontane.ledger.Ledger;
import tramontane.ledger.SmallLedger;
import tramontane.store.Database;
import tramontane.store.DatabaseKind;
import tramontane.store.DatabaseUrl;

/**
 * A revoked key counts within a second: after one look at the database, and for a running answer
 * after one more poll. The test counts these and adds the times for which the server waits, so it
 * holds on a slow machine too.
 */
class RevocationTest {
    /** Half of the promised second; the other half is for statements and a busy machine. */
    private static final Duration MAX_WAITS = Duration.ofMillis(500);

    private static final String TEXT = ApiKey.create(new Random(31));
    private static final String SHORT =
            "{'model':'tiny','messages':[{'content':'a'}],'max_tokens':2}";
    private static final String LONG =
            "{'model':'tiny','messages':[{'content':'a'}],'max_tokens':100,'min_tokens':100,'temperature':1,'stream':true}";

    @TempDir Path folder;

    /** The server looks at the database when the test lets it. */
    private static final class Looks implements KeyAccess.Pause {
        private final Semaphore allowed = new Semaphore(0);
        private final BlockingQueue<Duration> pauses = new LinkedBlockingQueue<>();

        @Override
        public boolean isLast(CountDownLatch stop, Duration time) throws InterruptedException {
            pauses.add(time);
            while (!allowed.tryAcquire(5, TimeUnit.MILLISECONDS)) {
                if (stop.getCount() == 0) {
                    return true;
                }
            }
            return false;
        }

        /** How long the server would wait before the next look. */
        private Duration awaitPause() throws InterruptedException {
            return pauses.take();
        }

        /** Has the server look once. */
        private void look() throws InterruptedException {
            allowed.release();
            Duration unused = awaitPause();
        }
    }

    /**
     * Notes how long the server waits for events, and how often after the revocation. Before it, an
     * answer does not get beyond its first events, so it runs as long as the test needs it to.
     */
    private static final class Polls {
        private static final int FIRST_EVENTS = 20;

        private final Queue<Duration> timeouts = new ConcurrentLinkedQueue<>();
        private final AtomicInteger later = new AtomicInteger();
        private volatile boolean revoked;

        private Completion noting(Completion real) {
            return new Completion() {
                private int events;

                @Override
                public Optional<CompletionEvent> poll(Duration timeout)
                        throws InterruptedException {
                    timeouts.add(timeout);
                    if (revoked) {
                        later.incrementAndGet();
                    } else if (events == FIRST_EVENTS) {
                        Thread.sleep(timeout);
                        return Optional.empty();
                    }
                    events++;
                    return real.poll(timeout);
                }

                @Override
                public Metrics metrics() {
                    return real.metrics();
                }

                @Override
                public void close() {
                    real.close();
                }
            };
        }
    }

    private static StoredKey key() {
        return new StoredKey(
                "key_31",
                "eve",
                new StoredKey.Secret(ApiKey.sha256(TEXT), Optional.empty()),
                new StoredKey.Lifetime(0, Optional.empty(), Optional.empty(), Optional.empty()),
                new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                KeyLimits.NONE);
    }

    private static String request(String json) {
        return RawHttp.request(json)
                .replace("\r\n\r\n", "\r\nAuthorization: Bearer " + TEXT + "\r\n\r\n");
    }

    private static String ask(ServerUnderTest server) throws IOException {
        try (Socket socket = server.connect()) {
            RawHttp.write(
                    socket,
                    request(SHORT).replace("localhost\r\n", "localhost\r\nConnection: close\r\n"));
            return RawHttp.readToEnd(socket);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneLookAtTheDatabaseRefusesTheKeyAndEndsItsAnswers(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        Database database = Database.open(url);
        try (Connection connection = database.connect()) {
            assertThat(new KeyTable(connection).create(key())).isTrue();
        }
        Looks looks = new Looks();
        Polls polls = new Polls();
        Environment environment =
                new Environment(InstantSource.system(), System::nanoTime, new Random(3));
        try (Ledger ledger = SmallLedger.start(url, false, 100);
                KeyAccess access =
                        KeyAccess.open(
                                Optional.of(database), List.of(), List.of(), environment, looks);
                ServerUnderTest server =
                        ServerUnderTest.with(
                                WatchedBackend.of(16, polls::noting), access.gate(), ledger);
                Socket running = server.connect()) {
            Duration pause = looks.awaitPause();
            RawHttp.write(running, request(LONG));
            assertThat(running.getInputStream().readNBytes(1000)).hasSize(1000);
            try (Connection connection = database.connect()) {
                assertThat(new KeyTable(connection).revoke("key_31", 1)).isTrue();
            }
            assertThat(ask(server)).as("before a look").startsWith("HTTP/1.1 200");
            looks.look();
            polls.revoked = true;
            assertThat(ask(server)).startsWith("HTTP/1.1 401").contains("API key eve is revoked");
            String rest = "";
            while (!rest.contains("The API key has been revoked.")) {
                byte[] more = running.getInputStream().readNBytes(100);
                assertThat(more).as("the rest of the answer").isNotEmpty();
                rest += new String(more, StandardCharsets.UTF_8);
            }
            assertThat(polls.later.get()).isLessThanOrEqualTo(1);
            Duration poll = polls.timeouts.stream().max(Duration::compareTo).orElseThrow();
            assertThat(pause.plus(poll)).isLessThanOrEqualTo(MAX_WAITS);
        }
    }
}
