package tramontane.bench.sizing;

import java.util.SplittableRandom;

/**
 * What one user does, request after request. It depends only on the scenario's seed and the user's
 * number, so measured and simulated users do the same.
 */
final class UserDraws {
    /**
     * A request.
     *
     * @param thinkSeconds before it
     * @param seed of its prompt
     */
    record Next(double thinkSeconds, long seed, int promptTokens, int answerTokens) {}

    private final Scenario scenario;
    private final double thinkSeconds;
    private final SplittableRandom random;

    UserDraws(Scenario scenario, int user) {
        this.scenario = scenario;
        this.thinkSeconds = scenario.users().thinkSeconds();
        this.random = new SplittableRandom(scenario.period().seed() * 1_000_003 + user);
    }

    Next next() {
        return new Next(
                thinkSeconds * random.nextExponential(),
                random.nextLong(),
                scenario.prompts().draw(random),
                scenario.answers().draw(random));
    }
}
