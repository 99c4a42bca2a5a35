package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.packed.FirstUse;

/**
 * A mixture of experts (Shazeer et al. 2017): feed-forward networks, of which each token is
 * computed by the few that the {@link Router} chooses.
 *
 * <pre>
 * logits [rows][experts]    = router(x)                   fp32
 * y of an assignment        = down(silu(gate(x)) * up(x))  of its expert
 * out of a row              = sum of weight * y over its assignments, in ascending order of the experts,
 *                             + the shared network's result, if there is one
 * </pre>
 *
 * The assignments of a step are sorted by expert ({@link ExpertRows}), so that each expert
 * multiplies all of its rows at once and its weights are read once, and those of other experts not
 * at all. A product of a row does not depend on the rows beside it, and the order of a row's sum
 * depends on the row alone; so the result does not depend on the other rows of the step.
 */
final class Experts {
    /**
     * The three matrices of an expert.
     *
     * @param firstUse must begin before they are read
     */
    record Expert(Linear gate, Linear up, Linear down, FirstUse firstUse) {}

    /**
     * @param bias of the router's scores when they are compared, if the model has it
     * @param shared a network that computes all tokens beside the experts
     */
    record Layer(
            Linear router,
            Optional<MemorySegment> bias,
            List<Expert> experts,
            Optional<FeedForward.Layer> shared)
            implements FeedForwardLayer {}

    private final Compute compute;
    private final int used;
    private final Router router;
    private final ExpertRows assignments;
    private final Fp32Rows logits;
    private final Activations inputs;
    private final Activations hidden;
    private final Fp32Rows results;
    private final FusedProducts products;
    private final Optional<FeedForward> shared;

    Experts(
            ExpertConfig config,
            int width,
            FusedProducts products,
            int maxRows,
            SegmentAllocator memory) {
        this.products = products;
        compute = products.compute();
        used = config.used();
        router = new Router(config, maxRows);
        int maxAssignments = maxRows * used;
        assignments = new ExpertRows(config, maxAssignments);
        logits = rows(maxRows, logitStride(config), memory);
        int tileRows = compute.kernels.tileRows();
        inputs = new Activations(maxAssignments, width, tileRows, memory);
        hidden = new Activations(maxAssignments, config.feedForward(), tileRows, memory);
        results = rows(maxAssignments, width, memory);
        shared =
                config.shared() == 0
                        ? Optional.empty()
                        : Optional.of(new FeedForward(config.shared(), products, maxRows, memory));
    }

    private static Fp32Rows rows(int rows, int stride, SegmentAllocator memory) {
        return new Fp32Rows(memory.allocate(4L * rows * stride, 64), stride);
    }

    /** Bytes that experts of this size allocate. */
    static long bufferBytes(ExpertConfig config, int width, int maxRows) {
        int maxAssignments = maxRows * config.used();
        long shared = config.shared() == 0 ? 0 : FeedForward.bufferBytes(config.shared(), maxRows);
        return shared
                + 4L * maxRows * logitStride(config)
                + Activations.bytes(maxAssignments, width)
                + Activations.bytes(maxAssignments, config.feedForward())
                + 4L * maxAssignments * width;
    }

    private static int logitStride(ExpertConfig config) {
        return Math.ceilDiv(config.count(), 16) * 16;
    }

    /** Writes the results for all rows of {@code in} to {@code out}. */
    void forward(Layer layer, Activations in, Fp32Rows out) {
        int rows = in.rows();
        compute.multiply(new Compute.Product(layer.router, in, logits));
        compute.forRows(
                rows,
                (from, to) -> {
                    for (int row = from; row < to; row++) {
                        router.route(row, logits.slice(row, row + 1), layer.bias);
                    }
                });
        assignments.sort(router, rows * used);
        beginUse(layer);
        inputs.rows(assignments.count());
        hidden.rows(assignments.count());
        gather(layer, in);
        multiplyGateAndUp(layer, rows == 1 ? in : inputs);
        multiplyDown(layer);
        compute.forRows(rows, (from, to) -> combine(out, from, to));
        if (layer.shared.isPresent()) {
            FeedForward.Layer network = layer.shared.get();
            products.add(shared.orElseThrow().hidden(network, in), network.down(), out);
        }
    }

