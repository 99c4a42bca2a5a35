package tramontane.bench.sizing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Lets users of a scenario, each a thread, ask a real server. */
public final class MeasuredUsers {
    /** Asks a server for an answer of this many tokens; its prompt has about as many as wanted. */
    @FunctionalInterface
    public interface Server {
        Answered ask(long seed, int promptTokens, int answerTokens)
                throws IOException, InterruptedException;
    }

    /** An answer of the real server. */
    public record Answered(
            double firstSeconds, double seconds, int promptTokens, int answerTokens) {}

    private final Scenario scenario;
    private final Server server;

    public MeasuredUsers(Scenario scenario, Server server) {
        this.scenario = scenario;
        this.server = server;
    }

    /** All answers to requests of the scenario's period. */
    public List<Answered> run(Arrivals.Users users)
            throws InterruptedException, ExecutionException {
        long begin = System.nanoTime();
        List<Answered> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Answered>>> futures = new ArrayList<>();
            for (int user = 0; user < users.count(); user++) {
                SplittableRandom random =
                        new SplittableRandom(scenario.period().seed() * 1_000_003 + user);
                Callable<List<Answered>> task = () -> user(users.thinkSeconds(), random, begin);
                futures.add(threads.submit(task));
            }
            for (Future<List<Answered>> each : futures) {
                all.addAll(each.get());
            }
        }
        return all;
    }

    private List<Answered> user(double thinkSeconds, SplittableRandom random, long begin)
            throws IOException, InterruptedException {
        List<Answered> answers = new ArrayList<>();
        while (true) {
            Thread.sleep((long) (1000 * thinkSeconds * random.nextExponential()));
            double asked = (System.nanoTime() - begin) * 1e-9;
            if (asked > scenario.period().end()) {
                return answers;
            }
            Answered answered =
                    server.ask(
                            random.nextLong(),
                            scenario.prompts().draw(random),
                            scenario.answers().draw(random));
            if (asked > scenario.period().warmUpSeconds()) {
                answers.add(answered);
            }
        }
    }
}
