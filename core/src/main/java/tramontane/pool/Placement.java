package tramontane.pool;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tramontane.backend.ModelBackend;
import tramontane.pool.Slot.Phase;

/**
 * Divides the memory budget: decides which model is loaded next, and which ones give way. Guarded
 * by the lock of {@link Residency}.
 *
 * <p>Models are loaded in the order in which they were asked for, except that one which fits goes
 * before one that waits for memory. Idle models give way, the one used longest ago first. A model
 * that has waited for {@link PoolSettings#drainAfter} goes before all others, and those in use get
 * no new requests until it fits, so that steady traffic cannot keep it out.
 */
final class Placement {
    /** What the loader is to do next. */
    sealed interface Action {
        /** Read the header of the model's file, unless the file is as it was. */
        record Read(Slot slot) implements Action {}

        record Load(Slot slot) implements Action {}

        record Close(Slot slot, ModelBackend backend) implements Action {}

        record End() implements Action {}
    }

    private PoolSettings settings;
    private final List<Slot> slots = new ArrayList<>();
    private final List<Slot> queue = new ArrayList<>();
    private long usedBytes;

    Placement(PoolSettings settings) {
        this.settings = settings;
    }

    /** Replaces the limits, and the models that are served; those that go keep their place. */
    void change(List<Slot> served, PoolSettings changed) {
        settings = changed;
        List<Slot> going = slots.stream().filter(slot -> !served.contains(slot)).toList();
        going.forEach(Placement::retire);
        slots.clear();
        slots.addAll(served);
        slots.addAll(going);
    }

    private static void retire(Slot slot) {
        slot.retired = true;
        slot.pinned = false;
        slot.eager = false;
        slot.wanted = false;
    }

    List<Slot> slots() {
        return Collections.unmodifiableList(slots);
    }

    /** True if a model can be loaded without another one giving way. */
    boolean fits(Slot slot) {
        return usedBytes + slot.neededBytes() <= settings.budgetBytes();
    }

    /** The models that are to be loaded, in order. */
    List<Slot> queue() {
        return Collections.unmodifiableList(queue);
    }

    /** What is to be done now. */
    Optional<Action> next(long now) {
        slots.removeIf(Slot::isGone);
        unloadExpired(now);
        return toClose().or(this::toShrink).or(() -> toRetry(now)).or(() -> fromQueue(now));
    }

    void dequeue(Slot slot) {
        queue.remove(slot);
    }

    /** Puts a model into the queue, unless it is there, or loaded. */
    void enqueueIfAbsent(Slot slot) {
        if (slot.phase == Phase.UNLOADED || slot.phase == Phase.FAILED) {
            slot.phase = Phase.QUEUED;
            slot.checked = false;
            slot.sinceNanos = System.nanoTime();
            queue.add(slot);
        }
    }

    private static void unload(Slot slot) {
        slot.phase = Phase.UNLOADING;
        slot.ended = slot.backend;
        slot.backend = Optional.empty();
        slot.draining = false;
    }

    /** Changes the memory that a model holds. */
    void resize(Slot slot, long bytes) {
        usedBytes += bytes - slot.reservedBytes;
        slot.reservedBytes = bytes;
    }

    private void unloadExpired(long now) {
        for (Slot slot : slots) {
            boolean unwanted = slot.retired && slot.waiting.isEmpty();
            boolean expired = expiry(slot).isPresent() && expiry(slot).getAsLong() <= now;
            if (slot.isIdle() && (unwanted || expired)) {
                unload(slot);
            }
        }
    }

    /** Idle models give way if the budget was lowered; those in use do so once they are idle. */
    private Optional<Action> toShrink() {
        if (usedBytes <= settings.budgetBytes()) {
            return Optional.empty();
        }
        victims(0, Placement::isIdleVictim)
                .orElseGet(() -> slots.stream().filter(Placement::isIdleVictim).toList())
                .forEach(Placement::unload);
        return toClose();
    }

    private static boolean isIdleVictim(Slot slot) {
        return slot.mayGiveWay() && slot.isIdle();
    }

    /** When an idle model is unloaded. */
    private OptionalLong expiry(Slot slot) {
        return slot.mayGiveWay() && settings.unloadAfter().isPresent()
                ? OptionalLong.of(slot.sinceNanos + settings.unloadAfter().get().toNanos())
                : OptionalLong.empty();
    }

    private Optional<Action> toClose() {
        for (Slot slot : slots) {
            if (slot.ended.isPresent()) {
                ModelBackend backend = slot.ended.get();
                slot.ended = Optional.empty();
                return Optional.of(new Action.Close(slot, backend));
            }
        }
        return Optional.empty();
    }

