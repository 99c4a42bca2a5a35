package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Checks before a download that the disk has space for it, and some to spare. */
final class DiskSpace {
    private static final long SPARE_BYTES = 64L << 20;

    /** With less free space than this, other programs fail. */
    private static final long FULL_BYTES = 1 << 20;

    private DiskSpace() {}

    static void require(Path file, long bytes) throws IOException {
        long usable = usable(file);
        if (bytes > usable - SPARE_BYTES) {
            throw PullException.thisMachine(
                    "the disk of %s has %,d bytes free, %,d more are needed: free some space, or set"
                                    .formatted(folder(file), usable, bytes + SPARE_BYTES)
                            + " TRAMONTANE_MODELS to a directory on another disk");
        }
    }

    /** The error for a failed write. */
    static PullException cannotWrite(Path file, IOException cause) {
        return PullException.thisMachine(
                "cannot write to " + folder(file) + ": " + PullException.reason(cause), cause);
    }

    static boolean isFull(Path file) throws IOException {
        return usable(file) < FULL_BYTES;
    }

    private static long usable(Path file) throws IOException {
        return Files.getFileStore(folder(file)).getUsableSpace();
    }

    private static Path folder(Path file) {
        Path path = file.toAbsolutePath();
        return Objects.requireNonNullElse(path.getParent(), path);
    }
}
