package tramontane.backend;

import java.util.Set;
import tramontane.api.FieldSet;

/**
 * The authenticated sender of a request.
 *
 * @param id equal for all requests made with one key; keeps the caches of different keys apart
 * @param models names of the models that the caller may use; empty means all
 * @param budget limits the tokens of the caller's request
 * @param fields those that the caller's requests may have
 * @param hops Tramontanes that have passed the request on, the latest to this one
 * @param requestId of the request, as the log names it; empty outside of a server
 */
public record Caller(
        String id,
        Set<String> models,
        TokenBudget budget,
        FieldSet fields,
        int hops,
        String requestId) {
    /** Everyone who uses a server without keys. */
    public static final Caller LOCAL = new Caller("local");

    public Caller {
        models = Set.copyOf(models);
    }

    /** A caller without limits, who sends Mistral's fields. */
    public Caller(String id) {
        this(id, Set.of(), TokenBudget.UNLIMITED, FieldSet.MISTRAL, 0, "");
    }

    /** The same caller with the budget of one request. */
    public Caller with(TokenBudget ofRequest) {
        return new Caller(id, models, ofRequest, fields, hops, requestId);
    }

    /** The same caller with these fields. */
    public Caller with(FieldSet accepted) {
        return new Caller(id, models, budget, accepted, hops, requestId);
    }

    /** The same caller, whose request has come by so many Tramontanes. */
    public Caller sending(String request, int passed) {
        return new Caller(id, models, budget, fields, passed, request);
    }
}
