package tramontane.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import tramontane.backend.Machine;
import tramontane.kernel.KernelChoice;
import tramontane.kernel.Kernels;

/**
 * Finds out what this machine has: physical cores and memory, within the limits of its container.
 */
final class ThisMachine {
    /** Part of the free memory that is left to everything else. */
    private static final double SPARE = 0.1;

    /** Java's own heap and code, which the model must not take. */
    private static final long OWN_BYTES = 512L << 20;

    private ThisMachine() {}

    /**
     * Also begins to choose the kernels; what comes before the model's file is read beside that.
     */
    static Machine measure() {
        String wanted = System.getProperty("tramontane.kernels", "");
        CompletableFuture<Kernels> kernels =
                CompletableFuture.supplyAsync(() -> KernelChoice.of(wanted));
        return new Machine(cores(), availableBytes(), kernels::join, InstantSource.system());
    }

    /** Two threads of one core share its arithmetic units, so only one of them computes. */
    private static int cores() {
        int allowed = Runtime.getRuntime().availableProcessors();
        Set<String> cores = new HashSet<>();
        String socket = "";
        for (String line : lines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("physical id")) {
                socket = line;
            } else if (line.startsWith("core id")) {
                cores.add(socket + line);
            }
        }
        return cores.isEmpty() ? allowed : Math.min(allowed, cores.size());
    }

    private static long availableBytes() {
        long bytes =
                lines(Path.of("/proc/meminfo")).stream()
                        .filter(line -> line.startsWith("MemAvailable:"))
                        .findFirst()
                        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                        .orElseGet(ThisMachine::physicalBytes);
        for (String limit :
                List.of(
                        "/sys/fs/cgroup/memory.max",
                        "/sys/fs/cgroup/memory/memory.limit_in_bytes")) {
            bytes = Math.min(bytes, number(Path.of(limit)).orElse(Long.MAX_VALUE));
        }
        return (long) (bytes * (1 - SPARE)) - OWN_BYTES;
    }

    private static long physicalBytes() {
        var system = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
        return system instanceof com.sun.management.OperatingSystemMXBean bean
                ? bean.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }

    private static Optional<Long> number(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() || !lines.getFirst().matches("\\d{1,18}")
                ? Optional.empty()
                : Optional.of(Long.parseLong(lines.getFirst()));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            // Another system, or a container that hides it: the caller has something to fall back
            // on.
            return List.of();
        }
    }
}
