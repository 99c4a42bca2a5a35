package tramontane.endpoint;

import java.time.InstantSource;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Time and chance, handed in so that tests can fix them.
 *
 * @param nanos a steady clock for measuring spans
 */
public record Surroundings(InstantSource clock, LongSupplier nanos, RandomGenerator random) {
    long epochSecond() {
        return clock.instant().getEpochSecond();
    }

    long seed() {
        return random.nextLong();
    }

    /** The id of an answer: 32 hexadecimal digits. */
    String id() {
        return HexFormat.of().toHexDigits(random.nextLong())
                + HexFormat.of().toHexDigits(random.nextLong());
    }

    /**
     * A UUID of version 7: 48 bits of milliseconds, then chance around the version and variant
     * bits.
     */
    String correlationId() {
        long high = clock.millis() << 16 | 0x7000 | random.nextLong() & 0xfff;
        long low = random.nextLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }
}
