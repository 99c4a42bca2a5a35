package tramontane.store;

import java.nio.file.Path;
import java.sql.SQLException;

/** The two systems that every test about the database runs on. */
public enum DatabaseKind {
    SQLITE,
    POSTGRESQL;

    /** The address of a new database. */
    public DatabaseUrl url(Path folder) throws SQLException, StoreException {
        return switch (this) {
            case SQLITE -> new DatabaseUrl.Sqlite(folder.resolve("state/ledger.db"));
            case POSTGRESQL -> {
                PostgresServer server = PostgresServer.get();
                yield DatabaseUrl.parse(server.newDatabase(), server.environment());
            }
        };
    }
}
