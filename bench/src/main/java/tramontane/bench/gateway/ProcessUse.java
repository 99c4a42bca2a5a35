package tramontane.bench.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a process of this machine has used so far; zero where the system has no {@code /proc}.
 *
 * @param residentBytes of its memory now
 */
record ProcessUse(Duration processorTime, long residentBytes) {
    static ProcessUse of(long process) {
        Duration time =
                ProcessHandle.of(process)
                        .flatMap(handle -> handle.info().totalCpuDuration())
                        .orElse(Duration.ZERO);
        return new ProcessUse(time, residentBytes(process));
    }

    private static long residentBytes(long process) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            // Another system, or the process has ended, which its client reports.
            return 0;
        }
    }
}