    /** Reads the weights of experts that are used for the first time, all workers together. */
    private void beginUse(Layer layer) {
        for (int i = 0; i < assignments.touched(); i++) {
            if (!layer.experts.get(assignments.expert(i)).firstUse.isDone()) {
                compute.forTasks(
                        assignments.touched(),
                        (task, worker) ->
                                layer.experts.get(assignments.expert(task)).firstUse.begin());
                return;
            }
        }
    }

    /** Copies the row of each assignment beside those of the same expert. */
    private void gather(Layer layer, Activations in) {
        if (in.rows() == 1) {
            return;
        }
        long rowBytes = 4L * in.stride();
        compute.forTasks(
                assignments.tasks(),
                (task, worker) -> {
                    for (int at = assignments.from(task); at < assignments.to(task); at++) {
                        MemorySegment.copy(
                                in.values(),
                                assignments.row(at) * rowBytes,
                                inputs.values(),
                                at * rowBytes,
                                rowBytes);
                    }
                    Expert expert = layer.experts.get(assignments.expertOf(task));
                    if (expert.gate.isQuantized() || expert.up.isQuantized()) {
                        quantize(inputs, task);
                    }
                });
    }

    /** The rows of a task in the int8 form, within the rows of its expert. */
    private void quantize(Activations a, int task) {
        int expert = assignments.expertOf(task);
        int first = assignments.first(expert);
        Activations rows = a.slice(first, assignments.end(expert));
        compute.kernels.quantize(
                rows, assignments.from(task) - first, assignments.to(task) - first);
    }

    /** Computes the inputs of the last matrices, part by part while it is in the cache. */
    private void multiplyGateAndUp(Layer layer, Activations in) {
        var calls = new FusedProducts.Call[assignments.touched()];
        for (int i = 0; i < calls.length; i++) {
            int index = assignments.expert(i);
            Expert expert = layer.experts.get(index);
            int from = assignments.first(index);
            int to = assignments.end(index);
            Activations out = hidden.slice(from, to);
            calls[i] =
                    new FusedProducts.Call(
                            in.rows() == 1 ? in : in.slice(from, to),
                            (column, columns, parts) -> {
                                compute.kernels.siluMultiply(
                                        parts[0].values(),
                                        parts[1].values(),
                                        (long) columns * out.rows());
                                keep(parts[0], column, columns, expert.down, out);
                            },
                            expert.gate,
                            expert.up);
        }
        products.multiply(calls);
    }

    /** Writes some columns of {@code out} in the form that {@code reader} reads. */
    private void keep(Fp32Rows part, int column, int columns, Linear reader, Activations out) {
        if (reader.isQuantized()) {
            int block = column / Activations.BLOCK;
            compute.kernels.quantizeColumns(part, out, block, columns / Activations.BLOCK);
            return;
        }
        Fp32Rows plain = new Fp32Rows(out.values(), out.stride()).from(column);
        for (int row = 0; row < out.rows(); row++) {
            plain.start(row, columns).copyFrom(part.start(row, columns));
        }
    }

    private void multiplyDown(Layer layer) {
        var products = new Compute.Product[assignments.touched()];
        for (int i = 0; i < products.length; i++) {
            int index = assignments.expert(i);
            int from = assignments.first(index);
            int to = assignments.end(index);
            products[i] =
                    new Compute.Product(
                            layer.experts.get(index).down,
                            hidden.slice(from, to),
                            results.rows(from, to));
        }
        compute.multiply(products);
    }

    private void combine(Fp32Rows out, int from, int to) {
        int width = results.stride();
        for (int row = from; row < to; row++) {
            MemorySegment sum = out.slice(row, row + 1);
            for (int assignment = row * used; assignment < (row + 1) * used; assignment++) {
                int at = assignments.place(assignment);
                MemorySegment result = results.slice(at, at + 1);
                compute.kernels.scale(result, router.weight(assignment), width);
                if (assignment == row * used) {
                    sum.copyFrom(result);
                } else {
                    compute.kernels.add(sum, result, width);
                }
            }
        }
    }
}
