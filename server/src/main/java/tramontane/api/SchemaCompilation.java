package tramontane.api;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.regex.Work;

/**
 * Compiles the schemas of requests, so that large ones do not keep other requests waiting.
 *
 * <p>Requests run on virtual threads, of which only as many advance as there are cores, and
 * compiling never waits. So a schema is tried on the request's own thread with little work allowed,
 * which suffices for nearly all. One that needs more is compiled by a platform thread of its own,
 * one schema at a time: the operating system then shares the cores, and memory is taken once.
 */
final class SchemaCompilation {
    /** Some ten milliseconds. */
    private static final long QUICK_STEPS = 500_000;

    /** Held while a large schema is compiled; requests get it in the order they asked. */
    private static final Semaphore LARGE = new Semaphore(1, true);

    private SchemaCompilation() {}

    /**
     * @param work left to the schemas of the request
     * @throws SchemaException with everything in the schema that cannot be enforced
     */
    static JsonSchema compile(Object schema, Work work) throws SchemaException {
        Work quick = work.upTo(QUICK_STEPS);
        Optional<JsonSchema> compiled = Optional.empty();
        try {
            compiled = Optional.of(JsonSchema.compile(schema, quick));
        } catch (SchemaException e) {
            if (!quick.isExhausted()) {
                throw e;
            }
        }
        if (compiled.isPresent()) {
            work.add(quick);
            return compiled.get();
        }
        LARGE.acquireUninterruptibly();
        try {
            return compileLarge(schema, work);
        } finally {
            LARGE.release();
        }
    }

    private static JsonSchema compileLarge(Object schema, Work work) throws SchemaException {
        FutureTask<JsonSchema> task = new FutureTask<>(() -> JsonSchema.compile(schema, work));
        Thread.ofPlatform().name("schema").daemon().start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SchemaException refused) {
                throw refused;
            }
            throw new IllegalStateException("A schema could not be compiled.", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a schema was compiled.", e);
        }
    }
}
