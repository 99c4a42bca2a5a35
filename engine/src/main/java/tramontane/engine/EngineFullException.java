package tramontane.engine;

/** A request that was turned away because too much is waiting already. */
public final class EngineFullException extends Exception {
    private final long waitingTokens;

    EngineFullException(long waitingTokens, String message) {
        super(message);
        this.waitingTokens = waitingTokens;
    }

    /** Prompt tokens ahead of the request. */
    public long waitingTokens() {
        return waitingTokens;
    }
}
