package tramontane.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.sqlite.SQLiteDataSource;

/**
 * Loads SQLite's native library. The driver unpacks it into a temporary file and deletes that at
 * the end of the process, so each process that is killed would leave a megabyte. Here the file has
 * a directory of its own, and both are deleted as soon as the library is loaded, which it survives
 * except on Windows. The packages bring the library unpacked, and say where.
 */
final class SqliteLibrary {
    private static final String DIRECTORY = "org.sqlite.tmpdir";
    private static final String UNPACKED = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /** Loads the library at the first call. */
    static synchronized void load() throws IOException, SQLException {
        if (System.getProperty(DIRECTORY) != null || System.getProperty(UNPACKED) != null) {
            return;
        }
        Path directory = Files.createTempDirectory("tramontane-sqlite");
        System.setProperty(DIRECTORY, directory.toString());
        try {
            SQLiteDataSource inMemory = new SQLiteDataSource();
            inMemory.setUrl("jdbc:sqlite::memory:");
            inMemory.getConnection().close();
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            return;
        }
        List<Path> files;
        try (Stream<Path> list = Files.list(directory)) {
            files = list.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(directory);
    }
}
