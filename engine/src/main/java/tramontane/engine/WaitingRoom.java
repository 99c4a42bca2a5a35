package tramontane.engine;

/**
 * How much waits to begin, from the moment it is submitted, and how much may. Any thread: so that
 * many who come at once are counted one after the other.
 */
final class WaitingRoom {
    private final int maxRequests;
    private final long maxTokens;
    private int requests;
    private long tokens;

    WaitingRoom(EngineLimits limits) {
        this.maxRequests = limits.maxWaiting();
        this.maxTokens = limits.maxWaitingTokens();
    }

    /** Lets a request in; an empty room takes any. */
    synchronized void enter(GenerationRequest request) throws EngineFullException {
        int promptTokens = request.prompt().length;
        if (requests >= maxRequests) {
            throw new EngineFullException(tokens, requests + " requests are waiting already");
        }
        if (requests > 0 && tokens + promptTokens > maxTokens) {
            throw new EngineFullException(
                    tokens, tokens + " prompt tokens are waiting, " + maxTokens + " may");
        }
        requests++;
        tokens += promptTokens;
    }

    /** The request has begun, or nobody waits for it any more. */
    synchronized void leave(GenerationRequest request) {
        requests--;
        tokens -= request.prompt().length;
    }

    synchronized int requests() {
        return requests;
    }

    /** Prompt tokens of requests that have not begun. */
    synchronized long tokens() {
        return tokens;
    }
}
