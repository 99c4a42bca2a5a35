package tramontane.limit;

import java.util.OptionalLong;

/**
 * What a server knows of itself and the others that share its database.
 *
 * @param living servers whose lease has not ended, when this was last read
 * @param takenOver leases of dead servers that this one has ended
 * @param awaySinceNanos since when the database cannot be used, on the monotonic clock
 */
public record GatewayStatus(int living, long takenOver, OptionalLong awaySinceNanos) {
    /** A server that shares nothing. */
    public static final GatewayStatus ALONE = new GatewayStatus(1, 0, OptionalLong.empty());

    GatewayStatus with(int livingNow) {
        return new GatewayStatus(Math.max(1, livingNow), takenOver, awaySinceNanos);
    }

    GatewayStatus tookOver(int ended) {
        return new GatewayStatus(living, takenOver + ended, awaySinceNanos);
    }

    GatewayStatus away(long nowNanos) {
        return awaySinceNanos.isPresent()
                ? this
                : new GatewayStatus(living, takenOver, OptionalLong.of(nowNanos));
    }

    GatewayStatus back() {
        return new GatewayStatus(living, takenOver, OptionalLong.empty());
    }
}
