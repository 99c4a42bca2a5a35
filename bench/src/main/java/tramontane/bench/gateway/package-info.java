/**
 * What a gateway adds to answers of another server.
 *
 * <p>{@link tramontane.bench.gateway.StandIn} answers in place of an engine, at a fixed pace and at
 * almost no cost. Its events carry the time at which they were sent, so that {@link
 * tramontane.bench.gateway.PacedClient}, in the same process, measures the way of each. {@link
 * tramontane.bench.gateway.GatewayRun} gives the same loads to the stand-in itself and to each
 * gateway, in turn.
 *
 * <p>Invariant: every event that was sent is received, else the run fails.
 */
package tramontane.bench.gateway;
