package tramontane.store;

import java.nio.file.Path;
import java.util.Map;

/** Where a database is. The text of an address contains no password. */
public sealed interface DatabaseUrl {
    /** A file of SQLite. */
    record Sqlite(Path file) implements DatabaseUrl {
        @Override
        public String toString() {
            return file.toString();
        }
    }

    /**
     * A database of a PostgreSQL server.
     *
     * @param shown the address without parameters, its password masked
     * @param jdbc the address for the driver
     * @param settings properties of the driver that the address does not contain
     */
    record Postgres(String shown, String jdbc, Map<String, String> settings)
            implements DatabaseUrl {
        public Postgres {
            settings = Map.copyOf(settings);
        }

        @Override
        public String toString() {
            return shown;
        }
    }

    /**
     * Reads {@code sqlite:PATH}, a path, or {@code
     * postgresql://[USER[:PASSWORD]@]HOST[:PORT]/NAME}, which may end in parameters of the JDBC
     * driver. Without a password the driver looks into the user's password file.
     *
     * @param environment supplies PGUSER and PGPASSWORD, used where the address says nothing
     */
    static DatabaseUrl parse(String text, Map<String, String> environment) throws StoreException {
        return AddressParser.parse(text, environment);
    }
}
