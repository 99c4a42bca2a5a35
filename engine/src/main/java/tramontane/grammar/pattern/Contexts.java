package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tramontane.grammar.automaton.StateTable;

/**
 * What the subset construction must know about the text read so far: whether it is empty, whether
 * it ends with a word character, and the state of each look-behind automaton. Each distinct context
 * has an id.
 *
 * <pre>
 * parts   [ flags | state of look-behind 0 | state of look-behind 1 | ... ]
 * </pre>
 */
final class Contexts {
    private static final int EMPTY = 1;
    private static final int AFTER_WORD = 2;

    private final boolean[] wordClasses;
    private final List<StateTable> behinds = new ArrayList<>();
    private final List<int[]> contexts = new ArrayList<>();
    private final List<int[]> nexts = new ArrayList<>();
    private final Map<List<Integer>, Integer> ids = new HashMap<>();

    /**
     * @param wordClasses for each class whether it consists of word characters; empty if the
     *     pattern has no word boundaries
     */
    Contexts(boolean[] wordClasses) {
        this.wordClasses = wordClasses;
    }

    /** Adds a look-behind automaton. Contexts created before become invalid. */
    void follow(StateTable behind) {
        behinds.add(behind);
        contexts.clear();
        nexts.clear();
        ids.clear();
    }

    /** The context at the start of the text. */
    int empty() {
        int[] parts = new int[1 + behinds.size()];
        parts[0] = EMPTY;
        return idOf(parts);
    }

    private int idOf(int[] parts) {
        return ids.computeIfAbsent(
                Arrays.stream(parts).boxed().toList(),
                k -> {
                    contexts.add(parts);
                    nexts.add(new int[0]);
                    return contexts.size() - 1;
                });
    }

    boolean isEmpty(int context) {
        return (contexts.get(context)[0] & EMPTY) != 0;
    }

    boolean isAfterWord(int context) {
        return (contexts.get(context)[0] & AFTER_WORD) != 0;
    }

    boolean isBehind(int context, int behind) {
        int state = contexts.get(context)[1 + behind];
        return state >= 0 && behinds.get(behind).accepting().get(state);
    }

    int next(int context, int charClass, int classes) {
        if (nexts.get(context).length == 0) {
            int[] unknown = new int[classes];
            Arrays.fill(unknown, -1);
            nexts.set(context, unknown);
        }
        int[] next = nexts.get(context);
        if (next[charClass] < 0) {
            next[charClass] = idOf(step(contexts.get(context), charClass));
        }
        return next[charClass];
    }

    private int[] step(int[] parts, int charClass) {
        int[] after = new int[parts.length];
        after[0] = wordClasses.length > 0 && wordClasses[charClass] ? AFTER_WORD : 0;
        for (int i = 1; i < parts.length; i++) {
            after[i] = parts[i] < 0 ? -1 : behinds.get(i - 1).next(parts[i], charClass);
        }
        return after;
    }
}
