package tramontane.pool;

import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.backend.ModelBackend;

/**
 * A request's claim on a model: it waits until the model is loaded, then uses it, and so keeps it
 * from being unloaded. All fields are guarded by the lock of {@link Residency}.
 */
final class Claim {
    /** How far a claim has come. */
    enum Stage {
        WAITING,
        USING,
        /** Released, or refused while it waited. */
        OVER
    }

    final Slot slot;
    Stage stage = Stage.WAITING;
    Optional<ModelBackend> backend = Optional.empty();
    Optional<ApiException> refusal = Optional.empty();

    Claim(Slot slot) {
        this.slot = slot;
    }
}
