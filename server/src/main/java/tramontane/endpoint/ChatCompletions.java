package tramontane.endpoint;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ModelCard;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Via;
import tramontane.completion.AnswerChunks;
import tramontane.completion.Answering;
import tramontane.completion.Completions;
import tramontane.completion.JoinedChunks;
import tramontane.limit.Allowance;
import tramontane.usage.LoggedRequest;
import tramontane.usage.RequestRecord;

/** {@code POST /v1/chat/completions} and {@code POST /v1/fim/completions}. */
public final class ChatCompletions {
    private final Completions completions;
    private final Answers answers;
    private final Function<ModelCard, Optional<String>> fingerprints;

    /**
     * @param fingerprints what answers of a model depend on, beside the request; see
     *     docs/EXTENSIONS.md
     */
    public ChatCompletions(
            Completions completions,
            Answers answers,
            Function<ModelCard, Optional<String>> fingerprints) {
        this.completions = completions;
        this.answers = answers;
        this.fingerprints = fingerprints;
    }

    void chat(Exchange exchange, Allowance allowance)
            throws ApiException, IOException, InterruptedException {
        Caller caller = caller(exchange, allowance);
        answer(exchange, allowance, json -> completions.chat(json, caller));
    }

    void fim(Exchange exchange, Allowance allowance)
            throws ApiException, IOException, InterruptedException {
        Caller caller = caller(exchange, allowance);
        answer(exchange, allowance, json -> completions.fim(json, caller));
    }

    private static Caller caller(Exchange exchange, Allowance allowance) {
        long hops = exchange.headers("via").stream().filter(Via::isTramontane).count();
        return allowance.caller().sending(exchange.id(), (int) hops);
    }

    private void answer(Exchange exchange, Allowance allowance, Answers.Start<Answering> start)
            throws ApiException, IOException, InterruptedException {
        answers.answer(
                exchange,
                allowance,
                new Answers.Steps<>(
                        start,
                        ChatCompletions::asked,
                        (answering, entry) -> send(exchange, answering, allowance, entry)));
    }

    private void send(
            Exchange exchange, Answering answering, Allowance allowance, LoggedRequest entry)
            throws ApiException, IOException, InterruptedException {
        Answers.Events events =
                new Answers.Events(
                        answering.completion(),
                        allowance,
                        entry,
                        answers.deadline(exchange, answers.limits().times()));
        if (answering.request().output().stream()) {
            stream(exchange, answering, events, entry);
        } else {
            Answers.sendWhole(exchange, events, answering.whole()::take, entry);
        }
    }

    private static RequestRecord.Asked asked(Answering answering) {
        return new RequestRecord.Asked(
                answering.request().model(),
                answering.model(),
                answering.request().output().stream(),
                answering.request().length().n(),
                answering.sampling().seed());
    }

    private void stream(
            Exchange exchange, Answering answering, Answers.Events events, LoggedRequest entry)
            throws ApiException, IOException, InterruptedException {
        Optional<JoinedChunks> copy =
                entry.keepsAnswer() ? Optional.of(new JoinedChunks()) : Optional.empty();
        EventStream stream = new EventStream(exchange, answers.environment(), answers.limits());
        AnswerChunks answer = answering.chunks();
        LiveMetrics live = new LiveMetrics(exchange, stream, answers.environment());
        TokenComments tokens =
                new TokenComments(
                        exchange,
                        stream,
                        answers.environment(),
                        answering.completion(),
                        () -> fingerprints.apply(answering.model()));
        while (answer.state() == AnswerChunks.State.OPEN) {
            Optional<CompletionEvent> event = events.next();
            exchange.checkClient();
            if (event.isEmpty()) {
                tokens.afterPoll();
                stream.keepAlive();
                continue;
            }
            if (event.get() instanceof CompletionEvent.Failed(ApiException cause)
                    && !stream.hasBegun()) {
                // Nothing was sent yet, so the error can have a status of its own.
                throw cause;
            }
            tokens.afterPoll();
            live.before(event.get(), answering.completion());
            List<ObjectNode> chunks = answer.take(event.get());
            copy.ifPresent(each -> chunks.forEach(each::add));
            entry.took(event.get(), () -> copy.map(JoinedChunks::whole));
            for (ObjectNode chunk : chunks) {
                stream.send(chunk);
            }
            switch (answer.state()) {
                case OPEN -> {}
                case COMPLETE -> stream.done();
                case FAILED -> stream.breakOff();
            }
        }
    }
}
