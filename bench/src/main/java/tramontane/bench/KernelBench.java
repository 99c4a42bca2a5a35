package tramontane.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.Workers;
import tramontane.kernel.choice.KernelChoice;
import tramontane.tensor.DType;

/**
 * Speed of the matmuls, by format and number of rows, beside what the memory can deliver.
 *
 * <pre>
 * java ... tramontane.bench.KernelBench [kernels] [threads] [rounds] [format,...]
 * </pre>
 *
 * All cases are run once a round, so that other load on the machine affects all of them alike.
 * Decoding cases read weights far larger than any cache; GB/s counts their packed bytes. Printed:
 * median and best over the rounds.
 */
public final class KernelBench {
    private static final String USAGE =
            """
            Usage: ./tramontane bench kernels [KERNELS [THREADS [ROUNDS [FORMAT,...]]]]
            Speed of the products of matrices by format and number of rows, GB/s of weights or GFLOP/s.
              KERNELS  best (default), amx, avx512, avxvnni, avx2, vector or scalar
              THREADS  1; with one, its CPU time counts, so that other load matters less
              ROUNDS   5
              FORMAT   all; names as Q4_K\
            """;

    private static final long WEIGHT_BYTES = 320L << 20;
    private static final int COLUMNS = 1024;
    private static final int PREFILL_ROWS = 512;
    private static final int GROUPS_PER_TASK = 16;
    private static final int[] HEIGHTS = {1, 2, 4, 8, 12, 16, PREFILL_ROWS};

    private record Case(DType dtype, int rows, double[] seconds) {}

    private final Kernels kernels;
    private final Workers workers;
    private final MemorySegment buffer;
    private final Activations[] activations = new Activations[HEIGHTS.length];
    private final MemorySegment out;

    private KernelBench(Kernels kernels, Workers workers, Arena arena) {
        this.kernels = kernels;
        this.workers = workers;
        buffer = OffHeap.allocate(WEIGHT_BYTES, arena);
        // Finite in every format, and not so small that subnormal numbers slow anything down.
        buffer.fill((byte) 0x2C);
        out = OffHeap.allocate(4L * outputs(DType.Q4_0, 1) * 16 + (64L << 20), arena);
        for (int i = 0; i < HEIGHTS.length; i++) {
            activations[i] =
                    Activations.withRounded(HEIGHTS[i], COLUMNS, kernels.tileRows(), arena);
            for (long k = 0; k < (long) HEIGHTS[i] * activations[i].stride(); k++) {
                activations[i].values().setAtIndex(ValueLayout.JAVA_FLOAT, k, (k % 97) - 48f);
            }
            kernels.quantize(activations[i], 0, HEIGHTS[i]);
            kernels.round(activations[i], 0, HEIGHTS[i]);
        }
    }

    public static void main(String[] arguments) {
        if (List.of(arguments).contains("--help")) {
            System.out.println(USAGE);
            return;
        }
        String wanted = arguments.length > 0 ? arguments[0] : "";
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        List<DType> types =
                arguments.length > 3
                        ? Arrays.stream(arguments[3].split(",")).map(DType::valueOf).toList()
                        : List.of(DType.values());
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(threads)) {
            long start = System.nanoTime();
            Kernels kernels = KernelChoice.of("best".equals(wanted) ? "" : wanted);
            System.out.printf(
                    "%s, %d threads, chosen in %.0f ms%n",
                    kernels.name(), threads, (System.nanoTime() - start) * 1e-6);
            new KernelBench(kernels, workers, arena).measure(types, rounds);
        }
    }

    private void measure(List<DType> types, int rounds) {
        List<Case> cases = new ArrayList<>();
        for (DType dtype : types) {
            for (int rows : HEIGHTS) {
                cases.add(new Case(dtype, rows, new double[rounds]));
            }
        }
        double[] probe = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            probe[round] = seconds(this::read);
            for (Case c : cases) {
                c.seconds[round] = seconds(() -> multiply(c));
            }
        }
        Arrays.sort(probe);
        double readable = WEIGHT_BYTES / probe[rounds / 2] * 1e-9;
        System.out.printf("read probe %6.2f GB/s%n", readable);
        for (Case c : cases) {
            Arrays.sort(c.seconds);
            print(c, c.seconds[rounds / 2], c.seconds[0], readable);
        }
    }

    private double seconds(Runnable work) {
        long start = nanos();
        work.run();
        return (nanos() - start) * 1e-9;
    }

    // One thread alone is timed by the CPU it got, so that a busy machine does less harm.
    private long nanos() {
        return workers.threads() == 1
                ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
                : System.nanoTime();
    }

    private static void print(Case c, double median, double best, double readable) {
        double bytes = PackedMatrix.packedBytes(c.dtype, outputs(c.dtype, c.rows), COLUMNS);
        double operations = 2.0 * c.rows * outputs(c.dtype, c.rows) * COLUMNS;
        System.out.printf(
                "%-5s %4d rows  %7.2f GB/s (best %6.2f, %4.2f of probe)  %7.1f GFLOP/s (best %6.1f)%n",
                c.dtype,
                c.rows,
                bytes / median * 1e-9,
                bytes / best * 1e-9,
                bytes / median * 1e-9 / readable,
                operations / median * 1e-9,
                operations / best * 1e-9);
    }

    // As many as fill the buffer, but for prefill a usual layer.
    private static int outputs(DType dtype, int rows) {
        int all = (int) (WEIGHT_BYTES / PackedMatrix.packedBytes(dtype, 16, COLUMNS)) * 16;
        return rows < PREFILL_ROWS ? all : Math.min(all, 4864);
    }

    private void multiply(Case c) {
        int outputs = outputs(c.dtype, c.rows);
        long bytes = PackedMatrix.packedBytes(c.dtype, outputs, COLUMNS);
        PackedMatrix w = new PackedMatrix(c.dtype, outputs, COLUMNS, buffer.asSlice(0, bytes));
        Activations a = activations[Arrays.binarySearch(HEIGHTS, c.rows)];
        int tasks = Math.ceilDiv(w.groups(), GROUPS_PER_TASK);
        workers.run(
                tasks,
                (task, worker) -> {
                    int from = task * GROUPS_PER_TASK;
                    int to = Math.min(w.groups(), from + GROUPS_PER_TASK);
                    kernels.matmul(w, from, to, a, new Fp32Rows(out, outputs));
                });
    }

    // Comparing halves reads both once, at the width of the machine's vectors.
    private void read() {
        int tasks = 64;
        long half = WEIGHT_BYTES / 2;
        long slice = half / tasks;
        workers.run(
                tasks,
                (task, worker) -> {
                    long from = task * slice;
                    MemorySegment other = buffer.asSlice(half + from, slice);
                    if (buffer.asSlice(from, slice).mismatch(other) >= 0) {
                        throw new AssertionError("the weights are not uniform");
                    }
                });
    }
}
