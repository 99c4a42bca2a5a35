package tramontane.endpoint;

import java.io.IOException;
import tramontane.api.ApiException;
import tramontane.completion.Completions;
import tramontane.completion.EmbeddingAnswer;
import tramontane.limit.Allowance;
import tramontane.usage.RequestRecord;

/** {@code POST /v1/embeddings}. */
public final class Embeddings {
    /** Nothing is drawn at random, so every request has the same seed. */
    private static final long SEED = 0;

    private final Completions completions;
    private final Answers answers;

    public Embeddings(Completions completions, Answers answers) {
        this.completions = completions;
        this.answers = answers;
    }

    void embed(Exchange exchange, Allowance allowance)
            throws ApiException, IOException, InterruptedException {
        answers.answer(
                exchange,
                allowance,
                new Answers.Steps<>(
                        json -> completions.embeddings(json, allowance.caller()),
                        Embeddings::asked,
                        (answer, entry) ->
                                Answers.sendWhole(
                                        exchange,
                                        new Answers.Events(
                                                answer.completion(),
                                                allowance,
                                                entry,
                                                deadline(exchange)),
                                        answer::take,
                                        entry)));
    }

    private static RequestRecord.Asked asked(EmbeddingAnswer answer) {
        return new RequestRecord.Asked(answer.request().model(), answer.model(), false, 1, SEED);
    }

    /** Vectors come all at once, so only the time for the whole answer counts. */
    private Deadline deadline(Exchange exchange) {
        AnswerTimes times = answers.limits().times();
        return answers.deadline(
                exchange, new AnswerTimes(times.whole(), times.whole(), times.write()));
    }
}
