package tramontane.bench.sizing;

/** A request on its way through a replica. */
final class SimulatedRequest {
    final double arrival;
    final int user;
    final int gateway;
    final int prompt;
    final int expectedTokens;
    final int answer;

    /** Prompt tokens that are neither cached nor computed. */
    int uncomputed;

    double firstToken;

    /** The count of the replica's steps after which the answer is complete. */
    long lastStep;

    SimulatedRequest(
            double arrival,
            int user,
            int gateway,
            int prompt,
            int uncomputed,
            int answer,
            int expected) {
        this.arrival = arrival;
        this.user = user;
        this.gateway = gateway;
        this.prompt = prompt;
        this.uncomputed = uncomputed;
        this.answer = answer;
        this.expectedTokens = expected;
    }
}
