package tramontane.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Callers of all kinds at once, for minutes: short and long prompts, streams and whole answers,
 * several choices, shared beginnings, predictions, and callers who leave in the middle. Nothing may
 * fail, memory must stay flat, and the engine must be idle when all have left.
 */
final class Soak {
    private static final int CALLERS = 12;
    private static final int ERRORS_KEPT = 20;
    private static final Duration SAMPLE_EVERY = Duration.ofSeconds(2);

    /** Above the middle third's highest, the last third's highest may lie by this much. */
    private static final double GROWTH_ALLOWED = 1.05;

    private static final String SHARED =
            "You are a careful clerk in a harbour office and you answer in full sentences. "
                    .repeat(20);

    private final ChatClient client;
    private final Duration duration;
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong left = new AtomicLong();
    private final Queue<String> errors = new ArrayBlockingQueue<>(ERRORS_KEPT);
    private final AtomicLong failed = new AtomicLong();

    Soak(ChatClient client, Duration duration) {
        this.client = client;
        this.duration = duration;
    }

    /** What happened; {@code passed} tells whether that is as it should be. */
    ObjectNode run(Optional<Long> pid, PrintStream out) throws InterruptedException {
        long end = System.nanoTime() + duration.toNanos();
        List<Long> resident = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                int caller = i;
                callers.execute(() -> call(new SplittableRandom(caller), end));
            }
            for (int sample = 0; System.nanoTime() < end; sample++) {
                Thread.sleep(SAMPLE_EVERY);
                pid.ifPresent(server -> resident.add(Memory.of(server).residentBytes()));
                if (sample % 30 == 29) {
                    out.printf(
                            "%d answers, %d left early, %d failed, %d MiB%n",
                            answers.get(),
                            left.get(),
                            failed.get(),
                            resident.isEmpty() ? 0 : resident.getLast() >> 20);
                }
            }
        }
        return report(resident);
    }

    private ObjectNode report(List<Long> resident) {
        int third = resident.size() / 3;
        long middle = highest(resident.subList(third, 2 * third));
        long last = highest(resident.subList(2 * third, resident.size()));
        boolean flat = last <= GROWTH_ALLOWED * middle;
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("minutes", duration.toSeconds() / 60.0).put("callers", CALLERS);
        json.put("answers", answers.get()).put("leftEarly", left.get());
        json.put("failed", failed.get()).put("residentMiddleBytes", middle);
        json.put("residentLastBytes", last).put("flat", flat);
        errors.forEach(json.withArray("errors")::add);
        return json.put("passed", failed.get() == 0 && flat && answers.get() > 0);
    }

    private static long highest(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private void call(SplittableRandom random, long end) {
        while (System.nanoTime() < end) {
            try {
                ask(random);
            } catch (IOException e) {
                failed.incrementAndGet();
                // Once full, more of them would say nothing new.
                boolean unused = errors.offer(String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void ask(SplittableRandom random) throws IOException, InterruptedException {
        String about = "Tell me about number " + random.nextInt(100_000) + " and the sea. ";
        int tokens = 4 + random.nextInt(60);
        switch (random.nextInt(6)) {
            case 0 -> client.whole(client.body(about, tokens));
            case 1 -> client.whole(client.body(about, tokens).put("n", 2 + random.nextInt(2)));
            case 2 -> client.stream(client.body(SHARED + about, tokens));
            case 3 -> client.stream(client.body(about.repeat(1 + random.nextInt(60)), tokens));
            case 4 -> {
                ObjectNode body = client.body("Repeat this sentence: " + about, tokens);
                body.putObject("prediction").put("type", "content").put("content", about);
                client.stream(body);
            }
            default -> {
                client.leaveAfter(client.body(about, 200), random.nextInt(3000));
                left.incrementAndGet();
            }
        }
        answers.incrementAndGet();
    }
}
