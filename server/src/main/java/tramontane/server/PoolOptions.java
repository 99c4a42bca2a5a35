package tramontane.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tramontane.backend.Machine;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.pool.PoolSettings;

/**
 * The settings for memory, and for several models.
 *
 * @param pinned names of models that are never unloaded
 */
record PoolOptions(
        Optional<Integer> budgetMib,
        List<String> pinned,
        Optional<Integer> unloadMinutes,
        int loadWaitSeconds) {
    private static final Duration UNLOAD_AFTER = Duration.ofMinutes(15);

    static PoolOptions of(Configuration configuration) {
        return new PoolOptions(
                configuration.get(Settings.MEMORY_BUDGET),
                configuration.get(Settings.PIN),
                configuration.get(Settings.UNLOAD_AFTER),
                configuration.get(Settings.LOAD_WAIT));
    }

    /** The machine with the memory that models may use. */
    Machine within(Machine machine) {
        return budgetMib.map(mib -> machine.withAvailable((long) mib << 20)).orElse(machine);
    }

    /**
     * @param several false for one model, which stays loaded unless the settings say otherwise
     */
    PoolSettings settings(Machine machine, boolean several) {
        Optional<Duration> unloadAfter =
                unloadMinutes
                        .map(minutes -> Duration.ofMinutes(minutes))
                        .or(() -> Optional.of(UNLOAD_AFTER).filter(_ -> several))
                        .filter(time -> !time.isZero());
        return new PoolSettings(
                within(machine).availableBytes(), Duration.ofSeconds(loadWaitSeconds), unloadAfter);
    }
}
