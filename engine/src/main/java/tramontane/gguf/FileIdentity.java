package tramontane.gguf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * What tells a model file from another one, and from an earlier state of itself, without reading
 * all of it. Unlike {@link FileStamp}, it stays the same in a copy that keeps the time.
 *
 * @param modifiedNanos since 1970
 * @param headerSum CRC32C of the header and of what follows it, at least 8 MB or the whole file
 * @param sampleSum CRC32C of {@link #SAMPLES} places in the rest of the file
 */
public record FileIdentity(long bytes, long modifiedNanos, int headerSum, int sampleSum) {
    private static final int SAMPLES = 64;
    private static final int SAMPLE_BYTES = 4096;

    static FileIdentity of(FileBytes file, Bytes header) {
        return new FileIdentity(
                file.size(),
                file.modifiedNanos(),
                header.checksum(),
                sampleSum(file, header.loadedBytes()));
    }

    private static int sampleSum(FileBytes file, long from) {
        CRC32C sum = new CRC32C();
        long last = file.size() - SAMPLE_BYTES;
        if (last > from) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment sample = arena.allocate(SAMPLE_BYTES);
                for (int i = 0; i < SAMPLES; i++) {
                    file.read(from + (last - from) / (SAMPLES - 1) * i, sample);
                    sum.update(sample.asByteBuffer());
                }
            }
        }
        return (int) sum.getValue();
    }
}
