package tramontane.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A workload to measure, the same for each engine. */
sealed interface Load {
    /** A depth that is measured only if it is asked for: filling the cache takes minutes. */
    int DEEPEST = 16_128;

    /** The name in tables and files. */
    String label();

    /** Number of tokens that are timed. */
    int tokens();

    /** An uncached prompt, up to the first token of its answer. */
    record Prefill(int tokens) implements Load {
        @Override
        public String label() {
            return "prefill " + tokens;
        }
    }

    /** One answer after {@code depth} tokens that are already in the cache. */
    record Decode(int depth, int tokens) implements Load {
        @Override
        public String label() {
            return "decode, depth " + depth;
        }
    }

    /** Answers to {@code count} prompts that arrive together. */
    record Streams(int count, int prompt, int tokensEach) implements Load {
        @Override
        public String label() {
            return count + (count == 1 ? " stream" : " streams");
        }

        @Override
        public int tokens() {
            return count * tokensEach;
        }
    }

    /** Tokens that must fit one sequence. */
    default int longest() {
        return switch (this) {
            case Prefill(int tokens) -> tokens + 1;
            case Decode(int depth, int tokens) -> depth + tokens + 2;
            case Streams(int count, int prompt, int tokensEach) -> prompt + tokensEach + 2;
        };
    }

    /** Tokens that the cache must hold so that nothing is evicted during the run. */
    default int cached() {
        return this instanceof Streams(int count, int prompt, int tokensEach)
                ? count * (prompt + tokensEach + 32)
                : longest() + 32;
    }

    /**
     * The loads of a run; {@code quick} ones tell whether the tool works, not how fast anything is.
     */
    static List<Load> standard(boolean quick, List<String> only, int context) {
        List<Load> loads = new ArrayList<>();
        int answer = quick ? 16 : 64;
        for (int tokens : quick ? new int[] {128, 512} : new int[] {128, 512, 4096}) {
            loads.add(new Prefill(tokens));
        }
        // 128 less than 8,192 leaves room to answer in a context of 8,192.
        for (int depth : quick ? new int[] {0, 1024} : new int[] {0, 1024, 4096, 8064}) {
            loads.add(new Decode(depth, answer));
        }
        Load deepest = new Decode(DEEPEST, answer);
        if (only.contains(deepest.shortName())) {
            loads.add(deepest);
        }
        // On a slow machine a step computes one prompt, so eight answers start in eight steps, and
        // all of them must still run for some more.
        for (int count : quick ? new int[] {1, 8} : new int[] {1, 2, 4, 8, 16, 32}) {
            loads.add(new Streams(count, 32, quick ? 24 : 48));
        }
        loads.removeIf(load -> load.longest() > context);
        loads.removeIf(load ->
                !only.isEmpty() && !only.contains(load.kind()) && !only.contains(load.shortName()));
        return loads;
    }

    /** What {@code --only} takes: every kind of load, the short names of single loads, and none. */
    static Set<String> names() {
        Set<String> names =
                new TreeSet<>(List.of("memory", "prediction", "schema", "prefix", "none"));
        for (boolean quick : new boolean[] {true, false}) {
            for (Load load : standard(quick, List.of(), Integer.MAX_VALUE)) {
                names.add(load.kind());
                names.add(load.shortName());
            }
        }
        names.add(new Decode(DEEPEST, 0).shortName());
        return names;
    }

    /** The label as one word, such as decode-4096, for a run of a few loads. */
    default String shortName() {
        return label().replace(", depth", "").replace(' ', '-');
    }

    /** The word that {@code --only} knows it by. */
    default String kind() {
        return switch (this) {
            case Prefill ignored -> "prefill";
            case Decode ignored -> "decode";
            case Streams ignored -> "streams";
        };
    }
}
