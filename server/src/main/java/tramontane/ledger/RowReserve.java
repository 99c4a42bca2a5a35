package tramontane.ledger;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows at the head of the queue that are safe in a {@link ReserveFile}, while the database
 * cannot be written. All methods are called by the ledger's thread.
 */
final class RowReserve {
    private static final Logger LOG = LoggerFactory.getLogger(RowReserve.class);

    private final RowQueue queue;
    private final List<ReserveFile> files;
    private boolean recovered;
    private int kept;
    private boolean full;

    /**
     * @param files the first is for the rows of this process; empty if there is no space
     */
    RowReserve(RowQueue queue, List<ReserveFile> files) {
        this.queue = queue;
        this.files = files;
        this.recovered = files.isEmpty();
    }

    /** Writes the rows of processes that were killed. Those that arrived before are skipped. */
    void recover(Connection connection) throws SQLException {
        if (recovered) {
            return;
        }
        try {
            for (ReserveFile file : files) {
                List<LedgerRow> rows = file.rows();
                if (!rows.isEmpty()) {
                    // The model's file may be another one by now, so its sum stays unknown.
                    LedgerInsert.write(connection, rows, new ModelSums());
                    LOG.info("{} rows of {} were written to the ledger", rows.size(), file.file());
                }
                file.clear();
            }
            kept = 0;
            for (ReserveFile other : files.subList(1, files.size())) {
                other.delete();
            }
        } catch (IOException e) {
            LOG.error("Rows that wait in a file cannot be read: {}", e.toString());
        }
        recovered = true;
    }

    /** Keeps the rows of the queue that are not kept yet; answers need not wait for these. */
    void keep() {
        if (files.isEmpty() || full) {
            return;
        }
        List<LedgerRow> rows = queue.after(kept);
        try {
            int added = files.getFirst().append(rows);
            kept += added;
            full = added < rows.size();
        } catch (IOException | RuntimeException e) {
            LOG.error("Rows cannot be kept in {}: {}", files.getFirst().file(), e.toString());
            full = true;
        }
        queue.keeps(kept, !full);
    }

    /** Rows of the head are in the database. */
    void removed(int rows) {
        kept = Math.max(0, kept - rows);
    }

    /** The database can be written, and all rows are. */
    void clear() {
        try {
            if (!files.isEmpty()) {
                files.getFirst().clear();
            }
            kept = 0;
            full = false;
        } catch (IOException e) {
            // They would be written again at the next start, which changes nothing.
            LOG.debug("The reserve cannot be cleared: {}", e.toString());
        }
    }

    /** The database failed for a moment only. */
    void clearIfWritten() {
        if (recovered && kept == 0) {
            clear();
            queue.keeps(0, false);
        }
    }

    int kept() {
        return kept;
    }

    /** Leaves a file only if rows are in it. */
    void close() {
        try {
            for (ReserveFile file : recovered && kept == 0 ? files : List.<ReserveFile>of()) {
                file.delete();
            }
            for (ReserveFile file : files) {
                file.close();
            }
        } catch (IOException e) {
            LOG.debug("The reserve cannot be closed: {}", e.toString());
        }
    }
}
