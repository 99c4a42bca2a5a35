package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;
import tramontane.tensor.Tensor;

/**
 * Reads matrices from a file and packs most of them. Each worker reads a few groups of rows into
 * its own buffer and packs them while they are in its cache, so loading needs almost no memory
 * besides the packed weights.
 */
final class MatrixReader implements AutoCloseable {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;

    /** About half of a small second-level cache. The packed rows need the other half. */
    private static final int SLICE_BYTES = 256 << 10;

    private final GgufFile file;
    private final Kernels kernels;
    private final Workers workers;
    private final SegmentAllocator memory;
    private final Arena arena = Arena.ofShared();

    /** One per worker. Only that worker writes to it while a matrix is read. */
    private final MemorySegment[] buffers;

    MatrixReader(GgufFile file, Kernels kernels, Workers workers, SegmentAllocator memory) {
        this.file = file;
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
        long rowBytes = tensor.rowBytes();
        MemorySegment data = memory.allocate(tensor.rows() * rowBytes, 64);
        long slice = Math.max(1, SLICE_BYTES / rowBytes);
        workers.run(
                Math.toIntExact(Math.ceilDiv(tensor.rows(), slice)),
                (task, worker) -> {
                    long from = task * slice;
                    long rows = Math.min(slice, tensor.rows() - from);
                    Tensor read = file.read(tensor, from, rows, data.asSlice(from * rowBytes));
                    if (!FiniteCheck.isFinite(read)) {
                        throw notFinite(tensor);
                    }
                });
        return new Tensor(tensor.name(), tensor.dtype(), tensor.rows(), tensor.columns(), data);
    }

    private void pack(
            TensorInfo tensor, PackedMatrix matrix, int from, int to, MemorySegment buffer) {
        long firstRow = (long) from * ROWS;
        long rows = Math.min(tensor.rows(), (long) to * ROWS) - firstRow;
        Tensor read = file.read(tensor, firstRow, rows, buffer);
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
