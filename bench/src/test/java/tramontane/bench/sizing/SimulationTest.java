package tramontane.bench.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** Compares the simulation with queues whose solution is known. */
class SimulationTest {
    private static final int MANY = 1 << 30;

    /** One request at a time, and a millisecond for each token of its prompt. */
    private static final StepTimes SINGLE = new StepTimes(0, 0, 0.001, MANY, 1);

    /** Batches, with times as those of a small model on two cores. */
    private static final StepTimes BATCH = new StepTimes(0.0085, 0.00215, 0.0015, 512, 32);

    private static final Lengths ONE = new Lengths.Fixed(1);

    private static Outcome single(Arrivals arrivals, Lengths service, double seconds) {
        return Simulation.of(
                new Scenario(
                        arrivals,
                        service,
                        ONE,
                        new Scenario.Fleet(1, 1, Routing.RANDOM, 0, SINGLE, 0),
                        new Scenario.Period(1000, seconds, 1)));
    }

    private static Scenario batch(Routing routing, int users, int replicas) {
        return batch(routing, users, replicas, 1500);
    }

    private static Scenario batch(Routing routing, int users, int replicas, double seconds) {
        return new Scenario(
                new Arrivals.Users(users, 30, 4, 2000),
                new Lengths.LogNormal(60, 1, 2000),
                new Lengths.LogNormal(120, 0.8, 1024),
                new Scenario.Fleet(replicas, 1, routing, 8192, BATCH, 20_000),
                new Scenario.Period(300, seconds, 7));
    }

    /** Response time 1 / (service rate - arrival rate), utilization their ratio. */
    @Test
    void exponentialServiceIsAnMm1Queue() {
        Lengths service = new Lengths.Exponential(1000, MANY);
        for (double load : new double[] {0.3, 0.7, 0.8}) {
            Outcome outcome = single(new Arrivals.Open(load), service, 2e6);
            assertThat(outcome.response().mean())
                    .isCloseTo(1 / (1 - load), Percentage.withPercentage(2));
            assertThat(outcome.utilization()).isCloseTo(load, Percentage.withPercentage(1));
            assertThat(outcome.openRequests())
                    .isCloseTo(load / (1 - load), Percentage.withPercentage(2));
            // The response time is exponential, too.
            assertThat(outcome.response().p95())
                    .isCloseTo(Math.log(20) / (1 - load), Percentage.withPercentage(3));
        }
    }

    /** Pollaczek and Khinchine: the wait is half of that of an M/M/1 queue. */
    @Test
    void fixedServiceIsAnMd1Queue() {
        for (double load : new double[] {0.3, 0.7, 0.8}) {
            Outcome outcome = single(new Arrivals.Open(load), new Lengths.Fixed(1000), 2e6);
            assertThat(outcome.response().mean())
                    .isCloseTo(1 + load / (2 * (1 - load)), Percentage.withPercentage(2));
        }
    }

    /** The machine repair model: users who think, before one exponential server. */
    @Test
    void fewUsersAreAClosedQueue() {
        int users = 10;
        double think = 8;
        double empty = 1;
        double term = 1;
        for (int n = 1; n <= users; n++) {
            term *= (users - n + 1) / think;
            empty += term;
        }
        double throughput = 1 - 1 / empty;
        Outcome outcome =
                single(
                        new Arrivals.Users(users, think, 1, MANY),
                        new Lengths.Exponential(1000, MANY),
                        2e6);
        assertThat(outcome.utilization()).isCloseTo(throughput, Percentage.withPercentage(1));
        assertThat(outcome.response().mean())
                .isCloseTo(users / throughput - think, Percentage.withPercentage(2));
    }

    @Test
    void littlesLawHoldsForBatchesOnManyReplicas() {
        for (Routing routing : Routing.values()) {
            Outcome outcome = Simulation.of(batch(routing, 400, 8, 20_000));
            double perSecond = outcome.requests() / 20_000.0;
            assertThat(outcome.openRequests())
                    .as(routing.name())
                    .isCloseTo(perSecond * outcome.response().mean(), Percentage.withPercentage(3));
            // And for the users: they think or wait.
            assertThat(perSecond * (30 + outcome.response().mean()))
                    .isCloseTo(400, Percentage.withPercentage(3));
        }
    }

    @Test
    void theSameSeedGivesTheSame() {
        assertThat(Simulation.of(batch(Routing.AFFINITY, 200, 4)))
                .isEqualTo(Simulation.of(batch(Routing.AFFINITY, 200, 4)));
    }

    @Test
    void routingByLoadWaitsLessThanByChanceAndAffinityFindsTheCache() {
        Outcome random = Simulation.of(batch(Routing.RANDOM, 700, 16));
        Outcome least = Simulation.of(batch(Routing.LOAD, 700, 16));
        Outcome affinity = Simulation.of(batch(Routing.AFFINITY, 700, 16));
        assertThat(least.firstToken().p95()).isLessThan(random.firstToken().p95());
        assertThat(affinity.cachedShare()).isGreaterThan(4 * least.cachedShare());
        assertThat(affinity.firstToken().p95()).isLessThan(least.firstToken().p95());
    }

    @Test
    void anIdleReplicaTakesItsStepTimes() {
        Outcome outcome =
                Simulation.of(
                        new Scenario(
                                new Arrivals.Open(1e-3),
                                new Lengths.Fixed(100),
                                new Lengths.Fixed(11),
                                new Scenario.Fleet(1, 1, Routing.LOAD, 0, BATCH, 0),
                                new Scenario.Period(0, 1e6, 3)));
        double first = 0.0085 + 100 * 0.0015;
        assertThat(outcome.firstToken().p50()).isCloseTo(first, Percentage.withPercentage(1));
        assertThat(outcome.response().mean())
                .isCloseTo(first + 10 * (0.0085 + 0.00215), within(1e-3));
        assertThat(outcome.speed().stream())
                .isCloseTo(1 / (0.0085 + 0.00215), Percentage.withPercentage(1));
    }
}
