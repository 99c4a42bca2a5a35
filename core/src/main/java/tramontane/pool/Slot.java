package tramontane.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.api.ModelCard;
import tramontane.backend.ModelBackend;
import tramontane.gguf.FileStamp;

/**
 * What a pool knows of one model. All fields that change are guarded by the lock of {@link
 * Residency}.
 *
 * <pre>
 * UNLOADED ─ request ─▶ QUEUED ─ memory ─▶ LOADING ─▶ LOADED ─ idle, or gives way ─▶ UNLOADING ─▶ UNLOADED
 *                          │                  │          │ the engine fails
 *                          └──────────────────┴──────────┴──────▶ FAILED ─ retry ─▶ QUEUED
 * </pre>
 */
final class Slot {
    /** Where a model is in its life. */
    enum Phase {
        UNLOADED,
        /** Waits for memory, or for other models that are loaded before it. */
        QUEUED,
        LOADING,
        LOADED,
        UNLOADING,
        FAILED
    }

    /**
     * What a file says about its model, and the attributes that its files had then.
     *
     * @param limitBytes the memory that it was planned for
     */
    record Known(ModelBackend.Outline outline, List<FileStamp> stamps, long limitBytes) {}

    /**
     * Why a model cannot be used.
     *
     * @param retryNanos when it may be tried again, on the clock of {@code System.nanoTime}
     */
    record Failure(String reason, long retryNanos) {}

    final PooledModel model;

    /** Never unloaded. */
    boolean pinned;

    /** Loaded without waiting for a request, and again after a failure. */
    boolean eager;

    /** Not served any more: it takes no new requests, and goes when the last one has ended. */
    boolean retired;

    /** Memory that the model may have when its header is read. */
    long limitBytes;

    ModelCard card;
    Phase phase = Phase.UNLOADED;
    Optional<Known> known = Optional.empty();
    Optional<ModelBackend> backend = Optional.empty();

    /** A backend that nobody gets any more and whose memory is not freed yet. */
    Optional<ModelBackend> ended = Optional.empty();

    Optional<Failure> failure = Optional.empty();

    /** Failures in a row. */
    int failures;

    /** The memory that the model holds, or is about to. */
    long reservedBytes;

    /** Requests that use the loaded model. */
    int uses;

    /** Requests that wait for it, oldest first. */
    final List<Claim> waiting = new ArrayList<>();

    /** The model is to be loaded although no request may be waiting for it. */
    boolean wanted;

    /** The header was compared with the file since the model was queued. */
    boolean checked;

    /** New requests wait, so that the model becomes idle and gives way to another. */
    boolean draining;

    /** When it was loaded, queued, or last used, by its phase. */
    long sinceNanos;

    /** When it was loaded. */
    long loadedNanos;

    Slot(PooledModel model, boolean eager) {
        this.model = model;
        this.pinned = model.pinned();
        this.eager = eager;
        this.card = unknown("not read yet");
    }

    /** The card while nothing is known of the model. */
    ModelCard unknown(String reason) {
        return ModelCard.unknown(new ModelCard.Names(model.name(), List.of()), reason);
    }

    /** True if no request would notice that the model is unloaded. */
    boolean isIdle() {
        return phase == Phase.LOADED && uses == 0;
    }

    boolean mayGiveWay() {
        return phase == Phase.LOADED && !pinned;
    }

    /** True if the model was planned for another limit, so that its header must be read again. */
    boolean isStale() {
        return known.filter(each -> each.limitBytes != limitBytes).isPresent();
    }

    /** True if nothing is left of a model that is not served any more. */
    boolean isGone() {
        return retired
                && (phase == Phase.UNLOADED || phase == Phase.FAILED)
                && ended.isEmpty()
                && reservedBytes == 0;
    }

    /** The memory that loading the model takes. */
    long neededBytes() {
        return known.map(each -> each.outline().memory().totalBytes()).orElse(0L);
    }

    /** The least memory that loading the model takes without a shorter context. */
    long compactBytes() {
        return known.map(each -> each.outline().memory().compactBytes()).orElse(0L);
    }
}
