package tramontane.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tramontane.completion.Answering;

/** Many requests for three models, with memory for two. */
class CrowdedPoolTest {
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int CALLERS = 6;
    private static final int REQUESTS = 25;

    /** A loaded model maps at least one slab of this size. */
    private static final long SLAB_BYTES = 64L << 20;

    @TempDir Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void everyRequestIsAnsweredAsAloneAndAllMemoryIsFreed() throws Exception {
        Path a = TinyPool.write(folder, "a.gguf", 1);
        Path b = TinyPool.write(folder, "b.gguf", 2);
        Path c = TinyPool.write(folder, "c.gguf", 3);
        PooledModel[] models = {TinyPool.model(a), TinyPool.model(b), TinyPool.model(c)};
        PoolSettings room = TinyPool.roomFor(2.5, a);
        Map<String, String> alone = new HashMap<>();
        try (TinyPool pool = new TinyPool(TinyPool.roomFor(3, a), models)) {
            for (String name : NAMES) {
                alone.put(name, pool.answer(name));
            }
        }
        long enginesBefore = threads("tramontane-engine");
        long before = mappedBytes();
        try (TinyPool pool = new TinyPool(room, models);
                ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(caller);
                all.add(callers.submit(calls(pool, random, alone, enginesBefore)));
            }
            int answered = 0;
            for (Future<Integer> each : all) {
                answered += each.get();
            }
            assertThat(answered).isGreaterThan(CALLERS * REQUESTS / 2);
            assertThat(pool.pool.occupancy().running()).isZero();
        }
        assertThat(threads("tramontane-engine")).isEqualTo(enginesBefore);
        assertThat(threads("tramontane-loader")).isZero();
        // Hundreds of models were loaded, so that a leak would show.
        assertThat(mappedBytes() - before).isLessThan(4 * SLAB_BYTES);
    }

    /** Some requests are cancelled while they wait or are answered. */
    private static Callable<Integer> calls(
            TinyPool pool, Random random, Map<String, String> alone, long enginesBefore) {
        return () -> {
            int answered = 0;
            for (int i = 0; i < REQUESTS; i++) {
                String name = NAMES.get(random.nextInt(NAMES.size()));
                try (Answering answering = pool.ask(name)) {
                    if (random.nextInt(4) == 0) {
                        answering
                                .completion()
                                .poll(java.time.Duration.ofMillis(random.nextInt(20)));
                    } else {
                        assertThat(TinyPool.text(answering)).isEqualTo(alone.get(name));
                        answered++;
                    }
                }
                assertThat(threads("tramontane-engine") - enginesBefore).isLessThanOrEqualTo(2);
            }
            return answered;
        };
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .count();
    }

    private static long mappedBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmSize:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
