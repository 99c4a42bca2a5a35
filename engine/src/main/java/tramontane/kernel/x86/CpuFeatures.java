package tramontane.kernel.x86;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The instructions of this machine as the Linux kernel lists them. Unlike the cpuid instruction,
 * the list omits what the operating system has not enabled.
 *
 * @param vendor the manufacturer of the processor, as cpuid names it
 */
record CpuFeatures(String vendor, Set<String> flags) {
    private static final Path LIST = Path.of("/proc/cpuinfo");
    private static final Set<String> AVX2 = Set.of("avx2", "fma", "f16c");
    private static final Set<String> AMX = Set.of("amx_tile", "amx_int8");
    private static final Set<String> AVX512 =
            Set.of("avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni", "f16c");

    CpuFeatures {
        flags = Set.copyOf(flags);
    }

    /** Reads the list; the result is empty if there is none. */
    static CpuFeatures ofThisMachine() {
        if (!Files.isReadable(LIST) || !System.getProperty("os.arch", "").equals("amd64")) {
            return new CpuFeatures("", Set.of());
        }
        try {
            return parse(Files.readString(LIST));
        } catch (IOException e) {
            throw new UncheckedIOException(LIST + " cannot be read", e);
        }
    }

    /** Reads the entry of the first core. */
    static CpuFeatures parse(String list) {
        return new CpuFeatures(entry(list, "vendor_id"), Set.of(entry(list, "flags").split(" +")));
    }

    private static String entry(String list, String name) {
        return list.lines()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
    }

    boolean isAmd() {
        return vendor.equals("AuthenticAMD");
    }

    /**
     * True for the AMD cores that compute vectors of 512 bits in two halves: Zen 4. Zen 5, which
     * need not, also has AVX-VNNI.
     */
    boolean splitsVectors() {
        return isAmd() && hasAvx512Vnni() && !hasAvxVnni();
    }

    /** 256-bit integers and fma. */
    boolean hasAvx2() {
        return flags.containsAll(AVX2);
    }

    /** 256-bit byte dot products, in their VEX form. */
    boolean hasAvxVnni() {
        return hasAvx2() && flags.contains("avx_vnni");
    }

    /** 512-bit byte dot products. */
    boolean hasAvx512Vnni() {
        return flags.containsAll(AVX512);
    }

    /**
     * Products of bf16 in vectors of 512 bits that are as fast as an fma and do twice its work.
     * Intel's processors take four times as long.
     */
    boolean hasFastBf16Dots() {
        return isAmd() && hasAvx512Vnni() && flags.contains("avx512_bf16");
    }

    /** Products of bf16 matrices in tile registers. */
    boolean hasAmxBf16() {
        return hasAmx() && flags.contains("amx_bf16");
    }

    /** Products of int8 matrices in tile registers. */
    boolean hasAmx() {
        return hasAvx512Vnni() && flags.containsAll(AMX);
    }
}
