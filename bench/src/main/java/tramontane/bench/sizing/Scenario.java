package tramontane.bench.sizing;

/** What is simulated. */
public record Scenario(
        Arrivals arrivals, Lengths prompts, Lengths answers, Fleet fleet, Period period) {
    /**
     * The servers.
     *
     * @param gateways each knows only the load of its own requests
     * @param spareTokens how far affinity goes, see {@link Simulation}
     * @param cacheTokens tokens of conversations that a replica keeps in its cache
     */
    public record Fleet(
            int replicas,
            int gateways,
            Routing routing,
            int spareTokens,
            StepTimes times,
            long cacheTokens) {
        Fleet withReplicas(int count) {
            return new Fleet(count, gateways, routing, spareTokens, times, cacheTokens);
        }
    }

    /**
     * What is measured.
     *
     * @param warmUpSeconds requests of this time are not counted
     */
    public record Period(double warmUpSeconds, double seconds, long seed) {
        double end() {
            return warmUpSeconds + seconds;
        }
    }

    /** The same with other step times. */
    public Scenario withTimes(StepTimes times) {
        Fleet changed =
                new Fleet(
                        fleet.replicas,
                        fleet.gateways,
                        fleet.routing,
                        fleet.spareTokens,
                        times,
                        fleet.cacheTokens);
        return new Scenario(arrivals, prompts, answers, changed, period);
    }

    /** The users, if there are any who ask again. */
    Arrivals.Users users() {
        if (arrivals instanceof Arrivals.Users users) {
            return users;
        }
        throw new IllegalArgumentException("each of these users asks once");
    }

    /** The same with another number of replicas. */
    public Scenario withReplicas(int count) {
        return new Scenario(arrivals, prompts, answers, fleet.withReplicas(count), period);
    }
}
