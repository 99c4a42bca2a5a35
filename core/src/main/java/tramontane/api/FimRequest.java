package tramontane.api;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tramontane.api.ChatCompletionRequest.Hints;
import tramontane.api.ChatCompletionRequest.Length;
import tramontane.api.ChatCompletionRequest.Output;
import tramontane.api.ChatCompletionRequest.Sampling;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * A valid fill-in-the-middle request: for the text between {@code prompt} and {@code suffix}, or,
 * if the suffix is empty, for the text after {@code prompt}.
 */
public record FimRequest(
        String model,
        String prompt,
        String suffix,
        Sampling sampling,
        Length length,
        Output output,
        Hints hints)
        implements CompletionRequest {

    /**
     * Parses a request.
     *
     * @throws ApiException with every fault of the request
     */
    public static FimRequest parse(JsonNode json) throws ApiException {
        Faults faults = new Faults("");
        Optional<Fields> body = new Value(faults, List.of("body"), json).object();
        faults.throwIfAny();
        FimRequest request = read(body.orElseThrow());
        faults.throwIfAny();
        return request;
    }

    private static FimRequest read(Fields body) {
        FimRequest request =
                new FimRequest(
                        SharedFields.model(body),
                        body.required("prompt").flatMap(FimRequest::text).orElse(""),
                        body.nullable("suffix").flatMap(FimRequest::text).orElse(""),
                        SharedFields.sampling(body, 0, SamplingParams.Penalties.NONE),
                        SharedFields.length(body, 1),
                        new Output(
                                SharedFields.stream(body), WantedLogprobs.NONE, AnswerForm.MISTRAL),
                        new Hints(SharedFields.cacheKey(body), "", SharedFields.answered(body, 1)));
        SharedFields.metadata(body);
        body.end();
        return request;
    }

    private static Optional<String> text(Value value) {
        return value.string(Integer.MAX_VALUE);
    }

    @Override
    public String prefix() {
        return "";
    }
}
