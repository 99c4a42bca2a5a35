package tramontane.catalog;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;

/**
 * Copies a user's model file into the models directory. The original is only read and never linked,
 * so that later changes to one file do not affect the other.
 */
final class LocalCopy {
    /** Large, so that file systems that can share blocks between files share most of them. */
    private static final long PIECE_BYTES = 64L << 20;

    private LocalCopy() {}

    /** Throws if the file cannot be read or has no GGUF header. */
    static void check(Path source) {
        if (!Files.isReadable(source)) {
            throw PullException.thisMachine("cannot read " + source + ": permission denied");
        }
        try (GgufFile _ = GgufFile.open(source)) {
            // Opening checks the whole header.
        } catch (GgufException e) {
            throw new PullException(source + " cannot be used (" + e.getMessage() + ")", e);
        }
    }

    /** Copies into {@code part}, an existing empty file. */
    static void copy(Path source, Path part, Consumer<PullProgress> progress) throws IOException {
        CheckNote before = CheckNote.of(source);
        DiskSpace.require(part, before.bytes());
        try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
                FileChannel to =
                        FileChannel.open(
                                part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            long done = 0;
            long count = 1;
            while (done < before.bytes() && count > 0) {
                count = from.transferTo(done, Math.min(PIECE_BYTES, before.bytes() - done), to);
                done += count;
                progress.accept(
                        new PullProgress(
                                PullProgress.Phase.DOWNLOADING,
                                source.toString(),
                                done,
                                before.bytes()));
            }
            to.force(true);
        } catch (ClosedByInterruptException e) {
            throw PullException.thisMachine("cancelled", e);
        } catch (IOException e) {
            throw PullException.thisMachine(
                    "cannot copy "
                            + source
                            + " to "
                            + part.getParent()
                            + ": "
                            + PullException.reason(e),
                    e);
        }
        if (!before.equals(CheckNote.of(source)) || Files.size(part) != before.bytes()) {
            throw PullException.thisMachine(
                    source + " changed while it was copied; pull again when nothing writes to it");
        }
    }
}
