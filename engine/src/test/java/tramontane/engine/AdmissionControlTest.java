package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tramontane.sampling.SamplingParams;

class AdmissionControlTest {
    private static final int REQUESTS = 40;
    private static final int TOKENS = 2_000;
    private static final EngineLimits LIMITS =
            new EngineLimits(512, 60, 1, 32, 8, REQUESTS, TOKENS);

    private final AdmissionControl admission = new AdmissionControl(LIMITS);

    private static GenerationRequest request(int promptTokens) {
        return TinyEngine.request(new int[promptTokens], 1, new SamplingParams(0, 1, 0, 0, 0));
    }

    /** Submits 400 requests at the same time, and returns how many were let in. */
    private int enterAtOnce(int promptTokens) {
        AtomicInteger entered = new AtomicInteger();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 400; i++) {
                callers.submit(() -> {
                    admission.enter(request(promptTokens));
                    return entered.incrementAndGet();
                });
            }
        }
        return entered.get();
    }

    @Test
    void concurrentRequestsStayWithinTheLimit() {
        assertThat(enterAtOnce(1)).isEqualTo(REQUESTS);
        assertThat(admission.requests()).isEqualTo(REQUESTS);
    }

    @Test
    void longPromptsReachTheTokenLimit() throws EngineFullException {
        assertThat(enterAtOnce(200)).isEqualTo(TOKENS / 200);
        admission.leave(request(200));
        assertThat(admission.tokens()).isEqualTo(TOKENS - 200);
        admission.enter(request(200));
    }

    @Test
    void aPromptOfAnyLengthIsLetInWhenNoneWaits() throws EngineFullException {
        admission.enter(request(TOKENS + 1));
        assertThat(enterAtOnce(1)).isZero();
    }
}
