package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read from a machine's files, here made-up ones. */
class ThisMachineTest {
    @TempDir Path root;

    @Test
    void ofACoreWithTwoThreadsOneComputes() throws IOException {
        cpuinfo(8);
        assertThat(ThisMachine.cores(root, 8)).isEqualTo(4);
    }

    @Test
    void aProcessHasNoMoreCoresThanItMayRunOn() throws IOException {
        cpuinfo(8);
        write("proc/self/status", "Name:\tjava\nCpus_allowed_list:\t0-1,6\n");
        assertThat(ThisMachine.cores(root, 3)).as("both threads of a core, and one").isEqualTo(2);
    }

    @Test
    void aContainerMayAllowFewerThanThereAreCores() throws IOException {
        cpuinfo(8);
        assertThat(ThisMachine.cores(root, 2)).isEqualTo(2);
    }

    @Test
    void whereNothingIsSaidOfCoresAllProcessorsCount() {
        assertThat(ThisMachine.cores(root, 6)).isEqualTo(6);
    }

    @Test
    void theLeastLimitOnMemoryHolds() throws IOException {
        assertThat(ThisMachine.limitBytes(root)).isEqualTo(Long.MAX_VALUE);
        write("proc/self/cgroup", "0::/user/service\n");
        write("sys/fs/cgroup/user/service/memory.max", "max\n");
        assertThat(ThisMachine.limitBytes(root)).isEqualTo(Long.MAX_VALUE);
        write("sys/fs/cgroup/user/memory.max", "3000\n");
        assertThat(ThisMachine.limitBytes(root)).isEqualTo(3000);
        write("sys/fs/cgroup/memory.max", "2000\n");
        assertThat(ThisMachine.limitBytes(root)).isEqualTo(2000);
    }

    @Test
    void theHeapCountsAsItMayGrow() {
        long gib = 1L << 30;
        long small = ThisMachine.forModels(8 * gib, gib / 2);
        assertThat(small - ThisMachine.forModels(8 * gib, 2 * gib)).isEqualTo(3 * gib / 2);
        assertThat(small).isLessThan(8 * gib - gib / 2);
    }

    @Test
    void thereAreNoMoreConnectionsThanOpenFiles() throws IOException {
        assertThat(ThisMachine.connections(root, 4096)).isEqualTo(4096);
        String limits =
                "Limit   Soft Limit   Hard Limit   Units\nMax open files   1024   %s   files\n";
        write("proc/self/limits", limits.formatted("524288"));
        assertThat(ThisMachine.connections(root, 4096)).isEqualTo(4096);
        write("proc/self/limits", limits.formatted("1024"));
        assertThat(ThisMachine.connections(root, 4096)).isEqualTo(768);
        write("proc/self/limits", limits.formatted("unlimited"));
        assertThat(ThisMachine.connections(root, 4096)).isEqualTo(4096);
    }

    @Test
    void theOlderFormOfLimitsHoldsToo() throws IOException {
        write("proc/self/cgroup", "8:cpu,cpuacct:/job\n7:memory:/job\n");
        write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000\n");
        assertThat(ThisMachine.limitBytes(root)).isEqualTo(5000);
    }

    /** Threads 2 i and 2 i + 1 are core i. */
    private void cpuinfo(int threads) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int thread = 0; thread < threads; thread++) {
            text.append("processor\t: ").append(thread);
            text.append("\nphysical id\t: 0\ncore id\t\t: ").append(thread / 2).append("\n\n");
        }
        write("proc/cpuinfo", text.toString());
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
