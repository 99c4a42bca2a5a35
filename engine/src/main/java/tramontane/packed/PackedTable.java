package tramontane.packed;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.FileIdentity;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * The beginning of a file of packed weights. All numbers are big-endian, texts are in the modified
 * UTF-8 of {@link DataOutputStream}.
 *
 * <pre>
 * "TRAMPACK" | format version u32 | table bytes u32 | CRC32C of the table u32
 * table: layout version u32 | bytes of the file u64 | path of the model
 *        files of the model u32 | for each: bytes u64, time of change u64, two checksums u32
 *        matrices u32 | for each: tensor, form, format, rows u32, columns u32,
 *                                 offset u64, bytes of a piece u64, checksums of the pieces u32
 *        others u32 | for each: name, offset u64, bytes u32, checksum u32
 * matrices and others at their offsets
 * </pre>
 *
 * @param fileBytes of the whole file
 * @param modelPath of the model's only or first file
 * @param model what its files were when they were packed
 */
record PackedTable(
        long fileBytes,
        String modelPath,
        List<FileIdentity> model,
        List<StoredMatrix> matrices,
        List<StoredBytes> others) {
    private static final long MAGIC = 0x5452414d5041434bL; // "TRAMPACK"

    /** Must grow with each change of what is written here, or of which matrices are stored. */
    private static final int FORMAT_VERSION = 2;

    static final int PREFIX_BYTES = 20;
    private static final int MAX_TABLE_BYTES = 64 << 20;

    /** Why a file cannot be used, for the log. */
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1;

        UnusableException(String reason) {
            super(reason);
        }
    }

    PackedTable {
        model = List.copyOf(model);
        matrices = List.copyOf(matrices);
        others = List.copyOf(others);
    }

    /** The prefix and the table. */
    byte[] toBytes() {
        byte[] table = table();
        return ByteBuffer.allocate(PREFIX_BYTES + table.length)
                .putLong(MAGIC)
                .putInt(FORMAT_VERSION)
                .putInt(table.length)
                .putInt(sum(table))
                .put(table)
                .array();
    }

    private byte[] table() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(PackedMatrix.LAYOUT_VERSION);
            out.writeLong(fileBytes);
            out.writeUTF(modelPath);
            out.writeInt(model.size());
            for (FileIdentity file : model) {
                out.writeLong(file.bytes());
                out.writeLong(file.modifiedNanos());
                out.writeInt(file.headerSum());
                out.writeInt(file.sampleSum());
            }
            out.writeInt(matrices.size());
            for (StoredMatrix matrix : matrices) {
                write(matrix, out);
            }
            out.writeInt(others.size());
            for (StoredBytes other : others) {
                out.writeUTF(other.name());
                out.writeLong(other.offset());
                out.writeInt(other.bytes());
                out.writeInt(other.sum());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(StoredMatrix matrix, DataOutputStream out) throws IOException {
        MatrixKey key = matrix.key();
        out.writeUTF(key.tensor());
        out.writeUTF(key.form().name());
        out.writeUTF(key.dtype().name());
        out.writeInt(key.rows());
        out.writeInt(key.columns());
        out.writeLong(matrix.offset());
        out.writeLong(matrix.pieceBytes());
        for (int sum : matrix.sums()) {
            out.writeInt(sum);
        }
    }

    /**
     * Reads and checks the table of a file, whose every offset is within the file afterwards.
     *
     * @throws UnusableException if it is damaged or of another version
     */
    static PackedTable read(FileChannel file) throws IOException, UnusableException {
        ByteBuffer prefix = read(file, 0, PREFIX_BYTES);
        if (prefix.getLong() != MAGIC) {
            throw new UnusableException("it is damaged, or something else");
        }
        int version = prefix.getInt();
        if (version != FORMAT_VERSION) {
            throw new UnusableException("it is of another version of this program");
        }
        int tableBytes = prefix.getInt();
        if (tableBytes < 0 || tableBytes > MAX_TABLE_BYTES) {
            throw new UnusableException("it is damaged: its table has " + tableBytes + " bytes");
        }
        int sum = prefix.getInt();
        byte[] table = read(file, PREFIX_BYTES, tableBytes).array();
        if (sum(table) != sum) {
            throw new UnusableException("it is damaged: its table has another checksum");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(table))) {
            return read(in, file.size());
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new UnusableException("it is damaged: " + e.getMessage());
        }
    }

    private static ByteBuffer read(FileChannel file, long offset, int bytes)
            throws IOException, UnusableException {
        if (file.size() - offset < bytes) {
            throw new UnusableException("it is damaged: it ends too early");
        }
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new UnusableException("it is damaged: it ends too early");
            }
        }
        return buffer.flip();
    }

    private static PackedTable read(DataInputStream in, long size)
            throws IOException, UnusableException {
        if (in.readInt() != PackedMatrix.LAYOUT_VERSION) {
            throw new UnusableException("it has the layout of another version of this program");
        }
        long fileBytes = in.readLong();
        if (fileBytes != size) {
            throw new UnusableException(
                    "it is damaged: it has " + size + " bytes instead of " + fileBytes);
        }
        String path = in.readUTF();
        List<FileIdentity> model = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            model.add(new FileIdentity(in.readLong(), in.readLong(), in.readInt(), in.readInt()));
        }
        List<StoredMatrix> matrices = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            matrices.add(matrix(in, size));
        }
        List<StoredBytes> others = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            others.add(other(in, size));
        }
        return new PackedTable(fileBytes, path, model, matrices, others);
    }

    private static StoredMatrix matrix(DataInputStream in, long size) throws IOException {
        MatrixKey key =
                new MatrixKey(
                        in.readUTF(),
                        MatrixKey.Form.valueOf(in.readUTF()),
                        DType.valueOf(in.readUTF()),
                        in.readInt(),
                        in.readInt());
        long offset = in.readLong();
        long pieceBytes = in.readLong();
        if (key.rows() < 1 || key.columns() < 1) {
            throw new IllegalArgumentException(key.tensor() + " has no elements");
        }
        // No format has less than two bits for a weight; beyond that the next product may overflow.
        if ((long) key.rows() * key.columns() / 4 > size) {
            throw new IllegalArgumentException(key.tensor() + " is larger than the file");
        }
        long bytes = key.bytes();
        if (offset < 0
                || offset % StoredMatrix.ALIGNMENT != 0
                || offset > size
                || bytes > size - offset) {
            throw new IllegalArgumentException(key.tensor() + " is not within the file");
        }
        if (pieceBytes < 1 || pieceBytes > StoredMatrix.MAX_PIECE_BYTES) {
            throw new IllegalArgumentException(
                    key.tensor() + " has pieces of " + pieceBytes + " bytes");
        }
        List<Integer> sums = new ArrayList<>();
        for (int i = StoredMatrix.pieces(bytes, pieceBytes); i > 0; i--) {
            sums.add(in.readInt());
        }
        return new StoredMatrix(key, offset, pieceBytes, sums);
    }

    private static StoredBytes other(DataInputStream in, long size) throws IOException {
        StoredBytes other =
                new StoredBytes(in.readUTF(), in.readLong(), in.readInt(), in.readInt());
        if (other.offset() < 0
                || other.offset() > size
                || other.bytes() < 0
                || other.bytes() > size - other.offset()) {
            throw new IllegalArgumentException(other.name() + " is not within the file");
        }
        return other;
    }

    /** The model that a file of packed weights belongs to; empty if it is no such file. */
    static Optional<String> modelPathOf(FileChannel file) throws IOException {
        try {
            return Optional.of(read(file).modelPath);
        } catch (UnusableException unusable) {
            return Optional.empty();
        }
    }

    private static int sum(byte[] bytes) {
        return StoredMatrix.sum(MemorySegment.ofArray(bytes));
    }
}
