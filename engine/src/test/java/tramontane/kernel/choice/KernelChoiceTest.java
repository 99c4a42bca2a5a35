package tramontane.kernel.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tramontane.kernel.x86.InstructionSet;

class KernelChoiceTest {
    @Test
    void aMachineWithAvx512VnniGetsEmittedKernels() {
        Assumptions.assumeTrue(
                InstructionSet.AVX512_VNNI.runsHere(), "this processor has no AVX-512 VNNI");
        assertThat(KernelChoice.of("avx512").name()).isEqualTo("avx512");
        String best = InstructionSet.AMX.runsHere() ? "amx" : "avx512";
        assertThat(KernelChoice.of("").name()).isEqualTo(best);
    }

    @Test
    void slowerKernelsCanBeChosen() {
        assertThat(KernelChoice.of("scalar").name()).isEqualTo("scalar");
        assertThat(KernelChoice.of("vector").name()).startsWith("vector-");
    }

    @Test
    void anUnknownNameIsRefused() {
        assertThatThrownBy(() -> KernelChoice.of("fast"))
                .hasMessage("kernels are scalar, vector, avx2, avxvnni, avx512 or amx, not fast");
    }
}
