package tramontane.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.api.ChatCompletionRequest.Length;
import tramontane.api.ChatCompletionRequest.Sampling;
import tramontane.sampling.SamplingParams;

/** Reads the fields that all completion requests have. */
final class SharedFields {
    private static final int MAX_STOPS = 64;
    private static final int MAX_STOP_CHARS = 1024;
    private static final int MAX_NAME_CHARS = 512;
    private static final String ANSWERED = "tramontane_tokens";

    /** Tokens of one choice: no context is longer. */
    private static final int MAX_ANSWERED = 1 << 20;

    private SharedFields() {}

    static String model(Fields body) {
        return body.required("model").flatMap(name -> name.string(MAX_NAME_CHARS)).orElse("");
    }

    static boolean stream(Fields body) {
        return body.optional("stream").flatMap(Value::bool).orElse(false);
    }

    static Optional<String> cacheKey(Fields body) {
        return body.nullable("prompt_cache_key").flatMap(key -> key.string(MAX_NAME_CHARS));
    }

    /** An extension: tokens of each choice that another server generated for the same request. */
    static List<int[]> answered(Fields body, int choices) {
        Optional<Value> given = body.nullable(ANSWERED);
        List<int[]> answered = new ArrayList<>();
        for (Value choice : given.flatMap(each -> each.list(choices)).orElse(List.of())) {
            choice.tokens(MAX_ANSWERED).ifPresent(answered::add);
        }
        return answered;
    }

    /** Metadata belongs to the client and is not part of the prompt. */
    static void metadata(Fields body) {
        body.nullable("metadata").ifPresent(Value::map);
    }

    static Sampling sampling(Fields body, int topK, SamplingParams.Penalties penalties) {
        return new Sampling(
                body.nullable("temperature").flatMap(value -> value.number(Range.closed(0, 1.5))),
                body.nullable("top_p")
                        .flatMap(value -> value.number(Range.openBelow(0, 1)))
                        .orElse(1.0),
                topK,
                body.nullable("random_seed").flatMap(value -> value.integer(0, Long.MAX_VALUE)),
                penalties);
    }

    static int count(Fields body, String name) {
        return body.nullable(name)
                .flatMap(value -> value.integer(0, Integer.MAX_VALUE))
                .orElse(0L)
                .intValue();
    }

    static Length length(Fields body, int choices) {
        Optional<Integer> max =
                body.nullable("max_tokens")
                        .flatMap(value -> value.integer(0, Integer.MAX_VALUE))
                        .map(Long::intValue);
        int min = count(body, "min_tokens");
        if (max.isPresent() && min > max.get()) {
            body.nullable("min_tokens")
                    .ifPresent(value ->
                            value.fault(
                                    "less_than_equal",
                                    "Input should be less than or equal to max_tokens, "
                                            + max.get(),
                                    Map.of("le", max.get())));
        }
        return new Length(
                max,
                min,
                body.nullable("stop").map(SharedFields::stops).orElse(List.of()),
                choices);
    }

    private static List<String> stops(Value value) {
        List<Value> items =
                value.node().isString() ? List.of(value) : value.list(MAX_STOPS).orElse(List.of());
        List<String> stops = new ArrayList<>();
        for (Value item : items) {
            item.string(MAX_STOP_CHARS)
                    .ifPresent(text -> {
                        if (text.isEmpty()) {
                            item.fault(
                                    "string_too_short",
                                    "String should have at least 1 character",
                                    Map.of("min_length", 1));
                        }
                        stops.add(text);
                    });
        }
        return stops;
    }
}
