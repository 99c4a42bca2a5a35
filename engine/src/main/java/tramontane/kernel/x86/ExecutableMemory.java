package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.Pages;

/**
 * Memory for machine code. It is never writable and executable at the same time, and is not freed
 * before the process ends.
 */
final class ExecutableMemory {
    private static final int ALIGNMENT = 64;

    private ExecutableMemory() {}

    /** Whether the host allows executable memory. */
    static boolean isAllowed() {
        return install(new byte[1]).isPresent();
    }

    /**
     * Copies each piece of code to an aligned address and makes all of them executable.
     *
     * @return their addresses in order; empty if the host refuses executable memory
     */
    static Optional<MemorySegment[]> install(byte[]... pieces) {
        long bytes = 0;
        for (byte[] piece : pieces) {
            bytes += Math.ceilDiv(piece.length, ALIGNMENT) * ALIGNMENT;
        }
        Optional<MemorySegment> mapped = Pages.map(bytes, Arena.global());
        if (mapped.isEmpty()) {
            return Optional.empty();
        }
        MemorySegment[] addresses = new MemorySegment[pieces.length];
        long at = 0;
        for (int i = 0; i < pieces.length; i++) {
            MemorySegment.copy(pieces[i], 0, mapped.get(), JAVA_BYTE, at, pieces[i].length);
            addresses[i] = mapped.get().asSlice(at, pieces[i].length);
            at += Math.ceilDiv(pieces[i].length, ALIGNMENT) * ALIGNMENT;
        }
        return Pages.makeExecutable(mapped.get()) ? Optional.of(addresses) : Optional.empty();
    }
}
