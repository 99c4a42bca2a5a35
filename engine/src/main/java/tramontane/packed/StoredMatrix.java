package tramontane.packed;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A matrix in a file of packed weights.
 *
 * @param offset in the file, a multiple of {@link #ALIGNMENT}
 * @param pieceBytes of each piece but the last, which may be shorter
 * @param sums of the pieces, CRC32C
 */
record StoredMatrix(MatrixKey key, long offset, long pieceBytes, List<Integer> sums) {
    /** A page, so that a matrix shares none with another. */
    static final long ALIGNMENT = 4096;

    /** The bytes whose checksum is computed at a time, unless a caller needs other pieces. */
    static final long PIECE_BYTES = 4L << 20;

    /** A piece is one {@link java.nio.ByteBuffer}. */
    static final long MAX_PIECE_BYTES = 1L << 30;

    StoredMatrix {
        sums = List.copyOf(sums);
    }

    long bytes() {
        return key.bytes();
    }

    /** The place of piece {@code index} in the memory of the matrix. */
    MemorySegment piece(MemorySegment matrix, int index) {
        return piece(matrix, pieceBytes, index);
    }

    private static MemorySegment piece(MemorySegment matrix, long pieceBytes, int index) {
        long from = index * pieceBytes;
        return matrix.asSlice(from, Math.min(pieceBytes, matrix.byteSize() - from));
    }

    static int pieces(long bytes, long pieceBytes) {
        return Math.toIntExact(Math.ceilDiv(bytes, pieceBytes));
    }

    /** The checksums of all pieces of a matrix. */
    static List<Integer> sums(MemorySegment matrix, long pieceBytes) {
        List<Integer> sums = new ArrayList<>();
        for (int i = 0; i < pieces(matrix.byteSize(), pieceBytes); i++) {
            sums.add(sum(piece(matrix, pieceBytes, i)));
        }
        return sums;
    }

    static int sum(MemorySegment bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes.asByteBuffer());
        return (int) sum.getValue();
    }
}
