package tramontane.gguf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A model file that is open for reading. Whatever happens to the file meanwhile shows as a {@link
 * GgufException}: it is read and never mapped, because reading a mapping behind the end of a file
 * that was cut short kills the process.
 *
 * <p>Any number of threads may read at once.
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

    /** Bytes that the file had when it was opened. */
    long size() {
        return stamp.bytes();
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

    /** Throws if the file, or the file of this name, is not as it was when it was opened. */
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
