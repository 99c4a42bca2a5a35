package tramontane.pool;

import java.lang.System.Logger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import tramontane.api.ApiException;
import tramontane.backend.ModelBackend;
import tramontane.pool.Slot.Phase;

/**
 * Which models are loaded, and the claims of requests on them. One lock guards everything, and
 * nothing that takes long happens under it: the {@link Loader} asks for the next action and reports
 * what came of it.
 */
final class Residency {
    private static final Logger LOG = System.getLogger(Residency.class.getName());

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition resolved = lock.newCondition();
    private PoolSettings settings;
    private final Placement placement;
    private final Refusals refusals;
    private int waiting;
    private boolean closed;

    Residency(PoolSettings settings) {
        this.settings = settings;
        this.placement = new Placement(settings);
        this.refusals = new Refusals(settings);
    }

    /**
     * Replaces the models that are served. Those that go finish their requests and are unloaded.
     *
     * @param served in order; the first one and the pinned ones are loaded without a request
     */
    void change(List<ServedSlot> served, PoolSettings changed) {
        lock.lock();
        try {
            settings = changed;
            refusals.change(changed);
            placement.change(served.stream().map(ServedSlot::slot).toList(), changed);
            served.forEach(each -> apply(each, served.getFirst() == each));
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    private void apply(ServedSlot served, boolean first) {
        Slot slot = served.slot();
        slot.pinned = served.pinned();
        slot.eager = first || served.pinned();
        if (served.isNew()) {
            // It was planned within this limit, by trying larger ones first.
            slot.known =
                    slot.known.map(known ->
                            new Slot.Known(known.outline(), known.stamps(), served.limitBytes()));
        }
        if (slot.limitBytes != served.limitBytes()) {
            slot.limitBytes = served.limitBytes();
            slot.failure =
                    slot.failure.map(
                            failure -> new Slot.Failure(failure.reason(), System.nanoTime()));
        }
        if (slot.eager && slot.phase != Phase.LOADING && slot.phase != Phase.LOADED) {
            slot.wanted = true;
            if (slot.phase == Phase.UNLOADED) {
                placement.enqueueIfAbsent(slot);
            }
        }
    }

    /** Reserves the memory of a model that is loaded at start. */
    void reserve(Slot slot, long bytes) {
        lock.lock();
        try {
            placement.reserve(slot, bytes);
        } finally {
            lock.unlock();
        }
    }

    /** What is known of a model, if its plan is for the present limit. */
    Optional<Slot.Known> plan(Slot slot) {
        lock.lock();
        try {
            return slot.isStale() ? Optional.empty() : slot.known;
        } finally {
            lock.unlock();
        }
    }

    /** The memory that a model may have. */
    long limitBytes(Slot slot) {
        lock.lock();
        try {
            return slot.limitBytes;
        } finally {
            lock.unlock();
        }
    }

    /** The memory that a model holds, or would take. */
    long bytes(Slot slot) {
        lock.lock();
        try {
            return Math.max(slot.reservedBytes, slot.neededBytes());
        } finally {
            lock.unlock();
        }
    }

    Duration loadWait() {
        lock.lock();
        try {
            return settings.loadWait();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A claim on a model, which is loaded if necessary.
     *
     * @throws ApiException if the request cannot wait for the model
     */
    Claim claim(Slot slot) throws ApiException {
        lock.lock();
        try {
            Claim claim = new Claim(slot);
            if (closed) {
                throw Refusals.closed();
            }
            if (slot.retired) {
                throw Refusals.notServed(slot.model.name());
            }
            if (slot.phase == Phase.LOADED && !slot.draining) {
                use(claim);
                return claim;
            }
            long now = System.nanoTime();
            if (slot.phase == Phase.FAILED && slot.failure.orElseThrow().retryNanos() > now) {
                throw refusals.failed(slot, now);
            }
            if (waiting >= settings.maxWaiting()) {
                throw refusals.full(slot, placement.queue(), now);
            }
            placement.enqueueIfAbsent(slot);
            work.signal();
            if (settings.loadWait().isZero()) {
                slot.wanted = true;
                throw refusals.notLoaded(slot, placement.fits(slot), placement.queue(), now);
            }
            slot.waiting.add(claim);
            waiting++;
            return claim;
        } finally {
            lock.unlock();
        }
    }

    /** A claim on a model if it is loaded now. */
    Optional<Claim> claimIfLoaded(Slot slot) {
        lock.lock();
        try {
            if (slot.phase != Phase.LOADED) {
                return Optional.empty();
            }
            Claim claim = new Claim(slot);
            use(claim);
            return Optional.of(claim);
        } finally {
            lock.unlock();
        }
    }

    /** The model of a claim, if it is loaded. */
    Optional<ModelBackend> granted(Claim claim) {
        lock.lock();
        try {
            return claim.backend;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the model of a claim is loaded.
     *
     * @return empty if it is not loaded within {@code nanos}
     * @throws ApiException if it cannot be loaded
     */
    Optional<ModelBackend> await(Claim claim, long nanos)
            throws ApiException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (claim.stage == Claim.Stage.WAITING && left > 0) {
                left = resolved.awaitNanos(left);
            }
            if (claim.refusal.isPresent()) {
                throw claim.refusal.get();
            }
            return claim.backend;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a claim; may be called repeatedly. */
    void release(Claim claim) {
        lock.lock();
        try {
            Slot slot = claim.slot;
            switch (claim.stage) {
                case WAITING -> {
                    slot.waiting.remove(claim);
                    waiting--;
                }
                case USING -> {
                    slot.uses--;
                    if (slot.phase == Phase.LOADED) {
                        slot.sinceNanos = System.nanoTime();
                    }
                }
                case OVER -> {}
            }
            claim.stage = Claim.Stage.OVER;
            claim.backend = Optional.empty();
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The error for a request that has waited too long. */
    ApiException expired(Claim claim) {
        lock.lock();
        try {
            return refusals.notLoaded(
                    claim.slot, placement.fits(claim.slot), placement.queue(), System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until there is something to do. */
    Placement.Action next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (closed) {
                    return new Placement.Action.End();
                }
                long now = System.nanoTime();
                Optional<Placement.Action> action = placement.next(now);
                grantAll();
                if (action.isPresent()) {
                    return action.get();
                }
                OptionalLong wait = placement.nanosUntilNext(now);
                if (wait.isPresent()) {
                    long unused = work.awaitNanos(wait.getAsLong());
                } else {
                    work.await();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The header was read. */
    void known(Slot slot, Slot.Known known) {
        lock.lock();
        try {
            slot.known = Optional.of(known);
            slot.card = known.outline().card();
            slot.checked = true;
            if (slot.phase == Phase.FAILED) {
                slot.failure = Optional.empty();
                unloaded(slot);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The model was loaded; false if it is too late, and the backend must be closed. */
    boolean loaded(Slot slot, ModelBackend backend) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            long now = System.nanoTime();
            long bytes = backend.memory().totalBytes();
            refusals.learn(bytes, now - slot.sinceNanos);
            placement.resize(slot, bytes);
            slot.card = backend.models().getFirst();
            slot.backend = Optional.of(backend);
            slot.phase = Phase.LOADED;
            slot.failure = Optional.empty();
            slot.wanted = false;
            slot.loadedNanos = now;
            slot.sinceNanos = now;
            grant(slot);
        } finally {
            lock.unlock();
        }
        backend.whenFailed(reason -> engineFailed(slot, backend, reason));
        return true;
    }

    /**
     * The header could not be read, or the model not be loaded.
     *
     * @param reason a clause without a full stop
     */
    void failed(Slot slot, String reason, boolean unreadable) {
        lock.lock();
        try {
            if (unreadable) {
                slot.known = Optional.empty();
                slot.card = slot.unknown(reason);
            }
            placement.resize(slot, 0);
            fail(slot, reason);
        } finally {
            lock.unlock();
        }
    }

    /** The memory of a backend was freed. */
    void closed(Slot slot) {
        lock.lock();
        try {
            placement.resize(slot, 0);
            if (slot.phase == Phase.UNLOADING) {
                unloaded(slot);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The model may have been wanted while it was unloaded, or while its header was read. */
    private void unloaded(Slot slot) {
        slot.phase = Phase.UNLOADED;
        if (slot.wanted || !slot.waiting.isEmpty()) {
            placement.enqueueIfAbsent(slot);
        }
    }

    /** Refuses all claims from now on; the loader ends. */
    void close() {
        lock.lock();
        try {
            closed = true;
            placement.slots().forEach(slot -> refuse(slot, Refusals.closed()));
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** All backends that hold memory. */
    List<ModelBackend> backends() {
        lock.lock();
        try {
            return placement.slots().stream()
                    .flatMap(slot -> Stream.concat(slot.backend.stream(), slot.ended.stream()))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    List<SlotView> view() {
        lock.lock();
        try {
            return placement.slots().stream().map(SlotView::of).toList();
        } finally {
            lock.unlock();
        }
    }

    /** The error that a request for a model that is not loaded would get, as far as it is known. */
    ApiException refusal(Slot slot) {
        lock.lock();
        try {
            return slot.phase == Phase.FAILED
                    ? refusals.failed(slot, System.nanoTime())
                    : refusals.unknownPrompt(slot);
        } finally {
            lock.unlock();
        }
    }

    private void engineFailed(Slot slot, ModelBackend backend, String reason) {
        lock.lock();
        try {
            if (slot.backend.filter(each -> each == backend).isEmpty()) {
                return;
            }
            boolean lasted =
                    System.nanoTime() - slot.loadedNanos > PoolSettings.MAX_RETRY.toNanos();
            slot.failures = lasted ? 0 : slot.failures;
            slot.ended = slot.backend;
            slot.backend = Optional.empty();
            fail(slot, reason);
            LOG.log(
                    Logger.Level.WARNING,
                    "Model " + slot.model.name() + " cannot answer: " + reason);
        } finally {
            lock.unlock();
        }
    }

    private void fail(Slot slot, String reason) {
        long now = System.nanoTime();
        slot.failures++;
        Duration retry = settings.retryAfter(slot.failures);
        slot.failure = Optional.of(new Slot.Failure(reason, now + retry.toNanos()));
        slot.phase = Phase.FAILED;
        slot.wanted = false;
        slot.draining = false;
        placement.dequeue(slot);
        refuse(slot, refusals.failed(slot, now));
        work.signal();
    }

    private void refuse(Slot slot, ApiException refusal) {
        for (Claim claim : slot.waiting) {
            claim.stage = Claim.Stage.OVER;
            claim.refusal = Optional.of(refusal);
            waiting--;
        }
        slot.waiting.clear();
        resolved.signalAll();
    }

    /** Requests that waited for a model to give way get it after all if it stays. */
    private void grantAll() {
        for (Slot slot : placement.slots()) {
            if (slot.phase == Phase.LOADED && !slot.draining && !slot.waiting.isEmpty()) {
                slot.wanted = false;
                grant(slot);
            }
        }
    }

    private void grant(Slot slot) {
        for (Claim claim : slot.waiting) {
            use(claim);
            waiting--;
        }
        slot.waiting.clear();
        resolved.signalAll();
    }

    private static void use(Claim claim) {
        claim.stage = Claim.Stage.USING;
        claim.backend = claim.slot.backend;
        claim.slot.uses++;
    }
}
