package tramontane.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;

/**
 * The read bandwidth of this machine's memory: all threads, huge pages, each thread reads its own
 * slices sequentially.
 */
final class ReadProbe implements AutoCloseable {
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
    private static final int STRIDE = 4 * SPECIES.vectorByteSize();
    private static final long SLICE = 4L << 20;

    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final MemorySegment buffer;
    private final long[] sums;

    /** A probe of {@code bytes}, rounded up to whole slices. */
    ReadProbe(long bytes, int threads) {
        workers = new Workers(threads);
        buffer = OffHeap.allocate(Math.ceilDiv(bytes, SLICE) * SLICE, arena);
        buffer.fill((byte) 0x2C);
        sums = new long[threads];
    }

    /** Bytes per second, the fastest of {@code times}. */
    double best(int times) {
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            workers.run(
                    (int) (buffer.byteSize() / SLICE),
                    (task, worker) -> sums[worker] ^= fold(buffer.asSlice(task * SLICE, SLICE)));
            seconds.add((System.nanoTime() - start) * 1e-9);
        }
        return buffer.byteSize() / seconds.stream().min(Double::compare).orElseThrow();
    }

    private static long fold(MemorySegment slice) {
        LongVector a = LongVector.zero(SPECIES);
        LongVector b = a;
        LongVector c = a;
        LongVector d = a;
        int width = SPECIES.vectorByteSize();
        ByteOrder order = ByteOrder.nativeOrder();
        for (long at = 0; at < SLICE; at += STRIDE) {
            a = a.lanewise(XOR, LongVector.fromMemorySegment(SPECIES, slice, at, order));
            b = b.lanewise(XOR, LongVector.fromMemorySegment(SPECIES, slice, at + width, order));
            c =
                    c.lanewise(
                            XOR,
                            LongVector.fromMemorySegment(SPECIES, slice, at + 2L * width, order));
            d =
                    d.lanewise(
                            XOR,
                            LongVector.fromMemorySegment(SPECIES, slice, at + 3L * width, order));
        }
        return a.lanewise(XOR, b).lanewise(XOR, c.lanewise(XOR, d)).reduceLanes(XOR);
    }

    private static final jdk.incubator.vector.VectorOperators.Associative XOR =
            jdk.incubator.vector.VectorOperators.XOR;

    @Override
    public void close() {
        workers.close();
        arena.close();
    }
}
