package tramontane.kernel.choice;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tramontane.kernel.Kernels;

/** The kernels that this machine runs, besides the scalar ones. */
public final class KernelsHere {
    private static final List<String> NAMES = List.of("vector", "avx2", "avxvnni", "avx512", "amx");

    private KernelsHere() {}

    /** All of them by their names, the slowest first. */
    public static Map<String, Kernels> all() {
        Map<String, Kernels> found = new LinkedHashMap<>();
        for (String name : NAMES) {
            try {
                found.put(name, KernelChoice.of(name));
            } catch (IllegalArgumentException notOnThisMachine) {
                continue;
            }
        }
        return found;
    }
}
