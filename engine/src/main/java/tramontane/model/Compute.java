package tramontane.model;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;

/** Kernels run by workers: cuts an operation into slices that do not depend on each other. */
final class Compute {
    /** Rows an element-wise task takes; fewer than two tasks run on the calling thread. */
    private static final int TASK_ROWS = 8;

    @FunctionalInterface
    interface RowRange {
        void run(int from, int to);
    }

    /** A product to take: {@code out[rows][stride] = in * linear}. */
    record Product(Linear linear, MemorySegment out, int stride) {}

    final Kernels kernels;
    private final Workers workers;
    private final Slices slices = new Slices();

    Compute(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
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

    /** Takes several products of the same input in one go, then adds their biases. */
    void multiply(Activations in, Product... products) {
        slices.cut(products, workers.threads());
        workers.run(
                slices.count(),
                (task, worker) -> {
                    Product product = products[slices.product(task)];
                    kernels.matmul(
                            product.linear.matrix(),
                            slices.from(task),
                            slices.to(task),
                            in,
                            product.out,
                            product.stride);
                });
        for (Product product : products) {
            product.linear
                    .bias()
                    .ifPresent(bias ->
                            kernels.addBias(
                                    product.out,
                                    product.stride,
                                    bias,
                                    product.linear.outputs(),
                                    in.rows()));
        }
    }
}
