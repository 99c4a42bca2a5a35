package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.access.ApiKey;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.endpoint.Gate;
import tramontane.engine.Generation;
import tramontane.ledger.Ledger;
import tramontane.ledger.SmallLedger;
import tramontane.limit.MonthTable;
import tramontane.limit.RateLimits;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;

/** An answer that ends early counts the same for the limits of its key and in the ledger. */
class EarlyEndWireTest {
    private static final String TEXT = ApiKey.create(new Random(12));
    private static final String LONG =
            "{'model':'tiny','messages':[{'content':'a'}],'n':16,'max_tokens':1000,'min_tokens':900,'temperature':1%s}";

    private final AtomicInteger generated = new AtomicInteger();
    private volatile Runnable atTheEnd = () -> {};
    @TempDir Path folder;
    private KeyRing ring;
    private MonthTable months;
    private Ledger ledger;
    private ServerUnderTest server;

    /** An engine that has generated one more token whenever someone looks. */
    private final class Busy implements Completion {
        private final Completion real;

        private Busy(Completion real) {
            this.real = real;
        }

        @Override
        public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
            Optional<CompletionEvent> event = real.poll(timeout);
            if (event.isPresent() && event.get() instanceof CompletionEvent.Done) {
                atTheEnd.run();
            }
            return event;
        }

        @Override
        public Metrics metrics() {
            Metrics now = real.metrics();
            Generation.Progress progress = now.progress();
            return new Metrics(
                    now.promptTokens(),
                    now.submittedNanos(),
                    now.counts(),
                    new Generation.Progress(
                            progress.queuedNanos(),
                            progress.firstTokenNanos(),
                            progress.answeringNanos(),
                            generated.incrementAndGet()),
                    now.started());
        }

        @Override
        public void close() {
            real.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        DatabaseUrl url = url();
        months = MonthTable.open(Database.open(url));
        ledger = SmallLedger.start(url, false, 100);
        ring = new KeyRing(List.of(), List.of(), InstantSource.system());
        ring.replace(List.of(key(Optional.empty())));
        Gate gate =
                new Gate(
                        ring,
                        new FailedAttempts(System::nanoTime),
                        new RateLimits(
                                InstantSource.system(), System::nanoTime, Optional.of(months)));
        server = ServerUnderTest.with(WatchedBackend.of(4, Busy::new), gate, ledger);
    }

    private DatabaseUrl url() {
        return new DatabaseUrl.Sqlite(folder.resolve("ledger.db"));
    }

    private static StoredKey key(Optional<Long> revoked) {
        return new StoredKey(
                "key_8",
                "bob",
                new StoredKey.Secret(ApiKey.sha256(TEXT), Optional.empty()),
                new StoredKey.Lifetime(0, Optional.empty(), revoked, Optional.empty()),
                new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                new KeyLimits(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(1_000_000L),
                        Optional.empty()));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        months.close();
    }

    private static String request(String json) {
        return RawHttp.request(json)
                .replace("\r\n\r\n", "\r\nAuthorization: Bearer " + TEXT + "\r\n\r\n");
    }

    private void check(String outcome) throws Exception {
        server.awaitNobodyInFlight();
        ledger.close();
        Map<String, String> row = Rows.of(url(), "SELECT * FROM ledger").getFirst();
        assertThat(row).containsEntry("outcome", outcome);
        Map<String, String> month = Rows.of(url(), "SELECT * FROM key_month").getFirst();
        assertThat(Long.parseLong(month.get("tokens")))
                .isEqualTo(
                        Long.parseLong(row.get("prompt_tokens"))
                                + Long.parseLong(row.get("completion_tokens")));
    }

    @Test
    void ofAClientThatLeaves() throws Exception {
        try (Socket socket = server.connect()) {
            RawHttp.write(socket, request(LONG.formatted(",'stream':true")));
            assertThat(socket.getInputStream().readNBytes(2000)).hasSize(2000);
        }
        check("cancelled");
    }

    @Test
    void ofAKeyThatIsRevoked() throws Exception {
        try (Socket socket = server.connect()) {
            RawHttp.write(socket, request(LONG.formatted(",'stream':true")));
            assertThat(socket.getInputStream().readNBytes(2000)).hasSize(2000);
            ring.replace(List.of(key(Optional.of(1L))));
            String rest = "";
            while (!rest.contains("has been revoked")) {
                byte[] more = socket.getInputStream().readNBytes(100);
                assertThat(more).isNotEmpty();
                rest += new String(more, StandardCharsets.UTF_8);
            }
        }
        check("failed");
    }

    @Test
    void ofAClientThatIsGoneWhenTheAnswerIsComplete() throws Exception {
        Socket socket = server.connect();
        atTheEnd =
                () -> {
                    try {
                        socket.close();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                    // The next look at the client is due.
                    server.skip(Duration.ofSeconds(1));
                };
        RawHttp.write(
                socket, request("{'model':'tiny','messages':[{'content':'a'}],'max_tokens':9}"));
        while (Rows.of(url(), "SELECT * FROM key_month").isEmpty()) {
            Thread.sleep(5);
        }
        check("cancelled");
    }
}
