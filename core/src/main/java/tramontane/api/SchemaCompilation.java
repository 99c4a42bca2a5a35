package tramontane.api;

import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.automaton.WorkBudget;

/**
 * Compiles the schemas of requests, so that large ones do not keep other requests waiting.
 *
 * <p>Requests run on virtual threads, and compiling blocks the carrier thread, of which there are
 * few. So a virtual thread compiles a schema within a small budget of work, which suffices for
 * nearly all schemas, and throws {@link LargeSchema} when the budget is used up. The request then
 * continues on a platform thread with its full budget, because the operating system divides the
 * cores fairly among platform threads.
 */
final class SchemaCompilation {
    /** About ten milliseconds of work. */
    private static final long QUICK_STEPS = 500_000;

    private SchemaCompilation() {}

    /**
     * @param work the remaining budget of the request's schemas
     * @throws SchemaException with everything in the schema that cannot be enforced
     * @throws LargeSchema on a virtual thread, if the schema needs more work than the small budget
     */
    static JsonSchema compile(Object schema, WorkBudget work) throws SchemaException {
        if (!Thread.currentThread().isVirtual()) {
            return JsonSchema.compile(schema, work);
        }
        WorkBudget quick = work.upTo(QUICK_STEPS);
        try {
            JsonSchema compiled = JsonSchema.compile(schema, quick);
            work.add(quick);
            return compiled;
        } catch (SchemaException e) {
            if (quick.isExhausted()) {
                throw new LargeSchema();
            }
            throw e;
        }
    }
}
