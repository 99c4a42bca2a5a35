/**
 * The database: SQLite or PostgreSQL.
 *
 * <p>{@link tramontane.store.DatabaseUrl} is a parsed address; {@link tramontane.store.Database}
 * opens it, brings its tables up to date, and gives connections. The migrations are SQL files
 * beside this package, the same for both systems.
 *
 * <p>Invariant: an open database has exactly the tables that this build knows, and no password
 * appears in an error or in the text of an address.
 */
package tramontane.store;