    /** A model that was loaded at start is loaded again; a file that could not be read is read. */
    private Optional<Action> toRetry(long now) {
        for (Slot slot : slots) {
            if (slot.isStale() && slot.phase == Phase.UNLOADED) {
                return Optional.of(new Action.Read(slot));
            }
            if (retryTime(slot).isPresent() && retryTime(slot).getAsLong() <= now) {
                if (slot.known.isEmpty() && !slot.eager) {
                    return Optional.of(new Action.Read(slot));
                }
                enqueueIfAbsent(slot);
                slot.wanted = true;
            }
        }
        return Optional.empty();
    }

    private static OptionalLong retryTime(Slot slot) {
        boolean byItself = slot.eager || slot.known.isEmpty();
        return slot.phase == Phase.FAILED && byItself && !slot.retired
                ? OptionalLong.of(slot.failure.orElseThrow().retryNanos())
                : OptionalLong.empty();
    }

    private Optional<Action> fromQueue(long now) {
        slots.forEach(slot -> slot.draining = false);
        queue.removeIf(Placement::isAbandoned);
        Optional<Action> action = Optional.empty();
        for (int i = 0; i < queue.size() && action.isEmpty(); i++) {
            Slot slot = queue.get(i);
            action = slot.checked ? admit(slot) : Optional.of(new Action.Read(slot));
            if (action.isEmpty() && now - slot.sinceNanos >= settings.drainAfter().toNanos()) {
                victims(slot.neededBytes(), Slot::mayGiveWay)
                        .ifPresent(all -> all.forEach(each -> each.draining = true));
                break;
            }
        }
        return action;
    }

    /** Every request that wanted the model has left. */
    private static boolean isAbandoned(Slot slot) {
        if (slot.wanted || !slot.waiting.isEmpty()) {
            return false;
        }
        boolean unreadable = slot.known.isEmpty() && slot.failure.isPresent();
        slot.phase = unreadable ? Phase.FAILED : Phase.UNLOADED;
        return true;
    }

    /** Gives a model its memory, from idle models if necessary. */
    private Optional<Action> admit(Slot slot) {
        Optional<List<Slot>> victims = victims(slot.neededBytes(), Placement::isIdleVictim);
        if (victims.isEmpty()) {
            return Optional.empty();
        }
        if (!victims.get().isEmpty()) {
            victims.get().forEach(Placement::unload);
            return toClose();
        }
        reserve(slot, slot.neededBytes());
        return Optional.of(new Action.Load(slot));
    }

    /** Gives memory to a model that is about to be loaded. */
    void reserve(Slot slot, long bytes) {
        queue.remove(slot);
        slot.phase = Phase.LOADING;
        slot.sinceNanos = System.nanoTime();
        resize(slot, bytes);
    }

    /**
     * The models to unload so that {@code bytes} are free, idle ones first, then the one used
     * longest ago; empty if all that may give way are not enough.
     */
    private Optional<List<Slot>> victims(long bytes, Predicate<Slot> mayGiveWay) {
        long free = settings.budgetBytes() - usedBytes;
        List<Slot> victims = new ArrayList<>();
        List<Slot> candidates =
                slots.stream()
                        .filter(mayGiveWay)
                        .sorted(
                                Comparator.comparing((Slot slot) -> !slot.isIdle())
                                        .thenComparing((a, b) ->
                                                Long.compare(a.sinceNanos - b.sinceNanos, 0)))
                        .toList();
        for (Slot candidate : candidates) {
            if (bytes <= free) {
                break;
            }
            victims.add(candidate);
            free += candidate.reservedBytes;
        }
        return bytes <= free ? Optional.of(victims) : Optional.empty();
    }

    /** The time until a model expires, is tried again, or has waited too long. */
    OptionalLong nanosUntilNext(long now) {
        Stream<Long> expiries =
                slots.stream().filter(Slot::isIdle).flatMap(slot -> stream(expiry(slot)));
        Stream<Long> retries = slots.stream().flatMap(slot -> stream(retryTime(slot)));
        Stream<Long> drains =
                queue.stream().map(slot -> slot.sinceNanos + settings.drainAfter().toNanos());
        return Stream.of(expiries, retries, drains)
                .flatMap(each -> each)
                .mapToLong(time -> time - now)
                .filter(left -> left > 0)
                .min();
    }

    private static Stream<Long> stream(OptionalLong value) {
        return value.stream().boxed();
    }
}
