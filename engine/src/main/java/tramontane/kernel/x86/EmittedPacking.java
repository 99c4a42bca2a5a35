package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.Downcalls;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** The machine code that packs one format, with the bounds checks that it lacks. */
final class EmittedPacking {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;

    private final DType dtype;
    private final MemorySegment code;

    private EmittedPacking(DType dtype, MemorySegment code) {
        this.dtype = dtype;
        this.code = code;
    }

    /** Empty if the host refuses executable memory. */
    static Optional<EmittedPacking> emit(DType dtype) {
        return ExecutableMemory.install(PackingCode.emit(dtype))
                .map(codes -> new EmittedPacking(dtype, codes[0]));
    }

    /**
     * Whether the code can pack a tensor. It needs groups of 16 full rows and offsets of 32 bits.
     */
    static boolean supports(Tensor tensor) {
        return tensor.rows() % ROWS == 0
                && tensor.columns() % PackingCode.stepColumns(tensor.dtype()) == 0
                && ROWS * tensor.dtype().rowBytes(tensor.columns()) <= Integer.MAX_VALUE
                && tensor.data().isNative();
    }

    /** Like {@link PackedMatrix#packGroups}, for a tensor that {@linkplain #supports supports}. */
    void packGroups(Tensor tensor, PackedMatrix packed, int from, int to) {
        packed.checkPacking(tensor, from, to);
        if (tensor.dtype() != dtype || !supports(tensor) || !packed.data().isNative()) {
            throw new IllegalArgumentException(
                    tensor.name() + " cannot be packed by the code for " + dtype);
        }
        if (from == to) {
            return;
        }
        long rowBytes = dtype.rowBytes(tensor.columns());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment offsets = arena.allocate(4L * ROWS, 64);
            for (int row = 0; row < ROWS; row++) {
                offsets.setAtIndex(JAVA_INT, row, (int) (row * rowBytes));
            }
            Downcalls.emitted(
                    code,
                    tensor.data().address() + from * ROWS * rowBytes,
                    packed.data().address() + from * packed.groupBytes(),
                    offsets.address(),
                    tensor.columns() / PackingCode.stepColumns(dtype),
                    to - from,
                    (ROWS - 1) * rowBytes,
                    0);
        }
    }
}
