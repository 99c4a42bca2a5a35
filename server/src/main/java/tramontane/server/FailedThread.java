package tramontane.server;

import java.io.PrintWriter;

/**
 * Ends the server when one of its background threads fails, for instance because the heap is full:
 * without the thread that watches keys or writes the ledger it would go on, but not keep its
 * promises. A supervisor can start it again. Requests and models catch their own failures, so this
 * is not for them.
 */
record FailedThread(PrintWriter err) implements Thread.UncaughtExceptionHandler {
    @Override
    public void uncaughtException(Thread thread, Throwable cause) {
        try {
            err.println(
                    "tramontane: the thread "
                            + thread.getName()
                            + " failed: "
                            + cause
                            + "; the server ends");
            err.flush();
            // Open answers get their grace period.
            System.exit(1);
        } catch (OutOfMemoryError noHeapToEndInOrder) {
            Runtime.getRuntime().halt(1);
        }
    }
}
