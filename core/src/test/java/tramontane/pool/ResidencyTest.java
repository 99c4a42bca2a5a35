package tramontane.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.kernel.scalar.ScalarKernels;

/**
 * A change of the settings makes a model one that is always loaded, whatever happens to it then.
 */
class ResidencyTest {
    private static final long PLENTY = 1L << 40;

    @TempDir Path folder;
    private Path file;
    private PoolSettings settings;
    private Residency residency;
    private Slot slot;

    @BeforeEach
    void serveSecond() throws Exception {
        file = TinyPool.write(folder, "b.gguf", 2);
        settings = TinyPool.roomFor(2, file);
        residency = new Residency(settings);
        slot = new Slot(TinyPool.model(file), false);
        Slot first = new Slot(TinyPool.model(TinyPool.write(folder, "a.gguf", 1)), true);
        residency.change(List.of(served(first), served(slot)), settings);
    }

    private static ServedSlot served(Slot slot) {
        return new ServedSlot(slot, false, true, PLENTY);
    }

    /** The first model of a list is always loaded. */
    private void serveAlone() {
        residency.change(List.of(served(slot)), settings);
    }

    @Test
    void whileItsHeaderIsRead() throws Exception {
        residency.failed(slot, "it cannot be read", true);
        serveAlone();
        ModelBackend.Outline outline =
                ModelBackend.outline(
                        file,
                        new ModelCard.Names("b", List.of()),
                        TinyPool.OPTIONS,
                        new Machine(2, PLENTY, ScalarKernels::new, TinyPool.CLOCK));
        residency.known(slot, new Slot.Known(outline, List.of(), PLENTY));
        assertThat(slot.phase).isEqualTo(Slot.Phase.QUEUED);
    }

    @Test
    void whileItIsUnloaded() {
        slot.phase = Slot.Phase.UNLOADING;
        serveAlone();
        residency.closed(slot);
        assertThat(slot.phase).isEqualTo(Slot.Phase.QUEUED);
    }

    @Test
    void whileARequestWaitsThatLeaves() throws Exception {
        Claim claim = residency.claim(slot);
        serveAlone();
        residency.release(claim);
        // Else there would be nothing to do, and the next line would wait for it.
        assertThat(slot.wanted).isTrue();
        assertThat(residency.next()).isEqualTo(new Placement.Action.Read(slot));
    }
}
