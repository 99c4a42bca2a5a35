package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;

/**
 * Lets threads that wait read ahead the weights of the next product. A step multiplies the same
 * matrices in the same order each time, so the next product is the one that followed last time. A
 * wrong guess costs the time of reading, and no result depends on it.
 *
 * <p>It is for steps of few rows, whose time is that of reading weights. One thread at a time.
 */
final class NextWeights {
    /** With more rows, multiplying takes about as long as reading, or longer. */
    private static final int MAX_ROWS = 4;

    private final Kernels kernels;
    private final Workers workers;
    private final Slices slices = new Slices();

    /** The weights of each product, by its first matrix. A model has a few for each layer. */
    private final Map<Linear, ReadAhead> known = new IdentityHashMap<>();

    /** What followed last time, by the weights of a product. */
    private final Map<ReadAhead, ReadAhead> followers = new IdentityHashMap<>();

    /** Stands for what is not known. */
    private final ReadAhead nothing;

    private ReadAhead last;

    NextWeights(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
        nothing = new ReadAhead(kernels, List.of());
        last = nothing;
    }

    /** Called before products whose matrices are split one after the other. */
    void inTurn(Compute.Product... products) {
        if (begins(products[0].in().rows())) {
            enter(known.computeIfAbsent(products[0].linear(), first -> readInTurn(products)));
        }
    }

    /** Called before products whose slices have the same rows of each. */
    void together(FusedProducts.Call... calls) {
        if (begins(calls[0].in().rows())) {
            enter(known.computeIfAbsent(calls[0].linears()[0], first -> readTogether(calls)));
        }
    }

    private boolean begins(int rows) {
        boolean pays = workers.threads() > 1 && rows <= MAX_ROWS;
        if (!pays) {
            last = nothing;
            workers.ahead(nothing);
        }
        return pays;
    }

    private void enter(ReadAhead product) {
        followers.put(last, product);
        last = product;
        workers.ahead(next());
    }

    /** The weights of the product that is expected after the last one. */
    ReadAhead next() {
        return followers.getOrDefault(last, nothing);
    }

    private ReadAhead readInTurn(Compute.Product[] products) {
        slices.split(products, workers.threads(), rows -> 1);
        List<List<MemorySegment>> homes = new ArrayList<>();
        for (int home = 0; home < homes(); home++) {
            homes.add(List.of(weights(products[slices.product(home)].linear(), home)));
        }
        return new ReadAhead(kernels, homes);
    }

    private ReadAhead readTogether(FusedProducts.Call[] calls) {
        slices.splitTogether(calls, workers.threads(), FusedProducts.UNIT_GROUPS);
        List<List<MemorySegment>> homes = new ArrayList<>();
        for (int home = 0; home < homes(); home++) {
            List<MemorySegment> all = new ArrayList<>();
            for (Linear linear : calls[slices.product(home)].linears()) {
                all.add(weights(linear, home));
            }
            homes.add(all);
        }
        return new ReadAhead(kernels, homes);
    }

    private int homes() {
        return Math.min(workers.threads(), slices.count());
    }

    private MemorySegment weights(Linear linear, int home) {
        return linear.matrix().slice(slices.from(home), slices.to(home)).data();
    }
}
