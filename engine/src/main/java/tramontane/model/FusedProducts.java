package tramontane.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.OffHeap;
import tramontane.kernel.PackedMatrix;

/**
 * Products whose results are used up while they are in the cache. Rows of results in memory would
 * be written and read again line by line; and an element-wise operation after all products would
 * leave some threads idle.
 *
 * <pre>
 * task    some groups of rows of all matrices of a call
 * part    as many of these as fit PART_BYTES:   multiply each matrix, add its bias, epilogue
 * </pre>
 */
final class FusedProducts {
    /** A quarter of a second-level cache that also holds activations and unpacked weights. */
    private static final int PART_BYTES = 512 << 10;

    /** Then the memory takes one entry of the translation buffer. */
    private static final int HUGE_PAGE_BYTES = 2 << 20;

    /** A block of activations is made of two groups. */
    static final int UNIT_GROUPS = Activations.BLOCK / PackedMatrix.GROUP_ROWS;

    /** Uses some columns of the products. Calls for different columns run at the same time. */
    @FunctionalInterface
    interface Epilogue {
        /**
         * @param column the first column, a multiple of 32
         * @param columns a multiple of 32, except perhaps in the last part
         * @param products these columns of each product, in all rows; may be overwritten
         */
        void run(int column, int columns, Fp32Rows[] products);
    }

    private final Compute compute;
    private final int partBytes;

    /** For each worker, once it has computed a part. */
    private final MemorySegment[] memories;

    private final Slices slices = new Slices();
    private final Claims claims;

    /**
     * @param maxRows rows of a batch
     * @param matrices the largest number of matrices of a call
     */
    FusedProducts(Compute compute, int maxRows, int matrices) {
        this.compute = compute;
        partBytes = Math.max(PART_BYTES, 4 * Activations.BLOCK * maxRows * matrices);
        memories = new MemorySegment[compute.threads()];
        claims = new Claims(compute.threads());
    }

    Compute compute() {
        return compute;
    }

    /** Computes {@code x += linear * in}. */
    void add(Activations in, Linear linear, Fp32Rows x) {
        multiply(
                in,
                (column, columns, parts) ->
                        compute.kernels.addRows(x.from(column), parts[0], columns, in.rows()),
                linear);
    }

    /** Multiplies {@code in} with matrices that have equally many rows. */
    void multiply(Activations in, Epilogue epilogue, Linear... linears) {
        multiply(new Call(in, epilogue, linears));
    }

    /** An input, the matrices that it is multiplied with, and what uses their products. */
    record Call(Activations in, Epilogue epilogue, Linear... linears) {
        int groups() {
            return linears[0].matrix().groups();
        }
    }

    /** Computes several calls in one run. */
    void multiply(Call... calls) {
        slices.splitTogether(calls, compute.threads(), UNIT_GROUPS);
        claims.start(slices.count());
        compute.next().together(calls);
        compute.forTasks(
                slices.count(),
                (task, worker) -> {
                    int slice = claims.take(worker);
                    Call call = calls[slices.product(slice)];
                    int end = slices.to(slice);
                    int partGroups = partGroups(call);
                    for (int group = slices.from(slice); group < end; group += partGroups) {
                        multiplyPart(
                                call, group, Math.min(end, group + partGroups), memory(worker));
                    }
                });
    }

    private int partGroups(Call call) {
        int rows = Math.max(1, call.in.rows());
        return partBytes / (4 * Activations.BLOCK * rows * call.linears.length) * UNIT_GROUPS;
    }

    private void multiplyPart(Call call, int groupFrom, int groupTo, MemorySegment memory) {
        int rows = call.in.rows();
        int column = groupFrom * PackedMatrix.GROUP_ROWS;
        int columns = (groupTo - groupFrom) * PackedMatrix.GROUP_ROWS;
        long bytes = 4L * columns * rows;
        Fp32Rows[] products = new Fp32Rows[call.linears.length];
        for (int i = 0; i < products.length; i++) {
            Fp32Rows product = new Fp32Rows(memory.asSlice(i * bytes, bytes), columns);
            PackedMatrix part = call.linears[i].matrix().slice(groupFrom, groupTo);
            compute.kernels.matmul(part, 0, part.groups(), call.in, product);
            compute.finish(call.linears[i], column, part.rows(), product, rows);
            products[i] = product;
        }
        call.epilogue.run(column, columns, products);
    }

    private MemorySegment memory(int worker) {
        if (memories[worker] == null) {
            memories[worker] =
                    OffHeap.allocate(Math.max(HUGE_PAGE_BYTES, partBytes), Arena.ofAuto());
        }
        return memories[worker];
    }
}
