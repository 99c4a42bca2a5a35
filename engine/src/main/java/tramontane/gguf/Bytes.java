package tramontane.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The header of a file in memory, as far as it was requested, with little-endian reads. The reads
 * expect an offset that {@link Cursor} has checked and passed to {@link #require}.
 *
 * <p>The header does not state its length, so it is read in pieces of doubling size, up to {@link
 * #MAX_HEADER_BYTES}. One thread parses it; afterwards any thread may read it.
 */
final class Bytes {
    /** The first piece. The header of a model with 150,000 tokens has 6 MB. */
    private static final long FIRST_PIECE_BYTES = 8L << 20;

    /** Larger headers are refused. The largest known vocabularies have about 20 MB. */
    static final long MAX_HEADER_BYTES = 512L << 20;

    /** A read into an array goes through a buffer of the same size. */
    private static final int READ_BYTES = 1 << 20;

    private final FileBytes file;

    /**
     * An array, because elements of buffers and memory segments are slow until the JIT compilers
     * have seen their accesses, and a vocabulary is read only once.
     */
    private byte[] header = {};

    private ByteBuffer view = ByteBuffer.wrap(header);

    Bytes(FileBytes file) {
        this.file = file;
    }

    /** The size of the whole file. */
    long size() {
        return file.size();
    }

    /** Ensures that the first {@code end} bytes of the file are in memory. */
    void require(String subject, long end) {
        if (end <= header.length) {
            return;
        }
        if (end > MAX_HEADER_BYTES) {
            throw new GgufException(
                    subject,
                    "makes the header longer than "
                            + MAX_HEADER_BYTES
                            + " bytes, which is the limit");
        }
        long wanted = Math.max(end, Math.max(FIRST_PIECE_BYTES, 2L * header.length));
        int known = header.length;
        byte[] larger = Arrays.copyOf(header, (int) Math.min(wanted, file.size()));
        MemorySegment segment = MemorySegment.ofArray(larger);
        for (int at = known; at < larger.length; at += READ_BYTES) {
            file.read(at, segment.asSlice(at, Math.min(READ_BYTES, larger.length - at)));
        }
        header = larger;
        view = ByteBuffer.wrap(larger).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The offset behind a string, which starts with its length. Returns -1 if it is not completely
     * in memory, or its length is refused.
     */
    long stringEnd(long offset, int maxBytes) {
        if (offset + 8 > header.length) {
            return -1;
        }
        // One method without calls, for the interpreter.
        int at = (int) offset;
        int length =
                header[at] & 0xFF
                        | (header[at + 1] & 0xFF) << 8
                        | (header[at + 2] & 0xFF) << 16
                        | header[at + 3] << 24;
        int upper = header[at + 4] | header[at + 5] | header[at + 6] | header[at + 7];
        boolean inMemory =
                upper == 0 && length >= 0 && length <= maxBytes && length <= header.length - at - 8;
        return inMemory ? offset + 8 + length : -1;
    }

    /** How much of the file is in memory. */
    long loadedBytes() {
        return header.length;
    }

    /** CRC32C of what is in memory. */
    int checksum() {
        CRC32C sum = new CRC32C();
        sum.update(header);
        return (int) sum.getValue();
    }

    int int32(long offset) {
        return view.getInt((int) offset);
    }

    long int64(long offset) {
        return view.getLong((int) offset);
    }

    /** An integer or boolean of the given type as a long; an unsigned 64-bit one keeps its bits. */
    long integer(ValueType type, long offset) {
        return switch (type) {
            case UINT8, BOOL -> header[(int) offset] & 0xFF;
            case INT8 -> header[(int) offset];
            case UINT16 -> view.getShort((int) offset) & 0xFFFF;
            case INT16 -> view.getShort((int) offset);
            case UINT32 -> int32(offset) & 0xFFFF_FFFFL;
            case INT32 -> int32(offset);
            case UINT64, INT64 -> int64(offset);
            case FLOAT32, FLOAT64, STRING, ARRAY ->
                    throw new IllegalArgumentException(type + " is not an integer");
        };
    }

    double real(ValueType type, long offset) {
        return type == ValueType.FLOAT32
                ? Float.intBitsToFloat(int32(offset))
                : Double.longBitsToDouble(int64(offset));
    }

    /**
     * The UTF-8 text of {@code length} bytes. Malformed text is refused, because its replacement
     * could make two names equal.
     */
    String text(String subject, long offset, int length) {
        byte[] utf8 = new byte[length];
        view.get((int) offset, utf8);
        String text = new String(utf8, StandardCharsets.UTF_8);
        // Only a text with the replacement character, which is rare, can have been malformed.
        if (text.indexOf('\uFFFD') >= 0) {
            checkWellFormed(subject, utf8);
        }
        return text;
    }

    /** Copies the first {@code length} bytes from {@code offset} on. */
    void copy(long offset, byte[] into, int length) {
        System.arraycopy(header, (int) offset, into, 0, length);
    }

    private static void checkWellFormed(String subject, byte[] utf8) {
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8));
        } catch (CharacterCodingException e) {
            throw new GgufException(subject, "is not valid UTF-8", e);
        }
    }
}
