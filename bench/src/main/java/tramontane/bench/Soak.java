package tramontane.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Callers of all kinds at once, for minutes: short and long prompts, streams and whole answers,
 * several choices, shared beginnings, predictions, and callers who leave in the middle. Nothing may
 * fail; memory, threads and files must stay flat; and when all have left, the engine must be idle
 * with every block free.
 *
 * <p>The first third is not judged: in it the cache is filled for the first time, the heap finds
 * its size and the compiler comes to rest. Then the medians of the other two are compared.
 */
final class Soak {
    private static final int CALLERS = 12;
    private static final int ERRORS_KEPT = 20;
    private static final Duration SAMPLE_EVERY = Duration.ofSeconds(2);

    /** Maximum time for the engine to become idle after all callers have left. */
    private static final Duration COMES_TO_REST = Duration.ofSeconds(20);

    private static final String SHARED =
            "You are a careful clerk in a harbour office and you answer in full sentences. "
                    .repeat(20);

    private final ChatClient client;
    private final ServerProcess server;
    private final Duration duration;
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong left = new AtomicLong();
    private final Queue<String> errors = new ArrayBlockingQueue<>(ERRORS_KEPT);
    private final AtomicLong failed = new AtomicLong();
    private final List<Vitals> samples = new ArrayList<>();

    Soak(ChatClient client, ServerProcess server, Duration duration) {
        this.client = client;
        this.server = server;
        this.duration = duration;
    }

    /** Runs the load and returns a report; {@code passed} is true if every condition held. */
    ObjectNode run(PrintStream out) throws IOException, InterruptedException {
        long end = System.nanoTime() + duration.toNanos();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                int caller = i;
                callers.execute(() -> call(new SplittableRandom(caller), end));
            }
            while (System.nanoTime() < end) {
                Thread.sleep(SAMPLE_EVERY);
                samples.add(Vitals.of(server.process().pid()));
                if (samples.size() % 30 == 0) {
                    say(out);
                }
            }
        }
        return report();
    }

    private void say(PrintStream out) {
        Vitals now = samples.getLast();
        out.printf(
                "%d answers, %d left early, %d failed, %d MiB, %d threads, %d files%n",
                answers.get(),
                left.get(),
                failed.get(),
                now.anonymousBytes() >> 20,
                now.threads(),
                now.files());
    }

    private ObjectNode report() throws IOException, InterruptedException {
        int third = samples.size() / 3;
        Vitals middle = Vitals.median(samples.subList(third, 2 * third));
        Vitals last = Vitals.median(samples.subList(2 * third, samples.size()));
        boolean flat = last.isNoMoreThan(middle);
        JsonNode rest = rest();
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("minutes", duration.toSeconds() / 60.0).put("callers", CALLERS);
        json.put("answers", answers.get()).put("leftEarly", left.get());
        json.put("failed", failed.get());
        json.set("middleThird", middle.toJson());
        json.set("lastThird", last.toJson());
        json.set("afterwards", rest);
        errors.forEach(json.withArray("errors")::add);
        json.put("flat", flat).put("atRest", isAtRest(rest));
        return json.put("passed", failed.get() == 0 && flat && isAtRest(rest) && answers.get() > 0);
    }

    /** The engine's load once it is idle, or after the time in which it should have become idle. */
    private JsonNode rest() throws IOException, InterruptedException {
        long end = System.nanoTime() + COMES_TO_REST.toNanos();
        JsonNode load = client.load();
        while (!isAtRest(load) && System.nanoTime() < end) {
            Thread.sleep(100);
            load = client.load();
        }
        return load;
    }

    private static boolean isAtRest(JsonNode load) {
        return load.path("running").asInt() == 0
                && load.path("waiting_tokens").asInt() == 0
                && load.path("free_blocks").asInt() == load.path("blocks").asInt();
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
