package tramontane.usage;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tramontane.api.ApiException;
import tramontane.api.Sha256;
import tramontane.api.Usage;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.ledger.AnswerHash;
import tramontane.ledger.Ledger;
import tramontane.ledger.LedgerRow;
import tramontane.ledger.RequestSummary;

/** Collects what the ledger keeps of a request beyond its record. Used by the request's thread. */
final class LedgerDraft {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Ledger ledger;
    private final AnswerHash answer = new AnswerHash();
    private RequestSummary summary = RequestSummary.UNKNOWN;
    private Optional<String> requestSum = Optional.empty();
    private Optional<byte[]> requestText = Optional.empty();
    private Optional<byte[]> answerText = Optional.empty();

    LedgerDraft(Ledger ledger) {
        this.ledger = ledger;
    }

    boolean keepsText() {
        return ledger.keepsText();
    }

    /** A body is read twice if it has a large schema. */
    void received(byte[] body) {
        if (requestSum.isEmpty()) {
            requestSum = Optional.of(Sha256.of(body));
            requestText = keepsText() ? Optional.of(body) : Optional.empty();
        }
    }

    void parsed(JsonNode json) {
        summary = RequestSummary.of(json);
    }

    void took(CompletionEvent event) {
        answer.add(event);
    }

    void answered(Optional<byte[]> text) {
        answerText = keepsText() ? text : Optional.empty();
    }

    /** Adds the row; returns when it is committed if the answer is finished. */
    void write(Caller caller, RequestRecord record) {
        LedgerRow.Ending ending = ending(record);
        boolean finished = ending == LedgerRow.Ending.FINISHED;
        RequestRecord.Outcome outcome = record.outcome();
        ledger.add(
                new LedgerRow(
                        new LedgerRow.Origin(
                                record.id(),
                                record.origin().createdMillis(),
                                caller.id(),
                                record.origin().path()),
                        summary,
                        record.asked()
                                .map(asked ->
                                        new LedgerRow.Served(
                                                asked.served().id(),
                                                asked.served().contextLength(),
                                                asked.seed())),
                        new LedgerRow.Outcome(
                                ending,
                                outcome.status(),
                                outcome.error().map(LedgerDraft::type),
                                outcome.finishReasons(),
                                times(record)),
                        record.metrics().map(metrics -> tokens(metrics, outcome.usage())),
                        new LedgerRow.Hashes(
                                requestSum,
                                finished ? Optional.of(answer.sum()) : Optional.empty()),
                        requestText.map(body -> new LedgerRow.Text(body, answerText))));
        requestText = Optional.empty();
        answerText = Optional.empty();
    }

    private static LedgerRow.Ending ending(RequestRecord record) {
        if (record.state() == RequestRecord.State.LEFT) {
            return LedgerRow.Ending.CANCELLED;
        }
        if (record.outcome().error().isEmpty()) {
            return LedgerRow.Ending.FINISHED;
        }
        return record.asked().isPresent() ? LedgerRow.Ending.FAILED : LedgerRow.Ending.REFUSED;
    }

    private static String type(ApiException error) {
        return error.code().type();
    }

    private static LedgerRow.Times times(RequestRecord record) {
        return new LedgerRow.Times(
                millis(record.metrics().map(each -> each.progress().queuedNanos())),
                millis(record.metrics().map(each -> each.progress().firstTokenNanos())),
                record.outcome().millis());
    }

    private static OptionalDouble millis(Optional<OptionalLong> nanos) {
        OptionalLong known = nanos.orElse(OptionalLong.empty());
        return known.isPresent()
                ? OptionalDouble.of(known.getAsLong() / NANOS_PER_MILLI)
                : OptionalDouble.empty();
    }

    /**
     * The usage that the client was told, else what the engine counted so far. A prompt counts once
     * its computation has started, as it does for the limits of a key.
     */
    private static LedgerRow.Tokens tokens(Metrics metrics, Optional<Usage> usage) {
        int begun = metrics.started() ? metrics.promptTokens() : 0;
        return new LedgerRow.Tokens(
                usage.map(Usage::promptTokens).orElse(begun),
                usage.map(Usage::cachedTokens).orElse(metrics.counts().cachedTokens()),
                usage.map(Usage::completionTokens).orElse(metrics.progress().tokens()),
                usage.flatMap(Usage::reasoningTokens),
                metrics.counts().acceptedDrafts(),
                metrics.counts().rejectedDrafts());
    }
}
