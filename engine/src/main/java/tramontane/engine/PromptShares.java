package tramontane.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Divides the tokens of prompts that a step may compute among the callers who have any, so that one
 * caller's long prompt does not hold up another's short one. What a caller leaves of its share is
 * not given to others: the next step divides anew. Engine thread only.
 */
final class PromptShares {
    private final Map<String, Integer> taken = new HashMap<>();
    private int share;

    void begin(int budget, Set<String> callers) {
        taken.clear();
        share = Math.ceilDiv(budget, Math.max(1, callers.size()));
    }

    /** Tokens that the caller may still have computed. */
    int left(String caller) {
        return share - taken.getOrDefault(caller, 0);
    }

    void take(String caller, int tokens) {
        taken.merge(caller, tokens, Integer::sum);
    }
}
