/**
 * Where keys and values of past tokens live: {@link tramontane.cache.BlockPool} counts references
 * of fixed-size blocks, {@link tramontane.cache.BlockTable} lists the blocks of one sequence,
 * {@link tramontane.cache.PrefixIndex} finds blocks that already hold the beginning of a prompt,
 * {@link tramontane.cache.KvCache} is the memory under them.
 *
 * <p>Invariant: a block is free, idle (unreferenced but findable by its content) or referenced, and
 * never two of them. Everything here belongs to the engine thread.
 */
package tramontane.cache;
