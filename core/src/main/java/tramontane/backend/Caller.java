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
 */
public record Caller(String id, Set<String> models, TokenBudget budget, FieldSet fields) {
    /** Everyone who uses a server without keys. */
    public static final Caller LOCAL = new Caller("local");

    public Caller {
        models = Set.copyOf(models);
    }

    /** A caller without limits, who sends Mistral's fields. */
    public Caller(String id) {
        this(id, Set.of(), TokenBudget.UNLIMITED, FieldSet.MISTRAL);
    }

    /** The same caller with the budget of one request. */
    public Caller with(TokenBudget ofRequest) {
        return new Caller(id, models, ofRequest, fields);
    }

    /** The same caller with these fields. */
    public Caller with(FieldSet accepted) {
        return new Caller(id, models, budget, accepted);
    }
}
