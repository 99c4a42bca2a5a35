package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import tramontane.access.Access;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyRing;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.FieldSet;
import tramontane.limit.Allowance;
import tramontane.limit.RateLimits;

/** Authenticates requests, and gives each its share of its key's limits. */
public final class Gate {
    private final KeyRing keys;
    private final FailedAttempts failed;
    private final RateLimits limits;

    public Gate(KeyRing keys, FailedAttempts failed, RateLimits limits) {
        this.keys = keys;
        this.failed = failed;
        this.limits = limits;
    }

    boolean asksForKey() {
        return keys.asksForKey();
    }

    /** The fields that all requests may have. */
    FieldSet fields() {
        return keys.fields();
    }

    /**
     * The allowance of a request; closing it settles its use.
     *
     * @throws ApiException if the request has no valid key
     */
    Allowance admit(Exchange exchange) throws ApiException, InterruptedException {
        String network = exchange.network();
        Access access = keys.access(exchange.header("authorization"));
        if (failed.isCrowded(network)
                && !(access instanceof Access.Granted granted && keys.isStored(granted))) {
            throw ApiException.busy(
                    "Too many requests with a wrong API key come from this address.",
                    Duration.ofSeconds(1));
        }
        return switch (access) {
            case Access.Granted granted ->
                    new Allowance(
                            granted,
                            keys,
                            limits,
                            (name, value) -> {
                                if (!exchange.isCommitted()) {
                                    exchange.header(name, value);
                                }
                            });
            case Access.Refused(String message, boolean guess) -> {
                if (guess) {
                    slow(network);
                }
                throw new ApiException(ErrorCode.UNAUTHORIZED, message);
            }
        };
    }

    private void slow(String network) throws InterruptedException {
        Duration delay = failed.failed(network);
        try {
            Thread.sleep(delay);
        } finally {
            failed.waited(network);
        }
    }

    /**
     * Must be called before anything is shown that belongs to other callers.
     *
     * @throws ApiException if the caller is not an administrator
     */
    static void requireAdmin(Allowance allowance) throws ApiException {
        if (!allowance.access().admin()) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN,
                    "this needs an administration key, which the server's operator makes with keys create NAME --admin");
        }
    }

    /**
     * Must be called before figures of the whole server are shown, which name no caller. The keys
     * of the settings are the operator's own; of those in the database, only administration keys
     * may.
     *
     * @throws ApiException if the caller may not
     */
    void requireOperator(Allowance allowance) throws ApiException {
        if (keys.isStored(allowance.access())) {
            requireAdmin(allowance);
        }
    }

    /** The keys of the database and what is left of their limits; for administrators. */
    void report(Exchange exchange, Allowance allowance) throws ApiException, IOException {
        requireAdmin(allowance);
        exchange.json(200, KeyReport.of(keys.stored(), limits));
    }
}
