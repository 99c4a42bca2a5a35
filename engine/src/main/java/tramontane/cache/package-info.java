/**
 * The KV cache: keys and values of computed tokens in fixed-size blocks, shared between sequences
 * with equal prefixes (as in PagedAttention, Kwon et al. 2023).
 *
 * <ul>
 *   <li>{@link tramontane.cache.KvCache} is the memory; it is allocated once.
 *   <li>{@link tramontane.cache.BlockPool} counts references to blocks and hands them out.
 *   <li>{@link tramontane.cache.BlockTable} lists the blocks of one sequence. The attention kernels
 *       read its offsets.
 *   <li>{@link tramontane.cache.PrefixIndex} finds sealed blocks by their content.
 * </ul>
 *
 * <pre>
 * BlockTable of a sequence     [ 7 | 4 | 9 | 2 ]
 *                                │   │   │   └── being filled, private
 *                                └───┴───┴────── sealed: full, computed, in the PrefixIndex
 * KvCache                      block 0 | block 1 | block 2 | ...
 * </pre>
 *
 * <p>Invariants: a block is free, idle (without references but indexed) or referenced, and only one
 * of these. A sealed block is never written. {@link tramontane.cache.BlockPool#checkIntegrity}
 * checks the first in tests. All classes belong to the engine thread; workers only read offsets.
 */
package tramontane.cache;
