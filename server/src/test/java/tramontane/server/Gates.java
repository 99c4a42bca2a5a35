package tramontane.server;

import java.util.List;
import java.util.Optional;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyRing;
import tramontane.api.FieldSet;
import tramontane.endpoint.Gate;
import tramontane.limit.RateLimits;

/** Who is admitted to servers under test. */
final class Gates {
    private Gates() {}

    /** Those with one of these keys; everybody if there is none. */
    static Gate of(List<String> keys) {
        return new Gate(
                new KeyRing(keys, List.of(), ServerUnderTest.CLOCK),
                new FailedAttempts(System::nanoTime),
                new RateLimits(ServerUnderTest.CLOCK, System::nanoTime, Optional.empty()));
    }

    /** Everybody, also with OpenAI's fields. */
    static Gate openAi() {
        KeyRing ring = new KeyRing(List.of(), List.of(), ServerUnderTest.CLOCK);
        ring.accept(FieldSet.WITH_OPENAI);
        return new Gate(
                ring,
                new FailedAttempts(System::nanoTime),
                new RateLimits(ServerUnderTest.CLOCK, System::nanoTime, Optional.empty()));
    }
}
