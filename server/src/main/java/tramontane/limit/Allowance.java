package tramontane.limit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import tramontane.access.Access;
import tramontane.access.KeyLimits;
import tramontane.access.KeyRing;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.Usage;
import tramontane.backend.Caller;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.backend.TokenBudget;

/**
 * What one request may use of its key's limits. For the request's thread, which closes it when the
 * answer is sent.
 *
 * <pre>
 * enter     one of the concurrent requests
 * reserve   one request, and tokens for the prompt and the longest answer
 * poll      ends the answer if the key is revoked; settles when it is complete, before its end is sent,
 *           so that a client's next request finds the limits free
 * ended     settles what a cancelled or failed answer has used
 * close     gives back what was reserved and never used
 * </pre>
 */
public final class Allowance implements TokenBudget, AutoCloseable {
    /** Tokens reserved for an answer without {@code max_tokens}; more are counted afterwards. */
    public static final int UNASKED_TOKENS = 1024;

    private final Access.Granted access;
    private final KeyRing keys;
    private final Optional<Meter> meter;
    private final BiConsumer<String, String> headers;
    private Optional<Reservation.Held> reserved = Optional.empty();
    private Optional<Long> used = Optional.empty();
    private boolean entered;
    private boolean refused;

    /**
     * @param headers takes headers of the answer until it is sent
     */
    public Allowance(
            Access.Granted access,
            KeyRing keys,
            RateLimits limits,
            BiConsumer<String, String> headers) {
        this.access = access;
        this.keys = keys;
        this.meter = limits.meter(access);
        this.headers = headers;
        tell();
    }

    /** The caller, whose requests to the backend reserve from here. */
    public Caller caller() {
        return access.caller().with(this);
    }

    public Access.Granted access() {
        return access;
    }

    /** False once the key has been revoked. */
    public boolean isInForce() {
        return keys.isInForce(access);
    }

    /**
     * Takes one of the key's concurrent requests.
     *
     * @throws ApiException if all are taken
     */
    public void enter() throws ApiException {
        if (meter.isPresent()) {
            refuse(meter.get().enter());
            entered = true;
        }
    }

    @Override
    public void reserve(Demand demand) throws ApiException {
        if (meter.isEmpty() || reserved.isPresent()) {
            return;
        }
        KeyLimits key = meter.get().limits();
        Optional<Long> smallest =
                Stream.of(key.tokensPerMinute(), key.tokensPerMonth())
                        .flatMap(Optional::stream)
                        .min(Long::compare);
        if (smallest.isPresent()) {
            checkSize(demand, smallest.get());
        }
        long tokens = demand.promptTokens() + demand.choices() * answerTokens(demand, key);
        reserve(meter.get(), new Cost(demand.promptTokens(), tokens, entered, demand.estimated()));
    }

    /**
     * Takes one request without tokens.
     *
     * @throws ApiException if the key's requests of the minute are used up
     */
    public void reserveRequest() throws ApiException {
        if (meter.isPresent()) {
            reserve(meter.get(), new Cost(0, 0, entered));
        }
    }

    private void reserve(Meter from, Cost cost) throws ApiException {
        switch (from.reserve(cost)) {
            case Reservation.Held held -> reserved = Optional.of(held);
            case Reservation.Refused(Refusal refusal) -> refuse(Optional.of(refusal));
        }
        tell();
    }

    private void refuse(Optional<Refusal> refusal) throws ApiException {
        if (refusal.isPresent()) {
            refused = true;
            tell();
            throw refusal.get().toException();
        }
    }

    /** The largest answer that is reserved for, within what the limits can ever hold. */
    private static long answerTokens(Demand demand, KeyLimits key) {
        if (demand.asked()) {
            return demand.maxTokens();
        }
        long tokens = Math.min(demand.maxTokens(), UNASKED_TOKENS);
        for (Optional<Long> limit : List.of(key.tokensPerMinute(), key.tokensPerMonth())) {
            if (limit.isPresent()) {
                tokens = Math.min(tokens, (limit.get() - demand.promptTokens()) / demand.choices());
            }
        }
        return tokens;
    }

