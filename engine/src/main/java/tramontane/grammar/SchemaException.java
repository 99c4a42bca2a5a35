package tramontane.grammar;

import java.util.List;
import java.util.stream.Collectors;

/** A schema cannot be enforced, for all of these reasons. */
public final class SchemaException extends Exception {
    /**
     * @param pointer JSON pointer into the schema
     * @param reason a sentence without a stop
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
