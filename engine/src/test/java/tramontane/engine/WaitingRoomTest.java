package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tramontane.sampling.SamplingParams;

class WaitingRoomTest {
    private static final int REQUESTS = 40;
    private static final int TOKENS = 2_000;
    private static final EngineLimits LIMITS =
            new EngineLimits(512, 60, 1, 32, 8, REQUESTS, TOKENS);

    private final WaitingRoom room = new WaitingRoom(LIMITS);

    private static GenerationRequest request(int promptTokens) {
        return TinyEngine.request(new int[promptTokens], 1, new SamplingParams(0, 1, 0, 0, 0));
    }

    /** How many of 400 callers who come at once are let in. */
    private int enterAtOnce(int promptTokens) {
        AtomicInteger entered = new AtomicInteger();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 400; i++) {
                callers.submit(() -> {
                    room.enter(request(promptTokens));
                    return entered.incrementAndGet();
                });
            }
        }
        return entered.get();
    }

    @Test
    void nobodyGetsPastTheBoundsHoweverManyComeAtOnce() {
        assertThat(enterAtOnce(1)).isEqualTo(REQUESTS);
        assertThat(room.requests()).isEqualTo(REQUESTS);
    }

    @Test
    void longPromptsFillItSooner() throws EngineFullException {
        assertThat(enterAtOnce(200)).isEqualTo(TOKENS / 200);
        room.leave(request(200));
        assertThat(room.tokens()).isEqualTo(TOKENS - 200);
        room.enter(request(200));
    }

    @Test
    void anEmptyRoomTakesAPromptOfAnyLength() throws EngineFullException {
        room.enter(request(TOKENS + 1));
        assertThat(enterAtOnce(1)).isZero();
    }
}
