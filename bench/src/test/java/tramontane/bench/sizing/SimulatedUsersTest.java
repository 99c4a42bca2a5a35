package tramontane.bench.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tramontane.bench.sizing.MeasuredUsers.Answered;

class SimulatedUsersTest {
    private static final double REQUEST_SECONDS = 0.006;

    private static Scenario scenario(int users, double think, double seconds) {
        return new Scenario(
                new Arrivals.Users(users, think, 1, 0),
                new Lengths.LogNormal(100, 0.7, 400),
                new Lengths.LogNormal(60, 0.7, 200),
                new Scenario.Fleet(
                        1, 1, Routing.LOAD, 0, new StepTimes(0.003, 0.001, 0.0005, 512, 32), 0),
                new Scenario.Period(seconds / 10, seconds, 1));
    }

    @Test
    void oneUserWaitsForNobody() {
        List<Answered> answers = SimulatedUsers.run(scenario(1, 3, 2000), REQUEST_SECONDS);
        assertThat(answers).hasSizeGreaterThan(300);
        for (Answered each : answers) {
            double first = REQUEST_SECONDS + 0.003 + 0.0005 * each.promptTokens();
            assertThat(each.firstSeconds()).isCloseTo(first, within(1e-9));
            assertThat(each.seconds())
                    .isCloseTo(first + 0.004 * (each.answerTokens() - 1), within(1e-9));
        }
    }

    /**
     * Users of the simulation whose next one is drawn at random have the same times in the mean.
     */
    @Test
    void manyUsersHaveTheTimesOfTheLargeSimulation() {
        Scenario scenario = scenario(12, 3, 100_000);
        List<Answered> answers = SimulatedUsers.run(scenario, 0);
        Outcome outcome = Simulation.of(scenario);
        double first = answers.stream().mapToDouble(Answered::firstSeconds).average().orElse(0);
        double whole = answers.stream().mapToDouble(Answered::seconds).average().orElse(0);
        assertThat(first).isCloseTo(outcome.firstToken().mean(), within(0.02 * first));
        assertThat(whole).isCloseTo(outcome.response().mean(), within(0.02 * whole));
    }

    @Test
    void measuredUsersAskTheSame() throws Exception {
        Scenario scenario = scenario(3, 0.02, 0.5);
        var measured = new ConcurrentHashMap<Long, Integer>();
        AtomicInteger asked = new AtomicInteger();
        new MeasuredUsers(
                        scenario,
                        (seed, prompt, answer) -> {
                            measured.put(seed, prompt);
                            asked.incrementAndGet();
                            return new Answered(0, 0, prompt, answer);
                        })
                .run();
        for (int user = 0; user < 3; user++) {
            UserDraws.Next first = new UserDraws(scenario, user).next();
            assertThat(measured).containsEntry(first.seed(), first.promptTokens());
        }
        assertThat(measured).hasSize(asked.get());
    }
}
