package tramontane.bench.sizing;

import java.util.SplittableRandom;

/**
 * Users and what they do: a user thinks, or waits for an answer. Thinking takes an exponential
 * time, so the next one to ask is any of those who think, and no user needs a clock.
 */
final class Population {
    /** What a request brings: who asks, and what was said before. */
    record Asking(int user, int history, int replica, long mark) {}

    private static final Asking STRANGER = new Asking(-1, 0, 0, 0);

    private final Arrivals arrivals;
    private final SplittableRandom random;

    /** The users who think, in any order, at the front. */
    private final int[] thinking;

    private int thinkers;
    private final int[] history;
    private final int[] replica;
    private final long[] mark;

    Population(Arrivals arrivals, SplittableRandom random) {
        this.arrivals = arrivals;
        this.random = random;
        thinkers = arrivals instanceof Arrivals.Users users ? users.count() : 0;
        thinking = new int[thinkers];
        for (int i = 0; i < thinkers; i++) {
            thinking[i] = i;
        }
        history = new int[thinkers];
        replica = new int[thinkers];
        mark = new long[thinkers];
    }

    /**
     * When the next request comes, if nobody begins to think before; drawn anew after each change.
     */
    double next(double now) {
        double rate =
                switch (arrivals) {
                    case Arrivals.Open open -> open.perSecond();
                    case Arrivals.Users users -> thinkers / users.thinkSeconds();
                };
        return rate > 0 ? now + random.nextExponential() / rate : Double.POSITIVE_INFINITY;
    }

    Asking ask() {
        if (!(arrivals instanceof Arrivals.Users users)) {
            return STRANGER;
        }
        int at = random.nextInt(thinkers);
        int user = thinking[at];
        thinking[at] = thinking[--thinkers];
        if (random.nextDouble() < 1 / users.turns() || history[user] > users.maxHistory()) {
            history[user] = 0;
        }
        return new Asking(user, history[user], replica[user], mark[user]);
    }

    /** The user got an answer and thinks. */
    void answered(int user, int historyTokens, int from, long cacheMark) {
        if (user >= 0) {
            thinking[thinkers++] = user;
            history[user] = historyTokens;
            replica[user] = from;
            mark[user] = cacheMark;
        }
    }
}
