package tramontane.telemetry;

import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Keeps the handlers of the log until the server has ended. The JDK's own manager removes them as
 * soon as a signal arrives, when answers are still being finished.
 *
 * <p>Named by the system property {@code java.util.logging.manager}.
 */
public final class LastingLogs extends LogManager {
    public static final String PROPERTY = "java.util.logging.manager";

    private static volatile boolean serving;

    /** From now on, handlers are kept. */
    public static void keepHandlers() {
        serving = true;
    }

    /** Waits until all lines are written. */
    public static void flushHandlers() {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.flush();
        }
    }

    @Override
    public void reset() {
        if (!serving) {
            super.reset();
        }
    }
}
