package tramontane.gguf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * A model file that is open for reading. A change of the file causes a {@link GgufException}. The
 * file is read and not mapped, because access to a mapping behind the end of a truncated file kills
 * the process.
 *
 * <p>Several threads may read at the same time.
 */
final class FileBytes implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final FileStamp stamp;

    FileBytes(Path path) {
        this.path = path;
        try {
            stamp = FileStamp.of(path);
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new GgufException(path.toString(), "cannot be read (" + e + ")", e);
        }
    }

    /** The size of the file when it was opened. */
    long size() {
        return stamp.bytes();
    }

    /** The time of its last change when it was opened, in nanoseconds since 1970. */
    long modifiedNanos() {
        return stamp.modified().to(TimeUnit.NANOSECONDS);
    }

    /** Fills {@code into} with the bytes from {@code offset} on. */
    void read(long offset, MemorySegment into) {
        ByteBuffer buffer = into.asByteBuffer();
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw changed();
                }
            }
        } catch (IOException e) {
            throw new GgufException(path.toString(), "cannot be read (" + e + ")", e);
        }
    }

    /** Throws an exception if the file was changed or replaced since it was opened. */
    void checkUnchanged() {
        try {
            if (!FileStamp.of(path).equals(stamp)) {
                throw changed();
            }
        } catch (IOException e) {
            throw new GgufException(path.toString(), "cannot be read any more (" + e + ")", e);
        }
    }

    private GgufException changed() {
        return new GgufException(
                path.toString(),
                "changed while it was being read; try again when nothing writes to it");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new GgufException(path.toString(), "cannot be closed (" + e + ")", e);
        }
    }
}
