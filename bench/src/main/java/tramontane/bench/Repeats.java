package tramontane.bench;

import java.time.Duration;

/**
 * How often each load is run.
 *
 * @param rounds timed runs
 * @param warmUp how long each contestant repeats each load before it is timed, once at least. The
 *     JVM interprets code at first and compiles what is used much: the first thousand tokens of a
 *     process take up to twice their time
 */
record Repeats(int rounds, Duration warmUp) {
    /** One timed run, directly after one that is not timed. */
    static final Repeats ONCE = new Repeats(1, Duration.ZERO);
}
