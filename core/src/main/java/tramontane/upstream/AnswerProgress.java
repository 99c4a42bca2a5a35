package tramontane.upstream;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import tramontane.api.Usage;
import tramontane.backend.Metrics;
import tramontane.engine.Generation;

/**
 * The figures of an answer that an upstream writes. The thread that reads it writes them, and any
 * thread may read them.
 *
 * <p>How long a request was in the upstream's queue is not known, because upstreams do not say when
 * they took it up.
 */
final class AnswerProgress {
    private final int promptTokens;
    private final LongSupplier nanos;
    private final long submittedNanos;
    private volatile Optional<Usage> usage = Optional.empty();
    private volatile Generation.Progress progress = Generation.Progress.NONE;
    private volatile boolean started;

    /**
     * @param promptTokens an estimate, until the upstream says the number
     */
    AnswerProgress(int promptTokens, LongSupplier nanos) {
        this.promptTokens = promptTokens;
        this.nanos = nanos;
        this.submittedNanos = nanos.getAsLong();
    }

    /**
     * An event has been read.
     *
     * @param known tokens that servers have told of, also earlier ones that broke off
     */
    void advance(AnswerReader reader, int known) {
        usage = reader.usage();
        long now = nanos.getAsLong();
        Generation.Progress before = progress;
        // A server that goes on begins to count anew, and a call arrives when it is complete.
        int tokens =
                Math.max(
                        Math.max(before.tokens(), known),
                        reader.usage().map(Usage::completionTokens).orElse(reader.parts()));
        OptionalLong first =
                before.firstTokenNanos().isPresent() || tokens == 0
                        ? before.firstTokenNanos()
                        : OptionalLong.of(now - submittedNanos);
        progress =
                new Generation.Progress(
                        OptionalLong.empty(),
                        first,
                        first.isPresent() ? now - submittedNanos - first.getAsLong() : 0,
                        tokens);
        started = true;
    }

    /** The answer is complete. */
    void end(Usage whole) {
        usage = Optional.of(whole);
    }

    Metrics metrics() {
        Optional<Usage> told = usage;
        return new Metrics(
                told.map(Usage::promptTokens).orElse(promptTokens),
                OptionalLong.of(submittedNanos),
                new Generation.Counts(
                        told.map(Usage::cachedTokens).orElse(0),
                        told.flatMap(Usage::drafts).map(Usage.Drafts::accepted).orElse(0),
                        told.flatMap(Usage::drafts).map(Usage.Drafts::rejected).orElse(0)),
                progress,
                started);
    }
}
