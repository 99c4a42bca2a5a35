package tramontane.upstream;

import java.util.Optional;
import tramontane.api.ApiException;

/** An upstream's answer cannot be used: the message says why, in a clause for an error. */
final class BrokenAnswerException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is at fault. */
    enum Fault {
        /** The server, which may fail other requests as well. */
        SERVER,
        /** What the model wrote. */
        MODEL,
        /** The request, or how much the server has to do. */
        REQUEST,
        /** None: the answer cannot be continued where another server broke off. */
        OTHER_ANSWER
    }

    private final Fault fault;
    private final transient Optional<ApiException> refusal;

    BrokenAnswerException(Fault fault, String message) {
        super(message);
        this.fault = fault;
        this.refusal = Optional.empty();
    }

    /** The server refuses the request after the start of its answer. */
    BrokenAnswerException(ApiException refusal) {
        super(refusal);
        this.fault = Fault.REQUEST;
        this.refusal = Optional.of(refusal);
    }

    /** What the client gets. */
    ApiException error(String model) {
        return refusal.orElseGet(() -> ErrorReply.failed(model, String.valueOf(getMessage())));
    }

    Fault fault() {
        return fault;
    }
}
