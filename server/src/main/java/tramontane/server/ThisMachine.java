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
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;

/** Detects physical cores and memory, within the limits of the container. */
final class ThisMachine {
    /** Fraction of the available memory that is left to other programs. */
    private static final double SPARE = 0.1;

    /** Memory of the JVM besides its heap: code, classes, threads and buffers. */
    private static final long OWN_BYTES = 256L << 20;

    /** Open files besides connections: jars, the model, Jetty's own. */
    private static final long OWN_FILES = 256;

    private ThisMachine() {}

    /** Measures the machine, and starts choosing kernels in the background. */
    static Machine measure() {
        String wanted = System.getProperty("tramontane.kernels", "");
        CompletableFuture<Kernels> kernels =
                CompletableFuture.supplyAsync(() -> KernelChoice.of(wanted));
        return new Machine(cores(), availableBytes(), kernels::join, InstantSource.system());
    }

    /** Measures the machine for reading headers of models, which needs no fast kernels. */
    static Machine forHeaders() {
        return new Machine(cores(), availableBytes(), ScalarKernels::new, InstantSource.system());
    }

    private static int cores() {
        return cores(Path.of("/"), Runtime.getRuntime().availableProcessors());
    }

    /**
     * Number of physical cores: two hardware threads of one core share its arithmetic units, so
     * only one computes.
     *
     * @param root the directory that contains {@code proc} and {@code sys}
     * @param allowed number of processors that the system and the container let this process use
     */
    static int cores(Path root, int allowed) {
        Set<Integer> own = processors(root);
        Set<String> cores = new HashSet<>();
        boolean counts = false;
        String socket = "";
        for (String line : lines(root.resolve("proc/cpuinfo"))) {
            if (line.startsWith("processor")) {
                counts =
                        own.isEmpty() || own.contains(Integer.parseInt(line.replaceAll("\\D", "")));
            } else if (line.startsWith("physical id")) {
                socket = line;
            } else if (line.startsWith("core id") && counts) {
                cores.add(socket + line);
            }
        }
        return cores.isEmpty() ? allowed : Math.min(allowed, cores.size());
    }

    /** The processors that this process may run on. */
    private static Set<Integer> processors(Path root) {
        Set<Integer> own = new HashSet<>();
        for (String line : lines(root.resolve("proc/self/status"))) {
            if (line.matches("Cpus_allowed_list:\\s*[\\d,-]+")) {
                for (String range : line.replaceFirst(".*:\\s*", "").split(",")) {
                    String[] ends = range.split("-");
                    int last = Integer.parseInt(ends[ends.length - 1]);
                    for (int each = Integer.parseInt(ends[0]); each <= last; each++) {
                        own.add(each);
                    }
                }
            }
        }
        return own;
    }

    /** The memory for models, now and without other programs. */
    static ModelMemory memory() {
        return new ModelMemory(availableBytes(), forModels(physicalBytes()));
    }

    private static long availableBytes() {
        return forModels(freeBytes());
    }

    private static long forModels(long bytes) {
        return forModels(
                Math.min(bytes, limitBytes(Path.of("/"))), Runtime.getRuntime().maxMemory());
    }

    /** The memory left for models when the heap has its maximum size. */
    static long forModels(long bytes, long maxHeapBytes) {
        return (long) (bytes * (1 - SPARE)) - OWN_BYTES - maxHeapBytes;
    }

    /** How many connections this process may open, at most {@code most}: each is an open file. */
    static int connections(int most) {
        return connections(Path.of("/"), most);
    }

    static int connections(Path root, int most) {
        // Max open files            1024                 524288               files
        // The JVM raises its soft limit to the hard one.
        return lines(root.resolve("proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.trim().split("\\s+"))
                .filter(words -> words.length > 4 && words[4].matches("\\d{1,9}"))
                .findFirst()
                .map(words -> (int) Math.clamp(Long.parseLong(words[4]) - OWN_FILES, 16, most))
                .orElse(most);
    }

    private static long freeBytes() {
        return lines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .findFirst()
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .orElseGet(ThisMachine::physicalBytes);
    }

    /**
     * The lowest memory limit of this process's control group and those above it: in a container
     * the group is the root; otherwise it may belong to a service or a user.
     *
     * @param root the directory that contains {@code proc} and {@code sys}
     */
    static long limitBytes(Path root) {
        Path groups = root.resolve("sys/fs/cgroup");
        long least = Long.MAX_VALUE;
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            // 0::/path, or in the older version 7:memory:/path
            String[] parts = line.split(":", 3);
            boolean old = parts.length == 3 && List.of(parts[1].split(",")).contains("memory");
            if (old || line.startsWith("0::")) {
                Path base = old ? groups.resolve("memory") : groups;
                String file = old ? "memory.limit_in_bytes" : "memory.max";
                Path group = Path.of(parts[2]).normalize();
                for (int depth = group.getNameCount(); depth >= 0; depth--) {
                    Path at = depth > 0 ? base.resolve(group.subpath(0, depth)) : base;
                    least = Math.min(least, number(at.resolve(file)).orElse(Long.MAX_VALUE));
                }
            }
        }
        return least;
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
            // Not Linux, or a container that hides the file: callers use a default.
            return List.of();
        }
    }
}
