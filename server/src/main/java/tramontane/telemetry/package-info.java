/**
 * What operators see of the server: metrics, traces and the lines of the access log.
 *
 * <p>The server describes each answered request in an {@link tramontane.telemetry.ObservedRequest},
 * once, after its answer. {@link tramontane.telemetry.Telemetry} hands it to {@link
 * tramontane.telemetry.ServerMetrics}, {@link tramontane.telemetry.Traces} and {@link
 * tramontane.telemetry.AccessLog}. The libraries behind them are loaded at their first use: a
 * server without traces loads no OpenTelemetry.
 *
 * <p>Invariants: no prompt, answer or key leaves through this package, and each label of a metric
 * has a bounded number of values. Nothing here waits for another machine.
 */
package tramontane.telemetry;
