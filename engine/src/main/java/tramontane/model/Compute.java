package tramontane.model;

import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;

/** Runs kernels on the workers: splits an operation into independent slices. */
final class Compute {
    /**
     * Rows of an element-wise task, which take some microseconds. With fewer than two tasks, the
     * calling thread runs the operation.
     */
    private static final int TASK_ROWS = 4;

    @FunctionalInterface
    interface RowRange {
        void run(int from, int to);
    }

    /** A product to compute: {@code out = in * linear}. */
    record Product(Linear linear, Activations in, Fp32Rows out) {}

    final Kernels kernels;
    private final Workers workers;
    private final Slices slices = new Slices();
    private final Claims claims;
    private final NextWeights next;

    Compute(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
        claims = new Claims(workers.threads());
        next = new NextWeights(kernels, workers);
    }

    /** What the threads read ahead while they wait. */
    NextWeights next() {
        return next;
    }

    void forRows(int rows, RowRange body) {
        if (rows <= TASK_ROWS) {
            body.run(0, rows);
            return;
        }
        workers.run(
                Math.ceilDiv(rows, TASK_ROWS),
                (task, worker) ->
                        body.run(task * TASK_ROWS, Math.min(rows, (task + 1) * TASK_ROWS)));
    }

    int threads() {
        return workers.threads();
    }

    void forTasks(int tasks, Workers.Task body) {
        workers.run(tasks, body);
    }

    /** Computes the forms of rows {@code from} to {@code to} of {@code in} that matrices read. */
    void convert(Activations in, int from, int to, Linear... readers) {
        boolean quantized = false;
        boolean rounded = false;
        for (Linear reader : readers) {
            quantized |= reader.isQuantized();
            rounded |= reader.isRounded();
        }
        if (quantized) {
            kernels.quantize(in, from, to);
        }
        if (rounded) {
            kernels.round(in, from, to);
        }
    }

    /** Computes several products with their biases in one run. */
    void multiply(Product... products) {
        slices.split(products, workers.threads(), kernels::groupsTogether);
        claims.start(slices.count());
        next.inTurn(products);
        workers.run(
                slices.count(),
                (task, worker) -> {
                    int slice = claims.take(worker);
                    multiply(products[slices.product(slice)], slices.from(slice), slices.to(slice));
                });
    }

    private void multiply(Product product, int groupFrom, int groupTo) {
        Linear linear = product.linear;
        kernels.matmul(linear.matrix(), groupFrom, groupTo, product.in, product.out);
        int from = groupFrom * PackedMatrix.GROUP_ROWS;
        int to = Math.min(linear.outputs(), groupTo * PackedMatrix.GROUP_ROWS);
        finish(linear, from, to - from, product.out.from(from), product.in.rows());
    }

    /**
     * Multiplies products with the matrix's scale and adds its bias.
     *
     * @param column the first output
     * @param products begin at that output
     */
    void finish(Linear linear, int column, int columns, Fp32Rows products, int rows) {
        if (linear.scale() != 1) {
            for (int row = 0; row < rows; row++) {
                kernels.scale(products.start(row, columns), linear.scale(), columns);
            }
        }
        linear.bias()
                .ifPresent(bias ->
                        kernels.addBias(
                                products.values(),
                                products.stride(),
                                bias.asSlice(4L * column),
                                columns,
                                rows));
    }
}
