package tramontane.upstream;

/** An upstream's answer cannot be used: the message says why, in a clause for an error. */
final class BrokenAnswerException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is at fault. */
    enum Fault {
        /** The server, which may fail other requests as well. */
        SERVER,
        /** What the model wrote. */
        MODEL,
        /** None: the answer cannot be continued where another server broke off. */
        OTHER_ANSWER
    }

    private final Fault fault;

    BrokenAnswerException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    Fault fault() {
        return fault;
    }
}
