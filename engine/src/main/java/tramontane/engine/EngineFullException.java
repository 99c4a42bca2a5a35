package tramontane.engine;

/** A request was refused, because too many requests or prompt tokens are waiting. */
public final class EngineFullException extends Exception {
    private final long waitingTokens;

    EngineFullException(long waitingTokens, String message) {
        super(message);
        this.waitingTokens = waitingTokens;
    }

    /** Prompt tokens of the requests that are waiting. */
    public long waitingTokens() {
        return waitingTokens;
    }
}