    /** What the advice says must fit all limits, so only the smallest is looked at. */
    private void checkSize(Demand demand, long limit) throws ApiException {
        long answer = (long) demand.choices() * (demand.asked() ? demand.maxTokens() : 1);
        if (demand.promptTokens() + answer <= limit) {
            return;
        }
        long room = (limit - demand.promptTokens()) / demand.choices();
        String period =
                meter.orElseThrow().limits().tokensPerMinute().equals(Optional.of(limit))
                        ? "minute"
                        : "month";
        refuse(
                Optional.of(
                        new Refusal(
                                "This request is larger than the limit of its key, "
                                        + limit
                                        + " tokens a "
                                        + period
                                        + ": its prompt has "
                                        + (demand.estimated() ? "about " : "")
                                        + demand.promptTokens()
                                        + (demand.asked() && answer > 0
                                                ? ", and its answers up to " + answer
                                                : "")
                                        + ". "
                                        + (room > 0 && answer > 0
                                                ? "Set max_tokens to " + room + " or less."
                                                : "Shorten the prompt."),
                                Optional.empty())));
    }

    /**
     * The next event of the answer, as {@link Completion#poll}. If the key has been revoked, the
     * answer fails.
     */
    public Optional<CompletionEvent> poll(Completion answer, Duration timeout)
            throws InterruptedException {
        if (!isInForce()) {
            return Optional.of(
                    new CompletionEvent.Failed(
                            new ApiException(
                                    ErrorCode.UNAUTHORIZED, "The API key has been revoked.")));
        }
        Optional<CompletionEvent> event = answer.poll(timeout);
        if (event.isPresent() && event.get() instanceof CompletionEvent.Done(Usage usage)) {
            settle((long) usage.promptTokens() + usage.completionTokens());
        }
        return event;
    }

    void settle(long tokens) {
        if (meter.isPresent() && reserved.isPresent() && used.isEmpty()) {
            used = Optional.of(tokens);
            meter.get().settle(reserved.get(), tokens);
            leave();
            tell();
        }
    }

    private void leave() {
        if (entered) {
            entered = false;
            meter.orElseThrow().leave();
        }
    }

    /**
     * The answer has ended; nothing happens if it was complete. The engine may go on with it until
     * its next step, so its figures are read once, for the ledger and for the limits.
     *
     * @param last the figures of the answer at its end; empty if it was never started
     */
    public void ended(Optional<Metrics> last) {
        settle(last.map(Allowance::usedBy).orElse(0L));
    }

    @Override
    public void close() {
        if (entered && reserved.isEmpty() && !refused) {
            meter.orElseThrow().countRequest();
            tell();
        }
        settle(0);
        leave();
    }

    /** A prompt counts once its computation has started. */
    private static long usedBy(Metrics metrics) {
        return metrics.started() ? (long) metrics.promptTokens() + metrics.progress().tokens() : 0;
    }

    /** Sets the headers in which the hosted service tells limits, and two more for the month. */
    private void tell() {
        if (meter.isEmpty()) {
            return;
        }
        KeyLimits key = meter.get().limits();
        KeyUse use = meter.get().use();
        tell("req-minute", key.requestsPerMinute(), use.requestsLeft());
        tell("tokens-minute", key.tokensPerMinute(), use.tokensLeft());
        tell("tokens-month", key.tokensPerMonth(), use.monthTokensLeft());
        reserved.ifPresent(each ->
                headers.accept(
                        "x-ratelimit-tokens-query-cost",
                        Long.toString(used.orElse(each.cost().tokens()))));
    }

    private void tell(String name, Optional<Long> limit, Optional<Long> left) {
        limit.ifPresent(value -> headers.accept("x-ratelimit-limit-" + name, value.toString()));
        left.ifPresent(value -> headers.accept("x-ratelimit-remaining-" + name, value.toString()));
    }
}
