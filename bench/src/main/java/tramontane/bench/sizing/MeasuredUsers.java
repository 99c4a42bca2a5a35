package tramontane.bench.sizing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * An answer of the real server.
     *
     * @param promptTokens without those that the cache had
     */
    public record Answered(
            double firstSeconds, double seconds, int promptTokens, int answerTokens) {}

    private final Scenario scenario;
    private final Server server;

    public MeasuredUsers(Scenario scenario, Server server) {
        this.scenario = scenario;
        this.server = server;
    }

    /** All answers to requests of the scenario's period. */
    public List<Answered> run() throws InterruptedException, ExecutionException {
        long begin = System.nanoTime();
        List<Answered> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Answered>>> futures = new ArrayList<>();
            for (int user = 0; user < scenario.users().count(); user++) {
                UserDraws draws = new UserDraws(scenario, user);
                Callable<List<Answered>> task = () -> user(draws, begin);
                futures.add(threads.submit(task));
            }
            for (Future<List<Answered>> each : futures) {
                all.addAll(each.get());
            }
        }
        return all;
    }

    private List<Answered> user(UserDraws draws, long begin)
            throws IOException, InterruptedException {
        List<Answered> answers = new ArrayList<>();
        while (true) {
            UserDraws.Next next = draws.next();
            Thread.sleep((long) (1000 * next.thinkSeconds()));
            double asked = (System.nanoTime() - begin) * 1e-9;
            if (asked > scenario.period().end()) {
                return answers;
            }
            Answered answered = server.ask(next.seed(), next.promptTokens(), next.answerTokens());
            if (asked > scenario.period().warmUpSeconds()) {
                answers.add(answered);
            }
        }
    }
}
