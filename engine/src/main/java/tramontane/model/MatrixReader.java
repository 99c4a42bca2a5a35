package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;
import tramontane.packed.FirstUse;
import tramontane.packed.MatrixKey;
import tramontane.packed.MatrixKey.Form;
import tramontane.tensor.Tensor;

/**
 * Reads matrices from a file and packs most of them, unless they were packed by an earlier load.
 * Each worker reads a few groups of rows into its own buffer and packs them while they are in its
 * cache, so loading needs almost no memory besides the packed weights.
 */
final class MatrixReader implements AutoCloseable {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;

    /** About half of a small second-level cache. The packed rows need the other half. */
    private static final int SLICE_BYTES = 256 << 10;

    private final WeightSource source;
    private final Kernels kernels;
    private final Workers workers;
    private final SegmentAllocator memory;
    private final Arena arena = Arena.ofShared();

    /** One per worker. Only that worker writes to it while a matrix is read. */
    private final MemorySegment[] buffers;

    MatrixReader(WeightSource source, Kernels kernels, Workers workers, SegmentAllocator memory) {
        this.source = source;
        this.kernels = kernels;
        this.workers = workers;
        this.memory = memory;
        buffers = new MemorySegment[workers.threads()];
        makeBuffers(SLICE_BYTES);
    }

    private void makeBuffers(long bytes) {
        for (int worker = 0; worker < buffers.length; worker++) {
            buffers[worker] = arena.allocate(bytes, 64);
        }
    }

    PackedMatrix read(TensorInfo tensor) {
        MatrixKey key = MatrixKey.of(tensor, Form.PACKED);
        return source.packed()
                .find(key, workers)
                .map(data -> packed(tensor, data))
                .orElseGet(() -> {
                    PackedMatrix matrix = pack(tensor);
                    source.packed().add(key, matrix.data());
                    return matrix;
                });
    }

    /**
     * A matrix of which only parts may be needed: if an earlier load has packed it, it is not read.
     *
     * @param parts of equal size; each must not be used before its {@link #firstUse}
     */
    PackedMatrix readUnread(TensorInfo tensor, int parts) {
        MatrixKey key = MatrixKey.of(tensor, Form.PACKED);
        return source.packed()
                .findUnread(key, parts)
                .map(data -> packed(tensor, data))
                .orElseGet(() -> {
                    PackedMatrix matrix = pack(tensor);
                    source.packed().addParts(key, matrix.data(), parts);
                    return matrix;
                });
    }

    /** What must happen before part {@code part} of matrices from {@link #readUnread} is used. */
    FirstUse firstUse(List<TensorInfo> tensors, int parts, int part) {
        return source.packed()
                .firstUse(
                        tensors.stream().map(each -> MatrixKey.of(each, Form.PACKED)).toList(),
                        parts,
                        part);
    }

    private static PackedMatrix packed(TensorInfo tensor, MemorySegment data) {
        return new PackedMatrix(
                tensor.dtype(),
                Math.toIntExact(tensor.rows()),
                Math.toIntExact(tensor.columns()),
                data);
    }

    private PackedMatrix pack(TensorInfo tensor) {
        PackedMatrix matrix =
                PackedMatrix.allocate(tensor.dtype(), tensor.rows(), tensor.columns(), memory);
        int groups = matrix.groups();
        long groupBytes = ROWS * tensor.rowBytes();
        if (groupBytes > buffers[0].byteSize()) {
            makeBuffers(groupBytes);
        }
        int slice = (int) Math.max(1, SLICE_BYTES / groupBytes);
        workers.run(
                Math.ceilDiv(groups, slice),
                (task, worker) -> {
                    int from = task * slice;
                    int to = Math.min(groups, from + slice);
                    pack(tensor, matrix, from, to, buffers[worker]);
                });
        return matrix;
    }

    /** Reads a matrix without packing it. */
    Tensor copy(TensorInfo tensor) {
        MatrixKey key = MatrixKey.of(tensor, Form.PLAIN);
        MemorySegment data =
                source.packed()
                        .find(key, workers)
                        .orElseGet(() -> {
                            MemorySegment read = copied(tensor);
                            source.packed().add(key, read);
                            return read;
                        });
        return new Tensor(tensor.name(), tensor.dtype(), tensor.rows(), tensor.columns(), data);
    }

    private MemorySegment copied(TensorInfo tensor) {
        long rowBytes = tensor.rowBytes();
        MemorySegment data = memory.allocate(tensor.rows() * rowBytes, 64);
        long slice = Math.max(1, SLICE_BYTES / rowBytes);
        workers.run(
                Math.toIntExact(Math.ceilDiv(tensor.rows(), slice)),
                (task, worker) -> {
                    long from = task * slice;
                    long rows = Math.min(slice, tensor.rows() - from);
                    Tensor read =
                            source.file().read(tensor, from, rows, data.asSlice(from * rowBytes));
                    if (!FiniteCheck.isFinite(read)) {
                        throw notFinite(tensor);
                    }
                });
        return data;
    }

    private void pack(
            TensorInfo tensor, PackedMatrix matrix, int from, int to, MemorySegment buffer) {
        long firstRow = (long) from * ROWS;
        long rows = Math.min(tensor.rows(), (long) to * ROWS) - firstRow;
        Tensor read = source.file().read(tensor, firstRow, rows, buffer);
        PackedMatrix slice = matrix.slice(from, to);
        kernels.pack(read, slice, 0, to - from);
        if (!FiniteCheck.isFinite(slice, 0, to - from)) {
            throw notFinite(tensor);
        }
    }

    static ModelException notFinite(TensorInfo tensor) {
        return new ModelException(
                "tensor "
                        + tensor.name()
                        + " holds weights that are NaN or infinite: the file is damaged, fetch it again");
    }

    @Override
    public void close() {
        arena.close();
    }
}
