package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.FiniteCheck;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;
import tramontane.packed.FirstUse;
import tramontane.packed.MatrixKey;
import tramontane.packed.MatrixKey.Form;
import tramontane.tensor.DType;
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

    /** A matrix whose weights are there after {@link #finish}. */
    PackedMatrix read(TensorInfo tensor) {
        return read(tensor, allocate(tensor));
    }

    private PackedMatrix read(TensorInfo tensor, PackedMatrix matrix) {
        fill(
                MatrixKey.of(tensor, Form.PACKED),
                matrix.data(),
                () -> pack(tensor, matrix, read -> read));
        return matrix;
    }

    /** Fills a matrix, at the latest in {@link #finish}: as an earlier load has, or by packing. */
    void fill(MatrixKey key, MemorySegment into, Runnable packing) {
        source.packed().fill(key, into, packing);
    }

    /**
     * Reads what an earlier load has packed, after which all matrices of some weights are there.
     */
    <W> W finish(W weights) {
        source.packed().finish(workers);
        return weights;
    }

    /** Whether a matrix can have the format BF16_PAIRS, judging by its header. */
    static boolean mayBeRounded(TensorInfo tensor) {
        boolean halves = tensor.dtype() == DType.F16 || tensor.dtype() == DType.BF16;
        return halves && tensor.stored().isEmpty() && tensor.columns() % 2 == 0;
    }

    /**
     * Reads a matrix whose activations may be rounded to bf16: as BF16_PAIRS if all of its weights
     * are bf16 numbers, which those of a model published in bf16 still are in a file of fp16;
     * otherwise like {@link #read}.
     */
    PackedMatrix readRounded(TensorInfo tensor) {
        if (!mayBeRounded(tensor)) {
            return read(tensor);
        }
        int rows = Math.toIntExact(tensor.rows());
        int columns = Math.toIntExact(tensor.columns());
        MatrixKey key = new MatrixKey(tensor.name(), Form.PACKED, DType.BF16_PAIRS, rows, columns);
        PackedMatrix matrix = PackedMatrix.allocate(DType.BF16_PAIRS, rows, columns, memory);
        AtomicBoolean exact = new AtomicBoolean(true);
        Runnable packing = () -> pack(tensor, matrix, read -> RoundedWeights.convert(read, exact));
        if (source.packed().has(key)) {
            // Then an earlier load has found them exact.
            fill(key, matrix.data(), packing);
            return matrix;
        }
        packing.run();
        if (exact.get()) {
            fill(key, matrix.data(), () -> {});
            return matrix;
        }
        long bytes = PackedMatrix.packedBytes(tensor.dtype(), rows, columns);
        return read(
                tensor,
                new PackedMatrix(tensor.dtype(), rows, columns, matrix.data().asSlice(0, bytes)));
    }

    /**
     * A matrix of which only parts may be needed: if an earlier load has packed it, they are read
     * when they are. Until then they take no memory.
     *
     * @param parts of equal size; each must not be used before its {@link #firstUse}
     */
    PackedMatrix readLater(TensorInfo tensor, int parts) {
        MatrixKey key = MatrixKey.of(tensor, Form.PACKED);
        PackedMatrix matrix = allocate(tensor);
        if (!source.packed().fillLater(key, matrix.data(), parts)) {
            pack(tensor, matrix, read -> read);
            source.packed().addParts(key, matrix.data(), parts);
        }
        return matrix;
    }

    /** What must happen before part {@code part} of matrices from {@link #readLater} is used. */
    FirstUse firstUse(List<TensorInfo> tensors, int part) {
        return source.packed()
                .firstUse(
                        tensors.stream().map(each -> MatrixKey.of(each, Form.PACKED)).toList(),
                        part);
    }

    private PackedMatrix allocate(TensorInfo tensor) {
        return PackedMatrix.allocate(tensor.dtype(), tensor.rows(), tensor.columns(), memory);
    }

    private void pack(TensorInfo tensor, PackedMatrix matrix, UnaryOperator<Tensor> conversion) {
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
                    Tensor rows = conversion.apply(rows(tensor, from, to, buffers[worker]));
                    PackedMatrix part = matrix.slice(from, to);
                    kernels.pack(rows, part, 0, to - from);
                    if (!FiniteCheck.isFinite(part, 0, to - from)) {
                        throw notFinite(tensor);
                    }
                });
    }

    /** A matrix that is not packed, whose weights are there after {@link #finish}. */
    Tensor copy(TensorInfo tensor) {
        MatrixKey key = MatrixKey.of(tensor, Form.PLAIN);
        MemorySegment data = memory.allocate(tensor.rows() * tensor.rowBytes(), 64);
        fill(key, data, () -> copy(tensor, data));
        return new Tensor(tensor.name(), tensor.dtype(), tensor.rows(), tensor.columns(), data);
    }

    private void copy(TensorInfo tensor, MemorySegment data) {
        long rowBytes = tensor.rowBytes();
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
    }

    /** Reads the rows of some groups. */
    private Tensor rows(TensorInfo tensor, int from, int to, MemorySegment buffer) {
        long firstRow = (long) from * ROWS;
        long rows = Math.min(tensor.rows(), (long) to * ROWS) - firstRow;
        return source.file().read(tensor, firstRow, rows, buffer);
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
