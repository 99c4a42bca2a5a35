/**
 * Several models in one process, within one memory budget.
 *
 * <pre>
 * request ─ ModelPool ─ Claim ─┬─ the model is loaded: ModelBackend
 *                              └─ it is not: PooledCompletion waits
 *                     Residency  what is loaded, and who uses or waits for it   (one lock)
 *                     Placement  what is loaded next, and what gives way        (same lock)
 *                     Loader     loads and unloads, one model at a time         (one thread)
 * </pre>
 *
 * <p>A model is planned before it is loaded: its header is read, and the memory that it will take
 * is compared with the budget. {@link tramontane.pool.PooledModel} names a model, {@link
 * tramontane.pool.PoolSettings} has the limits.
 *
 * <p>Invariant: the plans of all models that hold memory never exceed the budget, and a model that
 * a request uses is never unloaded.
 */
package tramontane.pool;
