package tramontane.limit;

import java.util.Optional;
import tramontane.access.KeyLimits;
import tramontane.api.ApiException;

/** Counts the use of one key. May be used by any thread. */
sealed interface Meter permits LocalMeter, SharedMeter {
    KeyLimits limits();

    /** Replaces the limits; what was used of the old ones counts for the new ones. */
    void change(KeyLimits limits);

    /** Counts one more request that this process answers, or says why there may be no more. */
    Optional<Refusal> enter();

    /** Must be called once after each {@link #enter} that succeeded. */
    void leave();

    /**
     * Takes one request and its tokens from all limits, or nothing.
     *
     * @throws ApiException if the database that counts them cannot be used
     */
    Reservation reserve(Cost cost) throws ApiException;

    /** Replaces reserved tokens by those used; to be called once for each reservation. */
    void settle(Reservation.Held held, long used);

    /** Counts a request that ended before it reserved anything, if there is room for it. */
    void countRequest();

    /** What is left, as far as this process knows. */
    KeyUse use();
}
