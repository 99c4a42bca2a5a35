/**
 * Measurements, run by hand and never released. {@link tramontane.bench.Main} is {@code
 * ./tramontane bench}: it gives {@code Load}s to {@code Contestant}s (the engine in this process,
 * llama.cpp in a child process) and prints what became of them. {@link
 * tramontane.bench.KernelBench} times the matmuls alone, by format and number of rows.
 *
 * <p>Invariant: whatever is compared is run interleaved in one process or one call, so that what
 * else the machine does falls on all alike, and medians are printed beside the best.
 */
package tramontane.bench;
