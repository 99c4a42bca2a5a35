package tramontane.engine;

/**
 * Bounds the requests that wait to start, and their prompt tokens. A request counts from its
 * submission until its first sequence starts. Any thread: requests that arrive at the same time are
 * counted one after the other.
 */
public final class AdmissionControl {
    private final int maxRequests;
    private final long maxTokens;
    private int requests;
    private long tokens;

    public AdmissionControl(int maxRequests, long maxTokens) {
        this.maxRequests = maxRequests;
        this.maxTokens = maxTokens;
    }

    AdmissionControl(EngineLimits limits) {
        this(limits.maxWaiting(), limits.maxWaitingTokens());
    }

    void enter(GenerationRequest request) throws EngineFullException {
        enter(request.prompt().length);
    }

    /** Lets a request in. If no request waits, it may have any length. */
    public synchronized void enter(int promptTokens) throws EngineFullException {
        if (requests >= maxRequests) {
            throw new EngineFullException(tokens, requests + " requests are waiting already");
        }
        if (requests > 0 && tokens + promptTokens > maxTokens) {
            throw new EngineFullException(
                    tokens,
                    tokens + " prompt tokens are waiting already, the limit is " + maxTokens);
        }
        requests++;
        tokens += promptTokens;
    }

    /** The request has started, or was cancelled before it could start. */
    void leave(GenerationRequest request) {
        leave(request.prompt().length);
    }

    /** Takes back an {@link #enter}. */
    public synchronized void leave(int promptTokens) {
        requests--;
        tokens -= promptTokens;
    }

    public synchronized int requests() {
        return requests;
    }

    /** Prompt tokens of the waiting requests. */
    public synchronized long tokens() {
        return tokens;
    }
}
