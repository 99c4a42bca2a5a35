package tramontane.pool;

import java.util.Optional;
import tramontane.api.ModelCard;
import tramontane.backend.ModelBackend;
import tramontane.backend.ModelState;
import tramontane.engine.MemoryPlan;

/** What others see of a {@link Slot}: a copy made under the lock. */
record SlotView(
        ModelCard card,
        ModelState state,
        Optional<ModelBackend> backend,
        Optional<MemoryPlan> plan,
        boolean retired) {
    static SlotView of(Slot slot) {
        ModelState state =
                switch (slot.phase) {
                    case UNLOADED, UNLOADING -> new ModelState.Unloaded();
                    case QUEUED, LOADING -> new ModelState.Loading();
                    case LOADED -> new ModelState.Loaded();
                    case FAILED -> new ModelState.Failed(slot.failure.orElseThrow().reason());
                };
        Optional<MemoryPlan> plan =
                slot.backend
                        .map(ModelBackend::memory)
                        .or(() -> slot.known.map(known -> known.outline().memory()));
        return new SlotView(slot.card, state, slot.backend, plan, slot.retired);
    }
}
