package tramontane.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file with space that was set aside, for rows that cannot be written to the database: they
 * survive the end of the process although the disk is full. For one thread at a time; a lock keeps
 * other processes away.
 *
 * <pre>
 * length (4 bytes)  CRC-32 (4 bytes)  a row in JSON     for each row
 * 0 (4 bytes)                                           after the last one
 * </pre>
 */
final class ReserveFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReserveFile.class);

    /** Servers that may share a database and a disk. */
    private static final int MAX_FILES = 16;

    /** Some 10,000 rows without texts. */
    private static final long MAX_BYTES = 8 << 20;

    private static final long MIN_BYTES = 64 << 10;

    /** The database needs space as well: at most one part in so many of what is free. */
    private static final int FREE_PART = 8;

    private static final int HEADER_BYTES = 8;
    private static final int END_BYTES = 4;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private long position;

    private ReserveFile(Path file, FileChannel channel, long size) {
        this.file = file;
        this.channel = channel;
        this.size = size;
    }

    /**
     * Takes every file that no other process uses: the first is for this one, and the others may
     * hold rows of processes that were killed. Empty if no space can be set aside.
     *
     * @param base a number is added to its name
     */
    static List<ReserveFile> open(Path base) {
        List<ReserveFile> files = new ArrayList<>();
        try {
            createFolder(base);
        } catch (IOException e) {
            warn(base, e);
            return files;
        }
        for (int i = 0; i < MAX_FILES; i++) {
            Path file = base.resolveSibling(base.getFileName() + "." + i);
            if (files.isEmpty() || Files.exists(file)) {
                try {
                    lock(file).ifPresent(files::add);
                } catch (IOException e) {
                    warn(file, e);
                    return files;
                }
            }
        }
        return files;
    }

    private static void warn(Path file, IOException cause) {
        LOG.warn("No space is set aside in {} for rows of the ledger: {}", file, cause.toString());
    }

    /** With PostgreSQL, nothing else may have made it yet. */
    private static void createFolder(Path base) throws IOException {
        Path folder = base.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(folder)) {
            return;
        }
        Path existing = folder;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        Path unused =
                Files.getFileStore(existing).supportsFileAttributeView("posix")
                        ? Files.createDirectories(
                                folder,
                                PosixFilePermissions.asFileAttribute(
                                        PosixFilePermissions.fromString("rwx------")))
                        : Files.createDirectories(folder);
    }

    private static Optional<ReserveFile> lock(Path file) throws IOException {
        FileChannel channel = channel(file);
        boolean taken = false;
        try {
            Optional<FileLock> lock = tryLock(channel);
            if (lock.isPresent()) {
                long size = Math.max(channel.size(), allocate(file, channel));
                if (size >= MIN_BYTES) {
                    ReserveFile reserve = new ReserveFile(file, channel, size);
                    reserve.rows(); // Further rows come after those that are there.
                    taken = true;
                    return Optional.of(reserve);
                }
            }
            return Optional.empty();
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    private static FileChannel channel(Path file) throws IOException {
        Set<StandardOpenOption> options =
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        boolean posix =
                Files.getFileStore(file.toAbsolutePath().getParent())
                        .supportsFileAttributeView("posix");
        // Rows may have texts, so nobody else may read them.
        return posix
                ? FileChannel.open(
                        file,
                        options,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))
                : FileChannel.open(file, options);
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            // Another ledger of this process has it.
            return Optional.empty();
        }
    }

    /** Fills the rest of the file with zeros, so that its blocks are there on a full disk. */
    private static long allocate(Path file, FileChannel channel) throws IOException {
        long free = Files.getFileStore(file).getUsableSpace();
        long wanted = Math.min(MAX_BYTES, (free + channel.size()) / FREE_PART);
        ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
        for (long at = channel.size(); at < wanted; at = channel.size()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), wanted - at));
            int unused = channel.write(zeros, at);
        }
        return wanted;
    }

    Path file() {
        return file;
    }

    /** The rows that an earlier process has left. A damaged one, and those after it, are lost. */
    List<LedgerRow> rows() throws IOException {
        List<LedgerRow> rows = new ArrayList<>();
        long at = 0;
        while (at + HEADER_BYTES <= size) {
            ByteBuffer header = read(at, HEADER_BYTES);
            int length = header.getInt();
            int sum = header.getInt();
            if (length <= 0 || at + HEADER_BYTES + length > size) {
                break;
            }
            byte[] json = read(at + HEADER_BYTES, length).array();
            if (sum(json) != sum) {
                break;
            }
            try {
                rows.add(JsonMapper.shared().readValue(json, LedgerRow.class));
            } catch (JacksonException e) {
                LOG.error("A row of {} is unknown to this build: {}", file, e.getMessage());
            }
            at += HEADER_BYTES + length;
        }
        position = at;
        return rows;
    }

    private ByteBuffer read(long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
            // Reads until all is there, or the file ends.
        }
        return bytes.rewind();
    }

    private static int sum(byte[] json) {
        CRC32 sum = new CRC32();
        sum.update(json);
        return (int) sum.getValue();
    }

    /** Keeps rows; returns how many, fewer than all if there is no more room. */
    int append(List<LedgerRow> rows) throws IOException {
        int kept = 0;
        for (LedgerRow row : rows) {
            byte[] json = JsonMapper.shared().writeValueAsBytes(row);
            int bytes = HEADER_BYTES + json.length;
            if (position + bytes + END_BYTES > size) {
                break;
            }
            ByteBuffer record = ByteBuffer.allocate(bytes + END_BYTES);
            record.putInt(json.length).putInt(sum(json)).put(json).putInt(0).flip();
            write(record, position);
            position += bytes;
            kept++;
        }
        return kept;
    }

    private void write(ByteBuffer bytes, long at) throws IOException {
        int start = bytes.position();
        while (bytes.hasRemaining()) {
            int unused = channel.write(bytes, at + bytes.position() - start);
        }
    }

    /** Forgets all rows: they are in the database. */
    void clear() throws IOException {
        write(ByteBuffer.allocate(END_BYTES), 0);
        position = 0;
    }

    /** Deletes the file, which must have no rows. */
    void delete() throws IOException {
        Files.deleteIfExists(file);
        close();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
