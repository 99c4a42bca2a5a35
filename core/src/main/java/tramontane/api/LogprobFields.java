package tramontane.api;

import java.util.OptionalInt;
import tramontane.sampling.WantedLogprobs;

/** Reads {@code logprobs} and {@code prompt_logprobs} with their numbers of alternatives. */
final class LogprobFields {
    private static final int MAX_TOP = 20;

    private LogprobFields() {}

    static WantedLogprobs parse(Fields body) {
        return new WantedLogprobs(
                wanted(body, "logprobs", "top_logprobs"),
                wanted(body, "prompt_logprobs", "top_prompt_logprobs"));
    }

    private static OptionalInt wanted(Fields body, String name, String topName) {
        boolean wanted = body.nullable(name).flatMap(Value::bool).orElse(false);
        int top =
                body.nullable(topName)
                        .flatMap(value -> value.integer(0, MAX_TOP))
                        .orElse(0L)
                        .intValue();
        if (top > 0 && !wanted) {
            body.nullable(topName)
                    .ifPresent(value ->
                            value.fault("value_error", topName + " needs " + name + ": true"));
        }
        return wanted ? OptionalInt.of(top) : OptionalInt.empty();
    }
}
