package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The calls that leave Java: four of the system's, on pages, and those into emitted code.
 *
 * <p>A method handle declares that it throws anything; these throw nothing, so this is the one
 * place that says so.
 */
final class Downcalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MMAP =
            system(
                    "mmap",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                            JAVA_LONG));
    private static final MethodHandle MUNMAP =
            system("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MPROTECT =
            system("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MADVISE =
            system("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private static final MethodHandle EMITTED =
            LINKER.downcallHandle(
                    FunctionDescriptor.ofVoid(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG));

    private Downcalls() {}

    private static MethodHandle system(String name, FunctionDescriptor shape) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), shape);
    }

    /** Fresh private pages at an address of the system's choice; -1 where it declines. */
    static long mmap(long bytes, int protection, int flags) {
        try {
            return (long) MMAP.invokeExact(0L, bytes, protection, flags, -1, 0L);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int munmap(long address, long bytes) {
        try {
            return (int) MUNMAP.invokeExact(address, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int mprotect(long address, long bytes, int protection) {
        try {
            return (int) MPROTECT.invokeExact(address, bytes, protection);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int madvise(long address, long bytes, int advice) {
        try {
            return (int) MADVISE.invokeExact(address, bytes, advice);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Calls emitted code; what the seven numbers mean is its own affair. */
    static void emitted(
            MemorySegment code, long a, long b, long c, long d, long e, long f, long g) {
        try {
            EMITTED.invokeExact(code, a, b, c, d, e, f, g);
        } catch (Throwable thrown) {
            throw impossible(thrown);
        }
    }

    private static AssertionError impossible(Throwable thrown) {
        return new AssertionError("a downcall threw", thrown);
    }
}
