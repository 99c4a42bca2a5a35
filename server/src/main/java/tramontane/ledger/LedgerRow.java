package tramontane.ledger;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the ledger keeps of one request.
 *
 * @param served the model that took the request; empty if it was refused
 * @param tokens empty if no prompt was counted
 * @param text the bodies, if the operator wants them kept
 */
public record LedgerRow(
        Origin origin,
        RequestSummary request,
        Optional<Served> served,
        Outcome outcome,
        Optional<Tokens> tokens,
        Hashes hashes,
        Optional<Text> text) {

    /**
     * Whose request it is.
     *
     * @param id the value of the {@code mistral-correlation-id} header; unique
     * @param beganMillis since 1970
     */
    public record Origin(String id, long beganMillis, String keyId, String path) {}

    /** The served model's own name, its context and the seed that was used. */
    public record Served(String model, int contextTokens, long seed) {}

    /** How a request ended. */
    public enum Ending {
        /** Every choice is complete. */
        FINISHED,
        /** An error after the request was accepted. */
        FAILED,
        /** An error before that. */
        REFUSED,
        /** The client disconnected. */
        CANCELLED;

        /** The name in the database. */
        public String columnValue() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How and when it ended.
     *
     * @param finishReasons of the choices, in the order in which they ended
     */
    public record Outcome(
            Ending ending,
            Optional<Integer> status,
            Optional<String> errorType,
            List<String> finishReasons,
            Times times) {
        public Outcome {
            finishReasons = List.copyOf(finishReasons);
        }
    }

    /**
     * Milliseconds: queue and first token since the engine got the request, total since it came.
     */
    public record Times(OptionalDouble queue, OptionalDouble firstToken, double total) {}

    public record Tokens(
            int prompt,
            int cached,
            int completion,
            Optional<Integer> thinking,
            int acceptedDrafts,
            int rejectedDrafts) {}

    /** SHA-256 sums: of the body as it was received, and of the answer (see {@link AnswerHash}). */
    public record Hashes(Optional<String> request, Optional<String> answer) {}

    public record Text(byte[] request, Optional<byte[]> answer) {
        long bytes() {
            return request.length + answer.map(body -> body.length).orElse(0);
        }
    }

    /** True for an answer whose end the client is about to see. */
    boolean isFinished() {
        return outcome.ending == Ending.FINISHED;
    }

    long textBytes() {
        return text.map(Text::bytes).orElse(0L);
    }
}
