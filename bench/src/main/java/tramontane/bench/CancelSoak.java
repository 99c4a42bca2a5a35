package tramontane.bench;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.Generation;

/** Thousands of requests that are cancelled while queued, in their prompt or in their answer. */
final class CancelSoak {
    private static final int AT_ONCE = 48;
    private static final int SHARED = 40;

    private CancelSoak() {}

    /** Afterwards every block must be back in the pool. */
    static ObjectNode run(OwnEngine own, int requests) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(1);
        Engine engine = own.engine();
        int[] shared = own.randomTokens(SHARED);
        Deque<Generation> running = new ArrayDeque<>();
        for (int i = 0; i < requests; i++) {
            int[] prompt =
                    random.nextBoolean() ? shared : own.randomTokens(1 + random.nextInt(200));
            try {
                running.add(
                        engine.submit(
                                OwnEngine.request(prompt, 1 + random.nextInt(100), "" + i % 5)));
            } catch (EngineFullException e) {
                // As the server would: somebody has to leave first, and be seen to have left.
                cancelFirst(running);
                Thread.sleep(1);
            }
            if (running.size() > AT_ONCE) {
                cancelFirst(running);
            }
            if (!running.isEmpty()) {
                running.getLast().poll(Duration.ofMillis(random.nextInt(3)));
            }
        }
        running.forEach(Generation::cancel);
        // On a busy machine, so many cancelled requests still wait that another one is refused.
        while (engine.waitingRequests() > 0) {
            Thread.sleep(1);
        }
        // One more answer: when it is complete, a step has seen all the cancels.
        own.ask(OwnEngine.request(shared, 4, "last"));
        Thread.sleep(200);
        Engine.Load load = engine.load();
        return JsonMapper.shared()
                .createObjectNode()
                .put("requests", requests)
                .put("blocks", load.blocks())
                .put("blocksFreeAfterwards", load.freeBlocks())
                .put("passed", load.freeBlocks() == load.blocks() && load.running() == 0);
    }

    private static void cancelFirst(Deque<Generation> running) {
        if (!running.isEmpty()) {
            running.removeFirst().cancel();
        }
    }
}
