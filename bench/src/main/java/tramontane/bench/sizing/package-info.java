/**
 * Simulates servers with many users, to say how many replicas they need and what that costs.
 *
 * <pre>
 * Scenario ─ Simulation ─┬─ Arrivals    who asks next, and when
 *                        ├─ Routing     which Replica gets the request, by MinTree
 *                        └─ Replica     continuous batching, with the step times of StepTimes
 *                              └──▶ Outcome: time to first token, throughput, utilization
 * </pre>
 *
 * <p>{@link tramontane.bench.sizing.MeasuredUsers} asks a real server, and {@link
 * tramontane.bench.sizing.SimulatedUsers} does the same to a replica.
 *
 * <p>Time is in seconds and virtual. A replica whose batch does not change is not simulated step by
 * step: its next event is the end of its shortest answer. So the work grows with the number of
 * requests, not with that of steps or of users who think.
 *
 * <p>Invariant: the same scenario and seed give the same outcome.
 */
package tramontane.bench.sizing;
