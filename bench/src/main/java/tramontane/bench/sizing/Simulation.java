package tramontane.bench.sizing;

import java.util.SplittableRandom;

/** Runs a scenario on a virtual clock. */
public final class Simulation {
    /**
     * A conversation leaves its replica when that has this many times the tokens of the least
     * loaded one, and the fleet's spare tokens more.
     */
    private static final double MAX_LOAD_RATIO = 1.5;

    private final Scenario scenario;
    private final Scenario.Fleet fleet;
    private final SplittableRandom random;
    private final Population population;
    private final Replica[] replicas;
    private final MinTree events;
    private final MinTree[] loads;

    /** The replica that each gateway sent a request last, so that idle ones take turns. */
    private final int[] last;

    private final LogHistogram firstToken = new LogHistogram();
    private final LogHistogram response = new LogHistogram();
    private final LogHistogram streamSpeed = new LogHistogram();
    private double now;
    private int open;
    private double openSeconds;
    private long answerTokens;
    private long promptTokens;
    private long cachedTokens;

    /** The replica whose event is being handled. */
    private int current;

    private boolean thinkersChanged;

    private Simulation(Scenario scenario) {
        this.scenario = scenario;
        fleet = scenario.fleet();
        random = new SplittableRandom(scenario.period().seed());
        population = new Population(scenario.arrivals(), random);
        replicas = new Replica[fleet.replicas()];
        for (int i = 0; i < replicas.length; i++) {
            replicas[i] = new Replica(fleet.times(), this::complete);
        }
        events = new MinTree(replicas.length, Double.POSITIVE_INFINITY);
        loads = new MinTree[fleet.gateways()];
        for (int i = 0; i < loads.length; i++) {
            loads[i] = new MinTree(replicas.length, 0);
        }
        last = new int[loads.length];
    }

    public static Outcome of(Scenario scenario) {
        return new Simulation(scenario).run();
    }

    private Outcome run() {
        double end = scenario.period().end();
        double busyBefore = 0;
        boolean warm = false;
        double arrival = population.next(now);
        while (true) {
            double next = Math.min(arrival, events.min());
            if (!warm && next >= scenario.period().warmUpSeconds()) {
                warm = true;
                busyBefore = busySeconds(scenario.period().warmUpSeconds());
            }
            if (next >= end) {
                break;
            }
            pass(next);
            if (arrival <= events.min()) {
                arrive();
                thinkersChanged = true;
            } else {
                current = events.first();
                replicas[current].advance();
                events.set(current, replicas[current].next());
            }
            if (thinkersChanged) {
                arrival = population.next(now);
                thinkersChanged = false;
            }
        }
        pass(end);
        return outcome(busySeconds(end) - busyBefore);
    }

    private void pass(double next) {
        double from = Math.max(now, scenario.period().warmUpSeconds());
        openSeconds += open * Math.max(0, next - from);
        now = next;
    }

    private double busySeconds(double time) {
        double sum = 0;
        for (Replica replica : replicas) {
            sum += replica.busySeconds(time);
        }
        return sum;
    }

    private void arrive() {
        Population.Asking asking = population.ask();
        int added = scenario.prompts().draw(random);
        int answer = scenario.answers().draw(random);
        int gateway = loads.length == 1 ? 0 : random.nextInt(loads.length);
        int prompt = asking.history() + added;
        int expected = prompt + scenario.answers().max();
        int chosen = choose(asking, gateway);
        Replica replica = replicas[chosen];
        boolean cached =
                asking.history() > 0
                        && chosen == asking.replica()
                        && replica.tokens() - asking.mark() <= fleet.cacheTokens();
        int uncomputed = cached ? added : prompt;
        if (now >= scenario.period().warmUpSeconds()) {
            promptTokens += prompt;
            cachedTokens += prompt - uncomputed;
        }
        addLoad(gateway, chosen, expected);
        open++;
        replica.add(
                new SimulatedRequest(
                        now, asking.user(), gateway, prompt, uncomputed, answer, expected),
                now);
        events.set(chosen, replica.next());
    }

    private int choose(Population.Asking asking, int gateway) {
        MinTree load = loads[gateway];
        int least = load.firstFrom((last[gateway] + 1) % replicas.length);
        int chosen =
                switch (fleet.routing()) {
                    case RANDOM -> random.nextInt(replicas.length);
                    case LOAD -> least;
                    case AFFINITY -> {
                        double bound = MAX_LOAD_RATIO * load.min() + fleet.spareTokens();
                        boolean stays = asking.history() > 0 && load.get(asking.replica()) <= bound;
                        yield stays ? asking.replica() : least;
                    }
                };
        last[gateway] = chosen;
        return chosen;
    }

    private void addLoad(int gateway, int replica, int tokens) {
        loads[gateway].set(replica, loads[gateway].get(replica) + tokens);
    }

    private void complete(SimulatedRequest request, double time) {
        open--;
        addLoad(request.gateway, current, -request.expectedTokens);
        population.answered(
                request.user, request.prompt + request.answer, current, replicas[current].tokens());
        thinkersChanged = true;
        if (time >= scenario.period().warmUpSeconds()) {
            answerTokens += request.answer;
        }
        if (request.arrival < scenario.period().warmUpSeconds()) {
            return;
        }
        firstToken.add(request.firstToken - request.arrival);
        response.add(time - request.arrival);
        if (request.answer > 1) {
            streamSpeed.add((request.answer - 1) / (time - request.firstToken));
        }
    }

    private Outcome outcome(double busySeconds) {
        double seconds = scenario.period().seconds();
        return new Outcome(
                response.total(),
                Outcome.Times.of(firstToken),
                Outcome.Times.of(response),
                new Outcome.Speed(answerTokens / seconds, streamSpeed.quantile(0.5)),
                busySeconds / (seconds * replicas.length),
                openSeconds / seconds,
                promptTokens == 0 ? 0 : (double) cachedTokens / promptTokens);
    }
}
