package tramontane.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.sampling.SamplingParams;

/**
 * The speed-up from {@code prediction} when code is edited: the model writes a class, and the
 * prediction is that answer with one token in ten replaced, in runs of four.
 *
 * <p>Also a proof: the answer with the prediction must be the answer without it, token for token.
 */
final class EditLoad {
    static final int TOKENS = 256;
    static final int LONGEST = 2048;
    static final int CACHED = 2 * LONGEST;

    /** Of 40 tokens, 4 are changed: 90 % are kept. */
    private static final int PERIOD = 40;

    private static final int CHANGED = 4;

    private static final String CODE =
            """
            /** A bounded buffer of readings: the oldest makes room for the newest. */
            public final class Readings {
                private final double[] values;
                private int next;
                private int count;

                public Readings(int capacity) {
                    if (capacity < 1) {
                        throw new IllegalArgumentException("capacity is " + capacity);
                    }
                    values = new double[capacity];
                }

                public void add(double value) {
                    values[next] = value;
                    next = (next + 1) % values.length;
                    count = Math.min(count + 1, values.length);
                }

                public double mean() {
                    double sum = 0;
                    for (int i = 0; i < count; i++) {
                        sum += values[i];
                    }
                    return count == 0 ? 0 : sum / count;
                }

                public double largest() {
                    double largest = Double.NEGATIVE_INFINITY;
                    for (int i = 0; i < count; i++) {
                        largest = Math.max(largest, values[i]);
                    }
                    return largest;
                }

                public int count() {
                    return count;
                }
            }
            """;

    private final OwnEngine engine;
    private final int[] prompt;

    EditLoad(OwnEngine engine) {
        this.engine = engine;
        prompt = engine.encode(CODE + "\n// The same class with float in place of double:\n");
    }

    /** Runs the edit alternately with and without its prediction; throws if the answers differ. */
    ObjectNode run(int rounds) {
        List<Double> toPlain = new ArrayList<>();
        List<Double> toLookup = new ArrayList<>();
        List<Double> speeds = new ArrayList<>();
        int accepted = 0;
        int rejected = 0;
        for (int round = 0; round <= rounds; round++) {
            // Greedy and sampled in turn.
            SamplingParams sampling =
                    new SamplingParams(round % 2 == 0 ? 0.0 : 0.7, 1, round, 0, 0);
            // The first sees the prompt for the first time; all others find it in the cache.
            OwnEngine.Answer without = ask(sampling, new int[0]);
            OwnEngine.Answer with = ask(sampling, edited(without.tokens()));
            OwnEngine.Answer plain = engine.ask(OwnEngine.request(prompt, TOKENS, "edit"));
            if (!Arrays.equals(with.tokens(), without.tokens())) {
                throw new AssertionError("prediction changed the answer at " + sampling);
            }
            if (round > 0) {
                toPlain.add(plain.restSeconds() / with.restSeconds());
                toLookup.add(without.restSeconds() / with.restSeconds());
                speeds.add((TOKENS - 1) / with.restSeconds());
                accepted += with.counts().acceptedDrafts();
                rejected += with.counts().rejectedDrafts();
            }
        }
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("tokensPerSecond", Row.rounded(Statistics.median(speeds)));
        json.put("toPlainDecoding", Row.rounded(Statistics.median(toPlain)));
        json.put("toPromptLookup", Row.rounded(Statistics.median(toLookup)));
        return json.put("accepted", accepted).put("rejected", rejected).put("sameTokens", true);
    }

    private OwnEngine.Answer ask(SamplingParams sampling, int[] prediction) {
        return engine.ask(OwnEngine.request(prompt, TOKENS, sampling, prediction, "edit"));
    }

    private int[] edited(int[] answer) {
        int[] edited = answer.clone();
        for (int at = PERIOD / 2; at + CHANGED <= edited.length; at += PERIOD) {
            System.arraycopy(engine.randomTokens(CHANGED), 0, edited, at, CHANGED);
        }
        return edited;
    }
}
