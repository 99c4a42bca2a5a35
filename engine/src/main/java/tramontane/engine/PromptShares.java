package tramontane.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Divides the prompt tokens of a step among the prompts that are not complete.
 *
 * <ul>
 *   <li>Callers get equal parts. What a caller does not need is not given to others: the step ends
 *       sooner, and the next one divides anew.
 *   <li>Within one caller, the prompt with the fewest remaining tokens comes first, so a short
 *       prompt does not wait for a long one.
 *   <li>A fourth of the caller's part is reserved for its oldest prompt. So a long prompt is not
 *       starved: it is complete when the caller has had four times the tokens of it and of the
 *       prompts that came before it, whatever comes later.
 * </ul>
 *
 * <p>Engine thread only.
 */
final class PromptShares {
    /** One part in so many is reserved for a caller's oldest prompt. */
    static final int OLDEST_ONE_IN = 4;

    private static final Comparator<Sequence> SHORTEST =
            Comparator.comparingInt(Sequence::gap).thenComparing(Sequence.ARRIVAL);

    private final Map<String, List<Sequence>> prompts = new HashMap<>();

    /** Forgets the prompts of the previous division. */
    void clear() {
        prompts.values().forEach(each -> each.forEach(sequence -> sequence.share = 0));
        prompts.clear();
    }

    void add(Sequence prompt) {
        prompts.computeIfAbsent(prompt.caller(), caller -> new ArrayList<>()).add(prompt);
    }

    /**
     * Sets the share of every prompt that was added.
     *
     * @param budget prompt tokens of the step
     * @param usable how many of its remaining tokens a prompt could take in one step
     */
    void divide(int budget, ToIntFunction<Sequence> usable) {
        int part = Math.ceilDiv(Math.max(0, budget), Math.max(1, prompts.size()));
        for (List<Sequence> each : prompts.values()) {
            each.sort(SHORTEST);
            Sequence oldest = each.stream().min(Sequence.ARRIVAL).orElseThrow();
            oldest.share = Math.min(usable.applyAsInt(oldest), Math.ceilDiv(part, OLDEST_ONE_IN));
            int left = part - oldest.share;
            for (Sequence prompt : each) {
                int more = Math.min(usable.applyAsInt(prompt) - prompt.share, left);
                prompt.share += more;
                left -= more;
            }
        }
    }
}
