/**
 * The ledger: a row in the database for each request.
 *
 * <p>{@link tramontane.ledger.Ledger} takes a {@link tramontane.ledger.LedgerRow} from the thread
 * of a request and has one thread of its own that writes. {@link tramontane.ledger.UsageQuery} sums
 * the rows, {@link tramontane.ledger.RecordedRequest} finds one. docs/LEDGER.md describes the
 * columns.
 *
 * <p>Invariant: the row of a finished answer is committed before the client sees the end of the
 * answer, as long as the database can be written; no row is written twice; nothing here is called
 * by an engine's thread.
 */
package tramontane.ledger;
