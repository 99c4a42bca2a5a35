/**
 * Limits of keys.
 *
 * <p>{@link tramontane.limit.RateLimits} has a meter for each limited key. In one process, it is
 * buckets for the requests and tokens of a minute, a count of running answers, and in {@link
 * tramontane.limit.MonthTable} the tokens of a month. With PostgreSQL, it is a row that all servers
 * of the database change: {@link tramontane.limit.SharedLimits}, which also keeps the leases by
 * which dead servers are noticed. An {@link tramontane.limit.Allowance} is one request's share: it
 * reserves what the answer may need before any work of the engine, and settles what it has used.
 *
 * <p>Invariant: what is reserved is taken from the limits at once and given back at most once, so
 * requests that come at the same time never exceed a limit together.
 */
package tramontane.limit;
