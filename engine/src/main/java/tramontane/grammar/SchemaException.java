package tramontane.grammar;

import java.util.List;
import java.util.stream.Collectors;

/** Reports every reason why a schema cannot be enforced. */
public final class SchemaException extends Exception {
    /**
     * @param pointer JSON pointer into the schema
     * @param reason a clause without a final period
     */
    public record Refusal(String pointer, String reason) {}

    private final transient List<Refusal> refusals;

    public SchemaException(List<Refusal> refusals) {
        super(
                refusals.stream()
                        .map(refusal -> refusal.pointer + ": " + refusal.reason)
                        .collect(Collectors.joining("; ")));
        this.refusals = List.copyOf(refusals);
    }

    public List<Refusal> refusals() {
        return refusals;
    }
}
