package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.completion.Environment;

/**
 * Sends the engine's figures as comments in a stream, to clients that ask for them with a header.
 * Other clients ignore comments, but get none.
 */
final class LiveMetrics {
    static final String HEADER = "tramontane-metrics";

    private static final long EVERY_NANOS = Duration.ofMillis(200).toNanos();

    private final EventStream stream;
    private final Environment environment;
    private final boolean wanted;
    private long saidNanos;

    LiveMetrics(Exchange exchange, EventStream stream, Environment environment) {
        this.stream = stream;
        this.environment = environment;
        this.wanted = exchange.header(HEADER).filter("true"::equalsIgnoreCase).isPresent();
        this.saidNanos = environment.nanos().getAsLong();
    }

    /**
     * Must be called before an event is sent, so that the last figures precede the end of the
     * answer.
     */
    void before(CompletionEvent event, Completion completion) throws IOException {
        long now = environment.nanos().getAsLong();
        boolean last = event instanceof CompletionEvent.Done;
        // Nothing is sent before the first chunk: until then an error can have its own status.
        if (wanted && stream.hasBegun() && (last || now - saidNanos >= EVERY_NANOS)) {
            saidNanos = now;
            stream.comment("metrics", completion.metrics().toJson());
        }
    }
}
