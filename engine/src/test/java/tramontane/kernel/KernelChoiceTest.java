package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
    @Test
    void aMachineWithAvx512VnniGetsEmittedKernels() {
        Assumptions.assumeTrue(
                CpuFeatures.ofThisMachine().hasAvx512Vnni(), "this processor has no AVX-512 VNNI");
        assertThat(KernelChoice.of("").name()).isEqualTo("avx512");
    }

    @Test
    void slowerKernelsCanBeAskedFor() {
        assertThat(KernelChoice.of("scalar").name()).isEqualTo("scalar");
        assertThat(KernelChoice.of("vector").name()).startsWith("vector-");
    }

    @Test
    void anUnknownNameIsRefused() {
        assertThatThrownBy(() -> KernelChoice.of("fast"))
                .hasMessage("kernels are scalar, vector, avx2, avxvnni or avx512, not fast");
    }

    @Test
    void featuresAreReadFromWhatIsSaidOfTheFirstCore() {
        String list =
                "processor : 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2 fma f16c avx_vnni\nflags\t\t: avx512f\n";
        CpuFeatures features = CpuFeatures.parse(list);
        assertThat(features.hasAvx2()).isTrue();
        assertThat(features.hasAvxVnni()).isTrue();
        assertThat(features.hasAvx512Vnni()).isFalse();
        assertThat(features.isAmd()).isTrue();
        assertThat(CpuFeatures.parse("Features : fp asimd").hasAvx2()).isFalse();
    }
}
