package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * All calls from Java into native code: system calls on pages, one for a permission, and calls into
 * emitted code.
 *
 * <p>All use one method handle that takes seven 64-bit integers, because linking a handle costs
 * more than ten milliseconds at start-up. In the calling conventions of Linux, a function ignores
 * extra arguments in registers and on the stack.
 *
 * <p>A method handle declares {@code throws Throwable}. These functions throw nothing, so the catch
 * clause is here and nowhere else.
 */
public final class Downcalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALL =
            LINKER.downcallHandle(
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG, JAVA_LONG));

    private static final MemorySegment MMAP = system("mmap");
    private static final MemorySegment MUNMAP = system("munmap");
    private static final MemorySegment MPROTECT = system("mprotect");
    private static final MemorySegment MADVISE = system("madvise");

    // Numbers of Linux on x86-64: the system call arch_prctl, its operation ARCH_REQ_XCOMP_PERM,
    // and
    // the part of a thread's state that holds tile registers (XTILEDATA).
    private static final int ARCH_PRCTL = 158;
    private static final int REQUEST_PERMISSION = 0x1023;
    private static final int TILE_DATA = 18;

    private Downcalls() {}

    private static MemorySegment system(String name) {
        return LINKER.defaultLookup().findOrThrow(name);
    }

    /**
     * Maps private anonymous pages at an address that the system chooses; returns -1 if it refuses.
     */
    static long mmap(long bytes, int protection, int flags) {
        return call(MMAP, 0, bytes, protection, flags, -1, 0, 0);
    }

    static int munmap(long address, long bytes) {
        return (int) call(MUNMAP, address, bytes, 0, 0, 0, 0, 0);
    }

    static int mprotect(long address, long bytes, int protection) {
        return (int) call(MPROTECT, address, bytes, protection, 0, 0, 0, 0);
    }

    static int madvise(long address, long bytes, int advice) {
        return (int) call(MADVISE, address, bytes, advice, 0, 0, 0, 0);
    }

    /**
     * Asks Linux to let all threads of this process use the tile registers of AMX, whose state is
     * so large that it is saved only for processes that asked. Only for x86-64.
     */
    public static boolean permitTileRegisters() {
        return call(system("syscall"), ARCH_PRCTL, REQUEST_PERMISSION, TILE_DATA, 0, 0, 0, 0) == 0;
    }

    /** Calls emitted code. The emitter of the code defines what the seven arguments mean. */
    public static void emitted(
            MemorySegment code, long a, long b, long c, long d, long e, long f, long g) {
        call(code, a, b, c, d, e, f, g);
    }

    // Emitted code returns nothing, so its result is whatever RAX holds; the caller ignores it.
    private static long call(
            MemorySegment code, long a, long b, long c, long d, long e, long f, long g) {
        try {
            return (long) CALL.invokeExact(code, a, b, c, d, e, f, g);
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    private static AssertionError impossible(Throwable thrown) {
        return new AssertionError("a downcall threw", thrown);
    }
}
