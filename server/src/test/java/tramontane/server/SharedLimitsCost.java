package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.server.GatewayProcesses.SHORT;
import static tramontane.server.GatewayProcesses.limits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.server.GatewayProcesses.Gateway;

/**
 * Measures what shared limits cost a request. No test, so Surefire runs it by its name only: {@code
 * -Dtest=SharedLimitsCost -Dpostgres.fsync=true}.
 */
class SharedLimitsCost {
    @TempDir Path folder;

    /** The same requests in turn, with a key without limits and one with all. */
    @Test
    void whatSharedLimitsCostARequest() throws Exception {
        long far = 1_000_000_000;
        try (GatewayProcesses all = new GatewayProcesses(folder)) {
            List<String> keys =
                    List.of(
                            all.key("free", limits(0, 0, 0, 0)),
                            all.key("all", limits(far, far, far, far)));
            Gateway gateway = all.start("a");
            for (int clients : new int[] {1, 16}) {
                List<List<Double>> millis = List.of(new ArrayList<>(), new ArrayList<>());
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    List<Callable<Void>> work = new ArrayList<>();
                    for (int client = 0; client < clients; client++) {
                        work.add(() -> measure(all, gateway, keys, millis, 4000 / clients));
                    }
                    for (Future<Void> each : threads.invokeAll(work)) {
                        assertThat(each.get()).isNull();
                    }
                }
                System.out.printf(
                        "%d clients: without limits %s, with shared limits %s%n",
                        clients, shown(millis.get(0)), shown(millis.get(1)));
            }
        }
    }

    private static Void measure(
            GatewayProcesses all,
            Gateway gateway,
            List<String> keys,
            List<List<Double>> millis,
            int rounds)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < 2; i++) {
                long start = System.nanoTime();
                assertThat(all.ask(gateway, keys.get(i), SHORT.formatted(false)).statusCode())
                        .isEqualTo(200);
                double took = (System.nanoTime() - start) / 1e6;
                if (round >= rounds / 4) {
                    synchronized (millis) {
                        millis.get(i).add(took);
                    }
                }
            }
        }
        return null;
    }

    private static String shown(List<Double> millis) {
        millis.sort(null);
        return "p50 %.2f ms, p99 %.2f ms"
                .formatted(millis.get(millis.size() / 2), millis.get(millis.size() * 99 / 100));
    }
}
