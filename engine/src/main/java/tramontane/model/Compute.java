package tramontane.model;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;

/** Kernels run by workers: cuts an operation into slices that do not depend on each other. */
final class Compute {
    /**
     * Weights a task reads at least: some ten microseconds of work, against one to hand out a task.
     */
    private static final long TASK_BYTES = 96 * 1024;

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

    void forTasks(int tasks, Workers.Task body) {
        workers.run(tasks, body);
    }

    /** Takes several products of the same input in one go, then adds their biases. */
    void multiply(Activations in, Product... products) {
        int[] firstTask = new int[products.length + 1];
        int[] taskGroups = new int[products.length];
        for (int i = 0; i < products.length; i++) {
            PackedMatrix matrix = products[i].linear.matrix();
            taskGroups[i] = (int) Math.max(1, TASK_BYTES / matrix.groupBytes());
            firstTask[i + 1] = firstTask[i] + Math.ceilDiv(matrix.groups(), taskGroups[i]);
        }
        workers.run(
                firstTask[products.length],
                (task, worker) -> {
                    int i = 0;
                    while (task >= firstTask[i + 1]) {
                        i++;
                    }
                    PackedMatrix matrix = products[i].linear.matrix();
                    int from = (task - firstTask[i]) * taskGroups[i];
                    int to = Math.min(matrix.groups(), from + taskGroups[i]);
                    kernels.matmul(matrix, from, to, in, products[i].out, products[i].stride);
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
