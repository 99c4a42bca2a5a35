package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.Kernels;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RandomWeights;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Compares emitted packing with the definition, byte by byte. */
class NativePackingTest {
    @BeforeEach
    void needsAvx2() {
        assumeTrue(CpuFeatures.ofThisMachine().hasAvx2(), "this processor does not run AVX2");
    }

    private static Tensor tensor(DType dtype, int rows, int columns, Arena arena) {
        RandomGenerator random = new Random(dtype.ordinal() + 31L * rows + columns);
        Tensor heap =
                RandomWeights.tensor(dtype, rows, columns, RandomWeights.Kind.ORDINARY, random);
        // The tensor ends where the memory ends, like the last tensor of a file.
        MemorySegment data = arena.allocate(heap.data().byteSize(), 1).copyFrom(heap.data());
        return new Tensor("random", dtype, rows, columns, data);
    }

    private static byte[] expected(Tensor tensor, Arena arena) {
        return PackedMatrix.pack(tensor, arena).data().toArray(JAVA_BYTE);
    }

    @ParameterizedTest
    @EnumSource
    void emittedPackingGivesTheBytesOfTheDefinition(DType dtype) {
        EmittedPacking packing = EmittedPacking.emit(dtype).orElseThrow();
        assertThat(KernelCheck.isRight(packing, dtype)).isTrue();
        int step = PackingCode.stepColumns(dtype);
        for (int rows : new int[] {16, 48, 80}) {
            for (int columns : new int[] {step, 2 * step, 5 * step}) {
                try (Arena arena = Arena.ofConfined()) {
                    Tensor tensor = tensor(dtype, rows, columns, arena);
                    PackedMatrix packed = PackedMatrix.allocate(tensor, arena);
                    packing.packGroups(tensor, packed, 0, 1);
                    packing.packGroups(tensor, packed, 1, packed.groups());
                    assertThat(packed.data().toArray(JAVA_BYTE))
                            .as("%s, %d x %d", dtype, rows, columns)
                            .isEqualTo(expected(tensor, arena));
                }
            }
        }
    }

    @Test
    void unsupportedShapesArePackedByTheDefinition() {
        Kernels kernels = NativeKernels.emit(InstructionSet.AVX2).orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            for (Tensor tensor :
                    new Tensor[] {
                        tensor(DType.Q8_0, 17, 64, arena), tensor(DType.F16, 16, 5, arena)
                    }) {
                assertThat(EmittedPacking.supports(tensor)).isFalse();
                PackedMatrix packed = PackedMatrix.allocate(tensor, arena);
                kernels.pack(tensor, packed, 0, packed.groups());
                assertThat(packed.data().toArray(JAVA_BYTE)).isEqualTo(expected(tensor, arena));
            }
        }
    }

    @Test
    void codeForOneFormatRefusesTensorsOfAnother() {
        EmittedPacking packing = EmittedPacking.emit(DType.Q4_0).orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = tensor(DType.Q8_0, 16, 32, arena);
            PackedMatrix packed = PackedMatrix.allocate(tensor, arena);
            assertThatThrownBy(() -> packing.packGroups(tensor, packed, 0, 1))
                    .hasMessage("random cannot be packed by the code for Q4_0");
            assertThatThrownBy(() -> packing.packGroups(tensor, packed, 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
