package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The calls that leave Java: four of the system's, on pages, and those into emitted code.
 *
 * <p>All go through one handle of seven numbers: making a handle costs more than ten milliseconds
 * of start-up, and in the calling conventions of Linux a function does not see arguments it does
 * not take.
 *
 * <p>A method handle declares that it throws anything; these throw nothing, so this is the one
 * place that says so.
 */
final class Downcalls {
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

    private Downcalls() {}

    private static MemorySegment system(String name) {
        return LINKER.defaultLookup().findOrThrow(name);
    }

    /** Fresh private pages at an address of the system's choice; -1 where it declines. */
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

    /** Calls emitted code; what the seven numbers mean is its own affair. */
    static void emitted(
            MemorySegment code, long a, long b, long c, long d, long e, long f, long g) {
        call(code, a, b, c, d, e, f, g);
    }

    // What comes back of emitted code is whatever was in the register; nobody looks at it.
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
