package tramontane.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A download in progress: the bytes so far, their running SHA-256 sum, and a note beside them of
 * what they are part of, so that a later pull can tell whether it may go on.
 *
 * <p>{@link #restart} or {@link #resume} comes before the first {@link #write}. The file is no
 * channel, since a channel is closed when its thread is interrupted, and a cancelled pull still has
 * something to write down.
 */
final class PartFile implements AutoCloseable {
    /**
     * What the bytes are part of.
     *
     * @param version the hub's name for this content, or empty
     * @param packages how many packages have been unpacked
     * @param bytes how many bytes those packages gave
     */
    record Origin(String source, String version, int packages, long bytes) {}

    private static final Origin NOTHING = new Origin("", "", 0, 0);
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path path;
    private final RandomAccessFile file;
    private final MessageDigest digest = sha256();
    private Origin origin;
    private long hashed;

    private PartFile(Path path, RandomAccessFile file, Origin origin) {
        this.path = path;
        this.file = file;
        this.origin = origin;
    }

    /** Opens what an earlier pull left, or an empty file. */
    static PartFile open(Path path) throws IOException {
        return new PartFile(
                path, new RandomAccessFile(path.toFile(), "rw"), readNote(noteOf(path)));
    }

    Path path() {
        return path;
    }

    Origin origin() {
        return origin;
    }

    long size() throws IOException {
        return file.length();
    }

    /** Throws away what is there. */
    void restart(Origin newOrigin) throws IOException {
        file.setLength(0);
        digest.reset();
        hashed = 0;
        note(newOrigin);
    }

    /** Keeps the first {@code bytes} bytes, and brings the sum up to them. */
    void resume(long bytes) throws IOException {
        if (hashed == bytes && file.length() == bytes) {
            return;
        }
        file.setLength(bytes);
        digest.reset();
        hashed = bytes;
        file.seek(0);
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = file.read(buffer); count >= 0; count = file.read(buffer)) {
            digest.update(buffer, 0, count);
        }
    }

    void write(byte[] bytes, int count) throws IOException {
        digest.update(bytes, 0, count);
        hashed += count;
        file.write(bytes, 0, count);
    }

    /** Writes down what the bytes are part of, after the bytes themselves have reached the disk. */
    void note(Origin newOrigin) throws IOException {
        file.getFD().sync();
        Files.write(noteOf(path), JsonMapper.shared().writeValueAsBytes(newOrigin));
        origin = newOrigin;
    }

    /** The sum of all that was kept and written. */
    String finishSum() {
        return HexFormat.of().formatHex(digest.digest());
    }

    void flush() throws IOException {
        file.getFD().sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    static void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(noteOf(path));
    }

    /** The SHA-256 sum of a whole file. */
    static String sumOf(Path path) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(path)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static Path noteOf(Path path) {
        return path.resolveSibling(path.getFileName() + ".json");
    }

    private static Origin readNote(Path note) {
        try {
            return Files.isRegularFile(note)
                    ? JsonMapper.shared().readValue(note.toFile(), Origin.class)
                    : NOTHING;
        } catch (JacksonException unreadable) {
            return NOTHING;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
