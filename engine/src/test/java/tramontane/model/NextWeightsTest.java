package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.tensor.DType;

class NextWeightsTest {
    // Nothing reads these addresses.
    private static final MemorySegment NOWHERE = MemorySegment.NULL.reinterpret(1L << 40);
    private static final int KIB = 1024;

    private final SegmentAllocator addresses = SegmentAllocator.slicingAllocator(NOWHERE);
    private final List<MemorySegment> read = new ArrayList<>();

    private final Thread test = Thread.currentThread();

    /** The second worker reads ahead, too, while it waits. */
    private final class Recording extends ScalarKernels {
        @Override
        public void prefetch(MemorySegment memory) {
            if (Thread.currentThread() == test) {
                read.add(memory);
            }
        }
    }

    private Linear linear(int outputs, int columns) {
        PackedMatrix matrix = PackedMatrix.allocate(DType.Q8_0, outputs, columns, addresses);
        return new Linear(matrix, Optional.empty());
    }

    private Compute.Product product(Linear linear, int rows) {
        return new Compute.Product(
                linear,
                new Activations(rows, linear.matrix().columns(), 1, addresses),
                new Fp32Rows(MemorySegment.NULL, linear.outputs()));
    }

    private FusedProducts.Call call(Linear... linears) {
        return new FusedProducts.Call(
                product(linears[0], 1).in(), (column, columns, parts) -> {}, linears);
    }

    /** The first address and the bytes that are read ahead for a worker, without gaps. */
    private void check(ReadAhead ahead, int worker, MemorySegment weights, long bytes) {
        read.clear();
        int piece = 0;
        while (ahead.run(worker, piece)) {
            piece++;
        }
        long at = weights.address();
        for (MemorySegment each : read) {
            assertThat(each.address()).isEqualTo(at);
            at += each.byteSize();
        }
        assertThat(at - weights.address()).isEqualTo(bytes);
    }

    private static MemorySegment groups(Linear linear, int from, int to) {
        return linear.matrix().slice(from, to).data();
    }

    @Test
    void eachWorkerReadsItsFirstSliceOfTheProductThatFollowedLastTime() {
        try (Workers workers = new Workers(2)) {
            NextWeights next = new NextWeights(new Recording(), workers);
            Linear first = linear(1024, 512);
            Linear second = linear(512, 512);
            for (int step = 0; step < 2; step++) {
                next.inTurn(product(first, 1));
                next.together(call(second));
            }
            // Of 32 groups of 8.5 KiB, the first worker takes eight, the second a quarter of 24.
            next.inTurn(product(first, 1));
            check(next.next(), 0, groups(second, 0, 8), 68 * KIB);
            check(next.next(), 1, groups(second, 8, 14), 51 * KIB);
            assertThat(next.next().run(2, 0)).as("a third worker").isFalse();
            next.together(call(second));
            check(next.next(), 0, groups(first, 0, 16), 136 * KIB);
        }
    }

    @Test
    void noMoreIsReadThanACacheHolds() {
        try (Workers workers = new Workers(2)) {
            NextWeights next = new NextWeights(new Recording(), workers);
            Linear large = linear(1 << 14, 512);
            next.inTurn(product(large, 1));
            next.inTurn(product(large, 1));
            check(next.next(), 0, groups(large, 0, 1), 512 * KIB);
        }
    }

    @Test
    void matricesThatAreMultipliedTogetherAreReadInTurn() {
        try (Workers workers = new Workers(2)) {
            NextWeights next = new NextWeights(new Recording(), workers);
            Linear gate = linear(256, 512);
            Linear up = linear(256, 512);
            next.together(call(gate, up));
            next.together(call(gate, up));
            read.clear();
            for (int piece = 0; next.next().run(0, piece); piece++) {}
            long half = read.stream().mapToLong(MemorySegment::byteSize).sum() / 2;
            assertThat(read.getFirst().address()).isEqualTo(gate.matrix().data().address());
            assertThat(read.stream().mapToLong(MemorySegment::address))
                    .contains(up.matrix().data().address());
            assertThat(half).isEqualTo(4 * 17 * KIB / 2);
        }
    }

    @Test
    void nothingIsReadAheadInStepsOfManyRows() {
        try (Workers workers = new Workers(2)) {
            NextWeights next = new NextWeights(new Recording(), workers);
            Linear linear = linear(1024, 512);
            for (int step = 0; step < 2; step++) {
                next.inTurn(product(linear, 5));
            }
            assertThat(next.next().run(0, 0)).isFalse();
        }
    }
}
