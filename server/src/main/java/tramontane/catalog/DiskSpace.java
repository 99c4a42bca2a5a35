package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Asks for room before a download begins, with some to spare for everything else on the disk. */
final class DiskSpace {
    private static final long SPARE_BYTES = 64L << 20;

    private DiskSpace() {}

    static void require(Path file, long bytes) throws IOException {
        long usable = Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
        if (bytes > usable - SPARE_BYTES) {
            throw new PullException(
                    "the disk of %s has %,d bytes free, %,d more are needed"
                            .formatted(
                                    file.toAbsolutePath().getParent(),
                                    usable,
                                    bytes + SPARE_BYTES));
        }
    }
}
