package tramontane.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

class FimRequestTest {
    private static FimRequest parse(String json) throws ApiException {
        return FimRequest.parse(JsonBody.parse(json.replace('\'', '"').getBytes(UTF_8)));
    }

    private static void check(String fields, String... expected) {
        String body = "{'model':'m','prompt':'a'" + fields + "}";
        if (expected.length == 0) {
            assertThat(catchThrowableOfType(ApiException.class, () -> parse(body))).isNull();
            return;
        }
        ApiException error = catchThrowableOfType(ApiException.class, () -> parse(body));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
        List<String> details =
                error.body()
                        .get("detail")
                        .valueStream()
                        .map(each -> each.get("type").stringValue() + each.get("loc"))
                        .toList();
        assertThat(details).containsExactly(expected);
    }

    @Test
    void everyFieldArrivesWhereItBelongs() throws ApiException {
        FimRequest request =
                parse(
                        "{'model':'m','prompt':'a','suffix':'b','temperature':0.5,'top_p':0.9,'max_tokens':9,"
                                + "'min_tokens':2,'stop':'x','random_seed':3,'stream':true,'metadata':{'k':1},"
                                + "'prompt_cache_key':'c'}");

        assertThat(request)
                .isEqualTo(
                        new FimRequest(
                                "m",
                                "a",
                                "b",
                                new ChatCompletionRequest.Sampling(
                                        Optional.of(0.5),
                                        0.9,
                                        0,
                                        Optional.of(3L),
                                        SamplingParams.Penalties.NONE),
                                new ChatCompletionRequest.Length(
                                        Optional.of(9), 2, List.of("x"), 1),
                                new ChatCompletionRequest.Output(
                                        true, WantedLogprobs.NONE, AnswerForm.MISTRAL),
                                new ChatCompletionRequest.Hints(Optional.of("c"), "")));
    }

    @Test
    void whatTheContractDoesNotNameIsRefused() {
        check("");
        check(",'suffix':null,'stop':null,'max_tokens':null,'min_tokens':null,'metadata':null");
        check(",'suffix':5", "string_type[\"body\",\"suffix\"]");
        check(",'n':2", "extra_forbidden[\"body\",\"n\"]");
        check(",'messages':[]", "extra_forbidden[\"body\",\"messages\"]");
        check(",'logprobs':true", "extra_forbidden[\"body\",\"logprobs\"]");
        check(",'min_tokens':2,'max_tokens':1", "less_than_equal[\"body\",\"min_tokens\"]");
        assertThat(
                        catchThrowableOfType(ApiException.class, () -> parse("{'suffix':'b'}"))
                                .getMessage())
                .contains("model")
                .contains("1 more");
    }
}
