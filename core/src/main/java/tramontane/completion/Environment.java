package tramontane.completion;

import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import tramontane.chat.ToolCall;
import tramontane.chat.dialect.AnswerPart;

/**
 * The clock and the random numbers that answers need, passed in so that tests can fix them.
 *
 * @param nanos a monotonic clock for measuring durations
 */
public record Environment(InstantSource clock, LongSupplier nanos, RandomGenerator random) {
    private static final String LETTERS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int CALL_ID_CHARS = 9;

    public long epochSecond() {
        return clock.instant().getEpochSecond();
    }

    /**
     * A seed that a caller can send again as {@code random_seed}: not negative, and at most 53
     * bits, which JavaScript represents exactly.
     */
    long seed() {
        return random.nextLong() >>> 11;
    }

    /** The id of an answer: 32 hexadecimal digits. */
    String id() {
        return HexFormat.of().toHexDigits(random.nextLong())
                + HexFormat.of().toHexDigits(random.nextLong());
    }

    /** Gives each call an id: models write none. */
    List<ToolCall> numbered(List<AnswerPart.Call> calls) {
        return calls.stream()
                .map(call -> new ToolCall(callId(), call.name(), call.arguments()))
                .toList();
    }

    /** The id of a tool call: nine letters and digits. */
    private String callId() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < CALL_ID_CHARS; i++) {
            id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return id.toString();
    }

    /**
     * A UUID of version 7: 48 bits of milliseconds, then random bits around the version and
     * variant.
     */
    public String correlationId() {
        long high = clock.millis() << 16 | 0x7000 | random.nextLong() & 0xfff;
        long low = random.nextLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }
}
