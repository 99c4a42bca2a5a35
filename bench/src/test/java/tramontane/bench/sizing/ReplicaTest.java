package tramontane.bench.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Compares the replica, which skips steps that are alike, with one that takes each. */
class ReplicaTest {
    private static final StepTimes TIMES = new StepTimes(0.01, 0.002, 0.001, 64, 4);

    private record Planned(double arrival, int prompt, int answer) {}

    private static List<Planned> planned(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Planned> requests = new ArrayList<>();
        double time = 0;
        for (int i = 0; i < 200; i++) {
            time += random.nextExponential() * 0.4;
            requests.add(new Planned(time, 1 + random.nextInt(150), 1 + random.nextInt(40)));
        }
        return requests;
    }

    private static double[] skipping(List<Planned> requests) {
        double[] ends = new double[requests.size()];
        Replica replica = new Replica(TIMES, (request, time) -> ends[request.user] = time);
        for (int i = 0; i < requests.size(); i++) {
            Planned each = requests.get(i);
            while (replica.next() < each.arrival) {
                replica.advance();
            }
            replica.add(
                    new SimulatedRequest(
                            each.arrival, i, 0, each.prompt, each.prompt, each.answer, 0),
                    each.arrival);
        }
        while (replica.next() < Double.POSITIVE_INFINITY) {
            replica.advance();
        }
        return ends;
    }

    private static double[] stepping(List<Planned> requests) {
        double[] ends = new double[requests.size()];
        int[] prompt = new int[ends.length];
        int[] written = new int[ends.length];
        List<Integer> running = new ArrayList<>();
        int next = 0;
        double now = 0;
        while (next < ends.length || !running.isEmpty()) {
            if (running.isEmpty()) {
                now = Math.max(now, requests.get(next).arrival);
            }
            while (next < ends.length
                    && requests.get(next).arrival <= now
                    && running.size() < TIMES.sequences()) {
                running.add(next++);
            }
            int budget = TIMES.promptTokens();
            int answers = 0;
            List<Integer> tokens = new ArrayList<>();
            for (int each : running) {
                int left = requests.get(each).prompt - prompt[each];
                int taken = Math.min(left, budget);
                budget -= taken;
                prompt[each] += taken;
                answers += left == 0 ? 1 : 0;
                if (prompt[each] == requests.get(each).prompt) {
                    tokens.add(each);
                }
            }
            now += TIMES.seconds(answers, TIMES.promptTokens() - budget);
            for (int each : tokens) {
                if (++written[each] == requests.get(each).answer) {
                    ends[each] = now;
                    running.remove((Integer) each);
                }
            }
        }
        return ends;
    }

    @Test
    void skippingStepsChangesNoAnswer() {
        for (long seed = 1; seed <= 20; seed++) {
            List<Planned> requests = planned(seed);
            assertThat(skipping(requests)).containsExactly(stepping(requests), within(1e-6));
        }
    }
}
