package tramontane.pool;

import java.time.Duration;
import java.util.List;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/**
 * The errors of requests whose model is not loaded, with the time after which another try makes
 * sense. Guarded by the lock of {@link Residency}.
 */
final class Refusals {
    /** The estimate before the first load was measured: some 500 MB/s. */
    private static final double FIRST_GUESS_NANOS_PER_BYTE = 2;

    private static final Duration LONGEST = Duration.ofMinutes(10);

    private PoolSettings settings;
    private double nanosPerByte = FIRST_GUESS_NANOS_PER_BYTE;

    Refusals(PoolSettings settings) {
        this.settings = settings;
    }

    void change(PoolSettings changed) {
        settings = changed;
    }

    /** Measures a load. */
    void learn(long bytes, long nanos) {
        if (bytes > 0) {
            nanosPerByte = (double) nanos / bytes;
        }
    }

    static ApiException closed() {
        return new ApiException(
                ErrorCode.UNAVAILABLE,
                "The answer could not be finished: the server is shutting down.");
    }

    /** For a model that is not served any more. */
    static ApiException notServed(String model) {
        return new ApiException(ErrorCode.INVALID_MODEL, "Invalid model: " + model, "model");
    }

    /** For a model that has failed, until it may be tried again. */
    ApiException failed(Slot slot, long now) {
        Slot.Failure failure = slot.failure.orElseThrow();
        Duration retry = wholeSeconds(failure.retryNanos() - now);
        return ApiException.unavailable(
                "Model "
                        + slot.model.name()
                        + " cannot answer, because "
                        + failure.reason()
                        + ". Try again in "
                        + retry.toSeconds()
                        + " s.",
                retry);
    }

    /** When too many requests wait for models. */
    ApiException full(Slot slot, List<Slot> queue, long now) {
        return ApiException.busy(
                "The server is busy: "
                        + settings.maxWaiting()
                        + " requests wait for models to be loaded.",
                estimate(slot, queue, now));
    }

    /**
     * When the model is not loaded in time.
     *
     * @param fits false if other models must leave it memory first
     */
    ApiException notLoaded(Slot slot, boolean fits, List<Slot> queue, long now) {
        Duration retry = estimate(slot, queue, now);
        String state =
                slot.phase == Slot.Phase.LOADING || fits
                        ? " is being loaded"
                        : " waits to be loaded until other models leave it memory";
        return ApiException.unavailable(
                "Model "
                        + slot.model.name()
                        + state
                        + ". Try again in "
                        + retry.toSeconds()
                        + " s.",
                retry);
    }

    /** For an inspection, which loads nothing. */
    ApiException unknownPrompt(Slot slot) {
        return new ApiException(
                ErrorCode.UNAVAILABLE,
                "Model "
                        + slot.model.name()
                        + " is not loaded, so its prompt cannot be shown or counted. The next request"
                        + " for a completion loads it.");
    }

    /** The time to load a model and those before it. */
    private Duration estimate(Slot slot, List<Slot> queue, long now) {
        if (slot.phase == Slot.Phase.LOADING) {
            return wholeSeconds(
                    (long) (slot.reservedBytes * nanosPerByte) - (now - slot.sinceNanos));
        }
        long bytes = slot.neededBytes();
        for (Slot before : queue) {
            if (before == slot) {
                break;
            }
            bytes += before.neededBytes();
        }
        return wholeSeconds((long) (bytes * nanosPerByte));
    }

    private static Duration wholeSeconds(long nanos) {
        long seconds = Math.ceilDiv(nanos, 1_000_000_000L);
        return Duration.ofSeconds(Math.clamp(seconds, 1, LONGEST.toSeconds()));
    }
}
