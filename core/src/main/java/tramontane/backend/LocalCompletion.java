package tramontane.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.stream.IntStream;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.FinishReason;
import tramontane.api.ScoredToken;
import tramontane.api.Usage;
import tramontane.chat.dialect.AnswerParser;
import tramontane.chat.dialect.AnswerPart;
import tramontane.engine.Generation;
import tramontane.engine.GenerationEvent;
import tramontane.sampling.TokenLogprobs;
import tramontane.token.Detokenizer;
import tramontane.token.Tokenizer;

/**
 * Converts the tokens of a generation into thinking, text and calls, and ends choices at stop
 * strings.
 */
final class LocalCompletion implements Completion {
    /** The state of one choice. */
    private static final class Choice {
        final Detokenizer detokenizer;
        final AnswerParser parser;
        final StopScanner scanner;
        final List<AnswerPart.Call> calls = new ArrayList<>();

        /** Tokens that {@link #newTokens} has not returned yet. */
        IntStream.Builder newTokens = IntStream.builder();

        int tokens;
        int thinkingTokens;
        boolean finished;

        Choice(Tokenizer tokenizer, boolean continues, Reading reading) {
            detokenizer = new Detokenizer(tokenizer, continues);
            parser = reading.parsers().get();
            scanner = new StopScanner(reading.stops());
        }

        int[] takeTokens() {
            int[] taken = newTokens.build().toArray();
            newTokens = IntStream.builder();
            return taken;
        }
    }

    private final Generation generation;
    private final Tokenizer tokenizer;
    private final Reading reading;
    private final List<Choice> choices = new ArrayList<>();
    private final Queue<CompletionEvent> ready = new ArrayDeque<>();
    private int unfinished;

    /**
     * @param continues true if the answer continues a prefix, so that a leading space is part of it
     */
    LocalCompletion(
            Generation generation, Tokenizer tokenizer, boolean continues, Reading reading) {
        this.generation = generation;
        this.tokenizer = tokenizer;
        this.reading = reading;
        unfinished = generation.request().choices();
        for (int choice = 0; choice < unfinished; choice++) {
            choices.add(new Choice(tokenizer, continues, reading));
        }
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        if (ready.isEmpty()) {
            generation.poll(timeout).ifPresent(this::read);
        }
        return Optional.ofNullable(ready.poll());
    }

    @Override
    public List<int[]> newTokens() {
        return choices.stream().map(Choice::takeTokens).toList();
    }

    @Override
    public Metrics metrics() {
        Generation.Progress progress = generation.progress();
        return new Metrics(
                generation.request().prompt().length,
                OptionalLong.of(generation.submittedNanos()),
                generation.counts(),
                progress,
                progress.queuedNanos().isPresent());
    }

    @Override
    public void close() {
        generation.cancel();
    }

    private void read(GenerationEvent event) {
        switch (event) {
            case GenerationEvent.PromptScored(List<TokenLogprobs> logprobs) ->
                    ready.add(
                            new CompletionEvent.PromptScored(
                                    logprobs.stream().map(this::scored).toList()));
            case GenerationEvent.Token(int index, int token, var logprobs) -> {
                if (!choices.get(index).finished) {
                    logprobs.map(this::scored)
                            .ifPresent(
                                    scored -> ready.add(new CompletionEvent.Scored(index, scored)));
                }
                readToken(index, choices.get(index), token);
            }
            case GenerationEvent.Finished(int index, var reason, int tokens) -> {
                Choice choice = choices.get(index);
                if (!choice.finished) {
                    choice.tokens = tokens;
                    boolean cut = reason != tramontane.engine.FinishReason.STOP;
                    take(index, choice, choice.parser.end(cut));
                    say(index, choice.scanner.flush());
                    finish(
                            index,
                            choice,
                            choice.scanner.stopped()
                                    ? FinishReason.STOP
                                    : finishReason(reason, choice.calls));
                }
            }
            case GenerationEvent.Failed(String reason) -> {
                String message = "The answer could not be finished: " + reason + ".";
                ready.add(
                        new CompletionEvent.Failed(
                                new ApiException(ErrorCode.UNAVAILABLE, message)));
            }
        }
    }

    private ScoredToken scored(TokenLogprobs logprobs) {
        return new ScoredToken.Local(tokenizer, logprobs);
    }

    private void readToken(int index, Choice choice, int token) {
        if (choice.finished) {
            return;
        }
        choice.tokens++;
        choice.newTokens.add(token);
        boolean thought = choice.parser.isThinking();
        take(index, choice, parts(choice, token));
        if (thought || choice.parser.isThinking()) {
            choice.thinkingTokens++;
        }
        if (choice.scanner.stopped()) {
            generation.stop(index);
            finish(index, choice, FinishReason.STOP);
        } else if (choice.parser.isComplete()) {
            generation.stop(index);
            take(index, choice, choice.parser.end(false));
            say(index, choice.scanner.flush());
            finish(index, choice, finishReason(tramontane.engine.FinishReason.STOP, choice.calls));
        }
    }

    private List<AnswerPart> parts(Choice choice, int token) {
        if (!tokenizer.isControl(token)) {
            return choice.parser.text(choice.detokenizer.push(token));
        }
        // A control token ends any incomplete character.
        choice.detokenizer.cut();
        return choice.parser.control(token, tokenizer.text(token));
    }

    private void take(int index, Choice choice, List<AnswerPart> parts) {
        // Stop strings within the first min_tokens tokens do not count.
        boolean early = choice.tokens <= generation.request().length().min();
        for (AnswerPart part : parts) {
            switch (part) {
                case AnswerPart.Thinking(String thought) ->
                        ready.add(new CompletionEvent.Thinking(index, thought));
                case AnswerPart.Text(String text) ->
                        say(index, early ? text : choice.scanner.push(text));
                case AnswerPart.Call call -> choice.calls.add(call);
            }
        }
    }

    private void say(int index, String text) {
        if (!text.isEmpty()) {
            ready.add(new CompletionEvent.Text(index, text));
        }
    }

    private void finish(int index, Choice choice, FinishReason reason) {
        choice.finished = true;
        // Calls after a stop string are not part of the answer.
        List<AnswerPart.Call> calls = choice.scanner.stopped() ? List.of() : choice.calls;
        ready.add(new CompletionEvent.Finished(index, reason, List.copyOf(calls)));
        if (--unfinished == 0) {
            int tokens = choices.stream().mapToInt(each -> each.tokens).sum();
            ready.add(new CompletionEvent.Done(usage(tokens)));
        }
    }

    private Usage usage(int tokens) {
        Generation.Counts counts = generation.counts();
        boolean predicted = generation.request().guidance().prediction().length > 0;
        return new Usage(
                generation.request().prompt().length,
                counts.cachedTokens(),
                tokens,
                reading.countsThinking()
                        ? Optional.of(choices.stream().mapToInt(each -> each.thinkingTokens).sum())
                        : Optional.empty(),
                predicted
                        ? Optional.of(
                                new Usage.Drafts(counts.acceptedDrafts(), counts.rejectedDrafts()))
                        : Optional.empty());
    }

    private static FinishReason finishReason(
            tramontane.engine.FinishReason reason, List<AnswerPart.Call> calls) {
        return switch (reason) {
            case STOP -> calls.isEmpty() ? FinishReason.STOP : FinishReason.TOOL_CALLS;
            case LENGTH -> FinishReason.LENGTH;
            case MODEL_LENGTH -> FinishReason.MODEL_LENGTH;
        };
    }
}
