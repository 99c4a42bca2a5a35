package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;

/**
 * The engine's figures as comments in the stream of an answer, for clients that ask for them with a
 * header. Clients pass over comments, and without the header there are none.
 */
final class LiveMetrics {
    static final String HEADER = "tramontane-metrics";

    private static final long EVERY_NANOS = Duration.ofMillis(200).toNanos();

    private final EventStream stream;
    private final Surroundings surroundings;
    private final boolean wanted;
    private long saidNanos;

    LiveMetrics(Exchange exchange, EventStream stream, Surroundings surroundings) {
        this.stream = stream;
        this.surroundings = surroundings;
        this.wanted = exchange.header(HEADER).filter("true"::equalsIgnoreCase).isPresent();
        this.saidNanos = surroundings.nanos().getAsLong();
    }

    /** To be called before an event is sent: the last figures come before the end of the answer. */
    void before(CompletionEvent event, Completion completion) throws IOException {
        long now = surroundings.nanos().getAsLong();
        boolean last = event instanceof CompletionEvent.Done;
        // Nothing goes out before the answer has begun: until then an error can have a status.
        if (wanted && stream.hasBegun() && (last || now - saidNanos >= EVERY_NANOS)) {
            saidNanos = now;
            stream.comment("metrics", completion.metrics().toJson());
        }
    }
}
