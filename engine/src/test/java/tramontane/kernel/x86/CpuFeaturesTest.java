package tramontane.kernel.x86;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
    @Test
    void featuresAreReadFromTheEntryOfTheFirstCore() {
        String list =
                "processor : 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2 fma f16c avx_vnni\nflags\t\t: avx512f\n";
        CpuFeatures features = CpuFeatures.parse(list);
        assertThat(features.hasAvx2()).isTrue();
        assertThat(features.hasAvxVnni()).isTrue();
        assertThat(features.hasAvx512Vnni()).isFalse();
        assertThat(features.isAmd()).isTrue();
        String avx512 = "flags : f16c avx512f avx512bw avx512vl avx512dq avx512_vnni amx_tile";
        assertThat(CpuFeatures.parse(avx512).hasAvx512Vnni()).isTrue();
        assertThat(CpuFeatures.parse(avx512).hasAmx()).isFalse();
        assertThat(CpuFeatures.parse(avx512 + " amx_int8").hasAmx()).isTrue();
        String dots = avx512 + " avx512_bf16";
        assertThat(CpuFeatures.parse("vendor_id : AuthenticAMD\n" + dots).hasFastBf16Dots())
                .isTrue();
        assertThat(CpuFeatures.parse("vendor_id : AuthenticAMD\n" + avx512).hasFastBf16Dots())
                .isFalse();
        assertThat(CpuFeatures.parse("vendor_id : GenuineIntel\n" + dots).hasFastBf16Dots())
                .isFalse();
        assertThat(CpuFeatures.parse("Features : fp asimd").hasAvx2()).isFalse();
    }

    @Test
    void panelsAreNotUsedOnZen4() {
        String avx512 = "flags : avx2 fma f16c avx512f avx512bw avx512vl avx512dq avx512_vnni";
        String amd = "vendor_id : AuthenticAMD\n" + avx512;
        String intel = "vendor_id : GenuineIntel\n" + avx512;
        InstructionSet set = InstructionSet.AVX512_VNNI;
        assertThat(set.usesPanels(CpuFeatures.parse(amd))).isFalse();
        assertThat(set.usesPanels(CpuFeatures.parse(amd + " avx_vnni"))).isTrue();
        assertThat(set.usesPanels(CpuFeatures.parse(intel))).isTrue();
        assertThat(InstructionSet.AVX2.usesPanels(CpuFeatures.parse(amd))).isTrue();
    }
}
