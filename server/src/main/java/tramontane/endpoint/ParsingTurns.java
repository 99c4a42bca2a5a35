package tramontane.endpoint;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import tramontane.api.ApiException;
import tramontane.api.LargeSchema;

/**
 * Limits how many requests are parsed, rendered and tokenized at the same time. These steps use a
 * core and several times the body's size in memory, so more at once would only delay each other.
 *
 * <p>Large bodies, and bodies with a large schema, are processed one at a time, so that small ones
 * do not wait for them. They run on a platform thread, since a virtual thread that computes would
 * occupy its carrier until it is done. Whether a schema is large is found out while it is compiled:
 * then the small turn is released, and the body is parsed again in the large one.
 */
final class ParsingTurns {
    /** Parsing a body of this size takes some tens of milliseconds. */
    private static final int SMALL_BYTES = 256 << 10;

    private final Semaphore small;
    private final Semaphore large = new Semaphore(1, true);

    ParsingTurns(int small) {
        this.small = new Semaphore(small, true);
    }

    /** Waits for a turn, and processes the body. */
    <T> T read(byte[] body, Intake.Reading<T> reading)
            throws ApiException, IOException, InterruptedException {
        if (body.length <= SMALL_BYTES) {
            small.acquire();
            try {
                return reading.of(body);
            } catch (LargeSchema e) {
                // Continues below, after this turn is released.
            } finally {
                small.release();
            }
        }
        return readLarge(body, reading);
    }

    private <T> T readLarge(byte[] body, Intake.Reading<T> reading)
            throws ApiException, IOException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(() -> reading.of(body));
        Thread thread = Thread.ofPlatform().name("large-body").daemon().unstarted(task);
        large.acquire();
        try {
            thread.start();
            return task.get();
        } catch (InterruptedException e) {
            thread.interrupt();
            throw e;
        } catch (ExecutionException e) {
            throw unwrapped(Objects.requireNonNullElse(e.getCause(), e));
        } finally {
            large.release();
        }
    }

    private static RuntimeException unwrapped(Throwable cause)
            throws ApiException, IOException, InterruptedException {
        return switch (cause) {
            case ApiException refused -> throw refused;
            case IOException broken -> throw broken;
            case InterruptedException interrupted -> throw interrupted;
            case RuntimeException fault -> fault;
            case Error error -> throw error;
            default -> new IllegalStateException("A body could not be read.", cause);
        };
    }
}
