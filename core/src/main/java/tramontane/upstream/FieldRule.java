package tramontane.upstream;

import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import tramontane.api.CompletionRequest;

/**
 * What becomes of a field, for each engine.
 *
 * @param field its path in the request
 * @param asked true for a request that asks for something by this field
 * @param treatments in the order of {@link UpstreamKind}
 * @param remark clauses for the documentation; the last one is the reason of a refusal
 */
record FieldRule(
        String field,
        Predicate<CompletionRequest> asked,
        List<Treatment> treatments,
        String remark) {
    FieldRule {
        treatments = List.copyOf(treatments);
        if (treatments.size() != UpstreamKind.values().length) {
            throw new IllegalArgumentException(field + " needs a treatment for each engine");
        }
        Objects.requireNonNull(remark);
    }

    Treatment treatment(UpstreamKind kind) {
        return treatments.get(kind.ordinal());
    }

    /** Why the field is refused, if it is. */
    String reason() {
        return remark.substring(remark.lastIndexOf(';') + 1).strip();
    }

    /** The name of the field that an error names: the first word of the path. */
    String parameter() {
        return field.split("[ .:]", 2)[0];
    }
}
