package tramontane.upstream;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * One server of an upstream: whether it is worth asking, and how much it has to do. All state is
 * guarded by the monitor.
 *
 * <pre>
 * CLOSED     requests are sent;                MAX_FAILURES in a row open the breaker
 * OPEN       none is sent for a time that doubles
 * HALF_OPEN  that time is over: one request is let through, and decides: with the first part of its
 *            answer, others are let through too, and the next failure opens the breaker at once
 * </pre>
 *
 * <p>An overloaded server has not failed, so 429 and 503 change nothing. Beside the breaker, checks
 * of the health path say whether the server is there at all.
 */
final class Address {
    /** Whether requests may be sent. */
    enum Breaker {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    private static final Logger LOG = System.getLogger(Address.class.getName());
    private static final int MAX_FAILURES = 3;
    private static final Duration MIN_PAUSE = Duration.ofSeconds(2);
    private static final Duration MAX_PAUSE = Duration.ofMinutes(1);

    private final String model;
    private final URI base;
    private final LongSupplier nanos;
    private Optional<String> trouble = Optional.of("it was not checked yet");
    private int failures;
    private boolean open;
    private boolean probing;

    /** True from the first part of a probe's answer to the next success. */
    private boolean onTrial;

    private long openedNanos;
    private Duration pause = MIN_PAUSE;
    private int requests;
    private long tokens;
    private boolean calledDifferent;
    private final KnownPrefixes prefixes = new KnownPrefixes();

    Address(String model, URI base, LongSupplier nanos) {
        this.model = model;
        this.base = base;
        this.nanos = nanos;
    }

    /** Host, port and path, which tell the addresses of a model apart in logs and metrics. */
    String name() {
        return base.getAuthority() + base.getPath();
    }

    /** The address of a path of the API. */
    URI resolve(String path) {
        return URI.create(base + path);
    }

    /**
     * The place of a request that is sent to an address.
     *
     * @param expected tokens of the request and its answer
     * @param probe true if the request decides whether the breaker closes
     */
    record Place(Address address, long expected, boolean probe) {
        /** Gives the place back. */
        void leave() {
            address.leave(this);
        }

        /** Its request failed in a way that says something of the server. */
        void failed(String reason) {
            address.failed(this, reason);
        }
    }

    /**
     * Takes a place, if a request may be sent.
     *
     * @param expected tokens of the request and its answer
     */
    synchronized Optional<Place> enter(long expected) {
        Breaker now = breaker();
        if (now == Breaker.OPEN) {
            return Optional.empty();
        }
        boolean probe = now == Breaker.HALF_OPEN;
        probing |= probe;
        requests++;
        tokens += expected;
        return Optional.of(new Place(this, expected, probe));
    }

    private synchronized void leave(Place place) {
        requests--;
        tokens -= place.expected;
        probing &= !place.probe;
    }

    /** A request was answered, or refused for a reason of its own. */
    synchronized void succeeded() {
        failures = 0;
        pause = MIN_PAUSE;
        onTrial = false;
        close();
    }

    /**
     * The first part of an answer has come. The rest of it may take long, and nobody should wait
     * for that.
     */
    synchronized void began() {
        if (open && isPauseOver()) {
            failures = MAX_FAILURES - 1;
            onTrial = true;
            close();
        }
    }

    private void close() {
        if (open) {
            open = false;
            LOG.log(Level.INFO, "Upstream {0} of model {1} answers again.", name(), model);
        }
    }

    /** Requests that were sent before the breaker opened do not lengthen its pause. */
    private synchronized void failed(Place place, String reason) {
        failures++;
        if (open && place.probe || onTrial) {
            pause =
                    pause.multipliedBy(2).compareTo(MAX_PAUSE) > 0
                            ? MAX_PAUSE
                            : pause.multipliedBy(2);
            openedNanos = nanos.getAsLong();
        }
        if (!open && failures >= MAX_FAILURES) {
            open = true;
            onTrial = false;
            openedNanos = nanos.getAsLong();
            LOG.log(
                    Level.WARNING,
                    "Upstream {0} of model {1} gets no requests for a while: {2}",
                    name(),
                    model,
                    reason);
        }
    }

    /** The result of a check of the health path: empty if the server is well. */
    synchronized void checked(Optional<String> found) {
        if (found.isPresent() && !found.equals(trouble)) {
            LOG.log(
                    Level.WARNING,
                    "Upstream {0} of model {1} is down: {2}",
                    name(),
                    model,
                    found.get());
        } else if (found.isEmpty() && trouble.isPresent()) {
            LOG.log(Level.INFO, "Upstream {0} of model {1} is up.", name(), model);
        }
        trouble = found;
        if (found.isPresent()) {
            prefixes.clear();
        }
    }

    /** A connection failed: the server may have been started again, with an empty cache. */
    void forgetPrefixes() {
        prefixes.clear();
    }

    /** The beginnings of prompts that it was sent. */
    KnownPrefixes prefixes() {
        return prefixes;
    }

    /** It would answer differently than others of the model; that is logged once. */
    synchronized void differs() {
        if (!calledDifferent) {
            calledDifferent = true;
            LOG.log(
                    Level.WARNING,
                    "Upstream {0} of model {1} does not continue answers of others: its model file,"
                            + " version, context or chat template is another, or not known yet.",
                    name(),
                    model);
        }
    }

    synchronized boolean isUp() {
        return trouble.isEmpty();
    }

    /** Why no request can be sent now; empty if one can. */
    synchronized Optional<String> trouble() {
        if (trouble.isPresent()) {
            return trouble;
        }
        return breaker() == Breaker.OPEN
                ? Optional.of("its last requests failed")
                : Optional.empty();
    }

    synchronized Breaker breaker() {
        if (!open) {
            return Breaker.CLOSED;
        }
        return isPauseOver() && !probing ? Breaker.HALF_OPEN : Breaker.OPEN;
    }

    private boolean isPauseOver() {
        return nanos.getAsLong() - openedNanos >= pause.toNanos();
    }

    synchronized int requests() {
        return requests;
    }

    synchronized long tokens() {
        return tokens;
    }

    synchronized UpstreamStatus status() {
        return new UpstreamStatus(
                model, name(), trouble.isEmpty(), breaker().ordinal(), requests, tokens);
    }
}
