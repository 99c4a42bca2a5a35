package tramontane.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import tramontane.store.Database;

/**
 * Writes rows with one connection. While the database cannot be written, rows stay in the queue and
 * it tries again every second. All methods are called by the ledger's thread.
 */
final class LedgerWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerWriter.class);

    /** Maximum rows of one transaction. */
    private static final int MAX_BATCH = 256;

    /** Maximum text of one transaction, unless a single row has more. */
    private static final long MAX_BATCH_BYTES = 4 << 20;

    /**
     * How long the database may take for a transaction, more for long texts. Less than an answer
     * waits for its row: rows that the database does not take in time must get into the reserve
     * before their answers go on.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** While the database is away, threads of answers wait while this one tries to connect. */
    private static final Duration PATIENCE_AWAY = Duration.ofSeconds(1);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final RowQueue queue;
    private final ModelSums sums;
    private final Database database;
    private final long startedMillis;
    private final Map<String, FileSums> filled = new HashMap<>();
    private final RowReserve reserve;
    private Optional<Connection> connection = Optional.empty();

    /**
     * @param reserve keeps rows while the database cannot be written
     * @param startedMillis rows since then may still lack the sums of their model's files
     */
    LedgerWriter(
            RowQueue queue,
            ModelSums sums,
            Database database,
            RowReserve reserve,
            long startedMillis) {
        this.reserve = reserve;
        this.queue = queue;
        this.sums = sums;
        this.database = database;
        this.startedMillis = startedMillis;
        filled.putAll(sums.all());
    }

    /** Writes until the queue is closed and empty, or is closed and cannot be written. */
    void run() throws InterruptedException {
        try {
            boolean unused = writeOnce(List.of());
            while (!queue.isClosed() || queue.size() > 0 || !filled.equals(sums.all())) {
                boolean closing = queue.isClosed();
                if (!writeOnce(batch(queue.head(MAX_BATCH))) && closing) {
                    giveUp();
                    return;
                }
            }
        } finally {
            disconnect();
            reserve.close();
        }
    }

    private static List<LedgerRow> batch(List<LedgerRow> rows) {
        long bytes = 0;
        for (int i = 0; i < rows.size(); i++) {
            bytes += rows.get(i).textBytes();
            if (bytes > MAX_BATCH_BYTES) {
                return rows.subList(0, Math.max(1, i));
            }
        }
        return rows;
    }

    private void giveUp() {
        int lost = queue.size() - reserve.kept();
        String ending = database.url() + " could not be written until the server ended.";
        if (reserve.kept() > 0) {
            ending +=
                    " "
                            + reserve.kept()
                            + " rows wait in a file and are written at the next start.";
        }
        if (lost > 0) {
            ending += " " + lost + " rows are lost.";
        }
        queue.ends(ending);
    }

    /** Writes some rows; false if the database cannot be written, after a pause. */
    private boolean writeOnce(List<LedgerRow> rows) throws InterruptedException {
        try {
            try {
                reserve.recover(connected());
                write(rows);
            } catch (SQLException e) {
                // The connection may have been closed by a restart of the database, so it is
                // replaced once before this counts as a failure.
                disconnect();
                if (queue.trouble().isPresent() && !isFaultOfRows(e)) {
                    throw e;
                }
                reserve.keep();
                writeAgain(rows, e);
                reserve.clearIfWritten();
            }
            fillSums();
            works();
            return true;
        } catch (SQLException | RuntimeException | Error e) {
            disconnect();
            reserve.keep();
            fails(e);
            keepUntilRetry();
            queue.wake();
            return false;
        }
    }

    private void keepUntilRetry() throws InterruptedException {
        int known = queue.size();
        long left = queue.pause(RETRY_AFTER.toNanos(), known);
        while (left > 0) {
            reserve.keep();
            known = Math.max(known + 1, queue.size());
            left = queue.pause(left, known);
        }
    }

    private void write(List<LedgerRow> rows) throws SQLException {
        if (!rows.isEmpty()) {
            insert(rows);
            remove(rows.size());
        }
    }

    private void remove(int count) {
        queue.remove(count);
        reserve.removed(count);
    }

    /**
     * If the rows themselves may be at fault, one by one: each that cannot be written is left out.
     */
    private void writeAgain(List<LedgerRow> rows, SQLException cause) throws SQLException {
        if (!isFaultOfRows(cause)) {
            reserve.recover(connected());
            write(rows);
            return;
        }
        for (LedgerRow row : rows) {
            try {
                insert(List.of(row));
            } catch (SQLException e) {
                if (!isFaultOfRows(e)) {
                    throw e;
                }
                disconnect();
                LOG.error(
                        "The row of request {} cannot be written: {}",
                        row.origin().id(),
                        e.getMessage());
            }
            remove(1);
        }
    }

    private static boolean isFaultOfRows(SQLException e) {
        if (e instanceof SQLiteException sqlite) {
            int primary = sqlite.getResultCode().code & 0xff;
            return primary == SQLiteErrorCode.SQLITE_CONSTRAINT.code
                    || primary == SQLiteErrorCode.SQLITE_MISMATCH.code
                    || primary == SQLiteErrorCode.SQLITE_TOOBIG.code;
        }
        // Classes 22 and 23 of the standard: invalid data, violated constraint.
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("22") || state.startsWith("23");
    }

    /** Adds sums of model files that became known after rows had been written. */
    private void fillSums() throws SQLException {
        for (Map.Entry<String, FileSums> each : sums.all().entrySet()) {
            FileSums files = each.getValue();
            if (files.equals(filled.get(each.getKey()))) {
                continue;
            }
            fill("model_sha256 = ? WHERE model_sha256 IS NULL", files.model(), each.getKey());
            if (files.encoder().isPresent()) {
                fill(
                        "encoder_sha256 = ? WHERE encoder_sha256 IS NULL AND images > 0",
                        files.encoder().get(),
                        each.getKey());
            }
            filled.put(each.getKey(), files);
        }
    }

    private void fill(String column, String sum, String model) throws SQLException {
        try (PreparedStatement update =
                connected()
                        .prepareStatement(
                                "UPDATE ledger SET "
                                        + column
                                        + " AND served_model = ? AND began_ms >= ?")) {
            update.setString(1, sum);
            update.setString(2, model);
            update.setLong(3, startedMillis);
            update.executeUpdate();
        }
    }

    private void works() {
        if (queue.trouble().isPresent() && reserve.kept() == 0) {
            reserve.clear();
            long dropped = queue.works();
            LOG.warn(
                    "The ledger {} is written again{}",
                    database.url(),
                    dropped == 0 ? "" : "; " + dropped + " requests in between left no row");
        }
    }

    private void fails(Throwable cause) {
        if (queue.trouble().isEmpty()) {
            LOG.error(
                    "The ledger {} cannot be written, so its rows are kept {} until it can be: {}",
                    database.url(),
                    reserve.kept() > 0 ? "in a file" : "in memory",
                    cause instanceof SQLException ? cause.getMessage() : cause.toString());
        }
        queue.fails(String.valueOf(cause.getMessage()));
    }

    private Connection connected() throws SQLException {
        if (connection.isEmpty()) {
            boolean away = queue.trouble().isPresent();
            connection = Optional.of(database.connect(away ? PATIENCE_AWAY : PATIENCE));
            database.setPatience(connection.get(), PATIENCE);
        }
        return connection.get();
    }

    /** Writes rows; the database may take a second more for each MiB of text. */
    private void insert(List<LedgerRow> rows) throws SQLException {
        long mebibytes = rows.stream().mapToLong(LedgerRow::textBytes).sum() >> 20;
        if (mebibytes > 0) {
            database.setPatience(connected(), PATIENCE.plusSeconds(mebibytes));
        }
        LedgerInsert.write(connected(), rows, sums);
        if (mebibytes > 0) {
            database.setPatience(connected(), PATIENCE);
        }
    }

    private void disconnect() {
        try {
            if (connection.isPresent()) {
                connection.get().close();
            }
        } catch (SQLException e) {
            LOG.debug("A broken connection could not be closed: {}", e.getMessage());
        } finally {
            connection = Optional.empty();
        }
    }
}
