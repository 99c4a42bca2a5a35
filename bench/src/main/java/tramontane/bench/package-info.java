/**
 * Measurements, run by hand and never released. {@link tramontane.bench.Main} is {@code bench}: it
 * gives each {@code Load} to each {@code Contestant} (the engine in this process, llama.cpp in a
 * child process, a server behind a URL) and prints what became of it. {@code EditLoad} and {@code
 * PrefixLoads} show what predictions and cached prefixes are worth, {@code Soak} and {@code
 * CancelSoak} that nothing leaks, {@link tramontane.bench.KernelBench} times the matmuls alone, and
 * {@link tramontane.bench.Rehearsal} is what the launcher keeps classes from. {@code QualityBench}
 * asks tasks with known answers (package {@code quality}).
 *
 * <p>Invariant: what is compared is run interleaved in one process or one call, so that what else
 * the machine does falls on all alike, and medians are printed beside the best.
 */
package tramontane.bench;
