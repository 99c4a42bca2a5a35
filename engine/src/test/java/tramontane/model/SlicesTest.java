package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

class SlicesTest {
    private static final MemorySegment NOWHERE = MemorySegment.NULL.reinterpret(1L << 40);

    private static Compute.Product product(int rows, int columns) {
        return product(rows, columns, 1);
    }

    private static Compute.Product product(int rows, int columns, int tokens) {
        long bytes = PackedMatrix.packedBytes(DType.Q8_0, rows, columns);
        // Nothing reads this memory, and a heap array would have to be as large as a real matrix.
        MemorySegment nowhere = MemorySegment.NULL.reinterpret(bytes);
        PackedMatrix matrix = new PackedMatrix(DType.Q8_0, rows, columns, nowhere);
        return new Compute.Product(
                new Linear(matrix, Optional.empty()),
                new Activations(tokens, columns, 1, SegmentAllocator.slicingAllocator(NOWHERE)),
                new Fp32Rows(MemorySegment.NULL, rows));
    }

    private static FusedProducts.Call call(Linear linear, int tokens) {
        return new FusedProducts.Call(
                product(16, linear.matrix().columns(), tokens).in(),
                (column, columns, parts) -> {},
                linear,
                linear);
    }

    private static void check(int threads, Compute.Product... products) {
        check(threads, 1, products);
        check(threads, 2, products);
    }

    private static void check(int threads, int unit, Compute.Product... products) {
        Slices slices = new Slices();
        slices.split(products, threads, _ -> unit);
        int task = 0;
        long before = Long.MAX_VALUE;
        for (int i = 0; i < products.length; i++) {
            PackedMatrix matrix = products[i].linear().matrix();
            int group = 0;
            while (group < matrix.groups()) {
                assertThat(slices.product(task)).isEqualTo(i);
                assertThat(slices.from(task)).isEqualTo(group);
                assertThat(group % unit).as("whole units before").isZero();
                group = slices.to(task++);
                long bytes = (group - slices.from(task - 1)) * matrix.groupBytes();
                assertThat(bytes).as("tasks shrink").isLessThanOrEqualTo(before);
                before = group == matrix.groups() ? before : bytes + unit * matrix.groupBytes();
            }
            assertThat(group).isEqualTo(matrix.groups());
        }
        assertThat(slices.count()).isEqualTo(task);
    }

    @Test
    void everyGroupIsInOneTaskAndTasksGetSmaller() {
        for (int threads : new int[] {1, 2, 8, 64}) {
            check(threads, product(16, 32));
            check(threads, product(4864, 896), product(4864, 896));
            check(threads, product(896, 896), product(128, 896), product(128, 896));
            check(threads, product(151_936, 896));
            check(threads, product(17, 1 << 20));
        }
    }

    @Test
    void thereAreFewTasksAndTheLastOnesAreSmall() {
        Slices slices = new Slices();
        Compute.Product head = product(151_936, 896);
        slices.split(new Compute.Product[] {head}, 2, _ -> 1);
        int last = slices.count() - 1;
        assertThat((slices.to(last) - slices.from(last)) * head.linear().matrix().groupBytes())
                .isLessThanOrEqualTo(Slices.MIN_BYTES);
        assertThat(slices.count()).isLessThan(40);
        assertThat(slices.to(0)).isEqualTo(151_936 / 16 / 4);
    }

    @Test
    void productsWithManyRowsAreSplitMore() {
        Slices slices = new Slices();
        Compute.Product[] experts = {product(768, 2048), product(768, 2048, 400)};
        slices.split(experts, 8, _ -> 1);
        int[] tasks = new int[2];
        for (int task = 0; task < slices.count(); task++) {
            tasks[slices.product(task)]++;
        }
        assertThat(tasks[0]).isEqualTo(1);
        assertThat(tasks[1]).isGreaterThan(8);
    }

    @Test
    void matricesThatAreSplitTogetherHaveTheSameGroupsInATask() {
        for (int threads : new int[] {1, 2, 8}) {
            Linear linear = product(4864, 896).linear();
            Slices slices = new Slices();
            FusedProducts.Call[] calls = {call(linear, 1), call(linear, 3), call(linear, 1)};
            slices.splitTogether(calls, threads, 2);
            int task = 0;
            for (int i = 0; i < calls.length; i++) {
                int group = 0;
                while (group < linear.matrix().groups()) {
                    assertThat(slices.product(task)).isEqualTo(i);
                    assertThat(slices.from(task)).isEqualTo(group);
                    group = slices.to(task++);
                    assertThat(group % 2).isZero();
                }
                assertThat(group).isEqualTo(linear.matrix().groups());
            }
            assertThat(slices.count()).isEqualTo(task);
            int last = task - 1;
            assertThat(slices.to(last) - slices.from(last)).as("one unit").isEqualTo(2);
        }
    }
}
