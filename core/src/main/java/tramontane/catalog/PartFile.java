package tramontane.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.Sha256;

/**
 * A download in progress: the bytes so far, their running SHA-256 sum, and a note beside the file
 * about their origin, from which a later pull sees whether it can resume.
 *
 * <p>Call {@link #restart} or {@link #resume} before the first {@link #write}. The file is not a
 * channel: an interrupt would close it, and a cancelled pull still has to write its note.
 */
final class PartFile implements AutoCloseable {
    /**
     * Where the bytes come from.
     *
     * @param version the hub's name for the content, or empty
     * @param packages number of packages unpacked so far
     * @param bytes number of bytes from these packages
     */
    record Origin(String source, String version, int packages, long bytes) {}

    /**
     * The note stored beside the part.
     *
     * @param file device and inode of the part that the note belongs to, or empty
     */
    private record Note(Origin origin, String file) {
        static Optional<Note> read(Path path) {
            return SafeFiles.readJson(
                    path,
                    json ->
                            new Note(
                                    new Origin(
                                            json.required("source").asString(),
                                            json.required("version").asString(),
                                            json.required("packages").asInt(),
                                            json.required("bytes").asLong()),
                                    json.path("file").asString("")));
        }

        void write(Path path) throws IOException {
            SafeFiles.writeJson(
                    path,
                    JsonMapper.shared()
                            .createObjectNode()
                            .put("source", origin.source())
                            .put("version", origin.version())
                            .put("packages", origin.packages())
                            .put("bytes", origin.bytes())
                            .put("file", file));
        }
    }

    private static final Origin NOTHING = new Origin("", "", 0, 0);
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path path;
    private final RandomAccessFile file;
    private final MessageDigest digest = Sha256.begin();
    private Origin origin;
    private long hashed;

    private PartFile(Path path, RandomAccessFile file, Origin origin) {
        this.path = path;
        this.file = file;
        this.origin = origin;
    }

    /** Opens the part of an earlier pull, or creates an empty file. */
    static PartFile open(Path path) throws IOException {
        Optional<Note> note = ourNote(path);
        if (note.isPresent()) {
            return new PartFile(path, writable(path), note.get().origin());
        }
        makeWay(path);
        Files.createFile(path);
        return new PartFile(path, writable(path), NOTHING);
    }

    /**
     * Frees the name of a part unless an earlier pull left it. Nothing is lost: a hard or symbolic
     * link is removed, and any other file is renamed, since it may be a user's only copy.
     *
     * @return path of the renamed file
     */
    static Optional<Path> makeWay(Path path) throws IOException {
        if (ourNote(path).isPresent()) {
            return Optional.empty();
        }
        boolean link = Files.isSymbolicLink(path) || linked(path);
        if (link || Files.isRegularFile(path) && Files.size(path) == 0) {
            Files.delete(path);
            return Optional.empty();
        }
        return SafeFiles.moveAside(path, "old");
    }

    private static boolean linked(Path path) throws IOException {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && !SafeFiles.isPlainFile(path);
    }

    /** The note, if it belongs to this file and the file has no other links. */
    private static Optional<Note> ourNote(Path path) throws IOException {
        if (!SafeFiles.isPlainFile(path)) {
            return Optional.empty();
        }
        String key = key(path);
        return Note.read(noteOf(path))
                .filter(note -> note.file().isEmpty() || note.file().equals(key));
    }

    private static RandomAccessFile writable(Path path) throws IOException {
        return new RandomAccessFile(path.toFile(), "rw");
    }

    private static String key(Path path) throws IOException {
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? "" : key.toString();
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

    /** Discards the existing bytes. */
    void restart(Origin newOrigin) throws IOException {
        file.setLength(0);
        digest.reset();
        hashed = 0;
        note(newOrigin);
    }

    /** Keeps the first {@code bytes} bytes, and computes their sum. */
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

    /**
     * Appends bytes.
     *
     * @throws PullException if the disk is full
     */
    void write(byte[] bytes, int count) {
        digest.update(bytes, 0, count);
        hashed += count;
        try {
            file.write(bytes, 0, count);
        } catch (IOException e) {
            throw DiskSpace.cannotWrite(path, e);
        }
    }

    /** Stores the note, after the bytes have reached the disk. */
    void note(Origin newOrigin) {
        try {
            file.getFD().sync();
            new Note(newOrigin, key(path)).write(noteOf(path));
            origin = newOrigin;
        } catch (IOException e) {
            throw DiskSpace.cannotWrite(path, e);
        }
    }

    /** The sum of all bytes, kept and written. */
    String finishSum() {
        return Sha256.hex(digest);
    }

    void flush() {
        try {
            file.getFD().sync();
        } catch (IOException e) {
            throw DiskSpace.cannotWrite(path, e);
        }
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
        MessageDigest digest = Sha256.begin();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(path)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return Sha256.hex(digest);
    }

    private static Path noteOf(Path path) {
        return path.resolveSibling(path.getFileName() + ".json");
    }
}
