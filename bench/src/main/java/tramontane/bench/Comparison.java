package tramontane.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs loads on several contestants, interleaved, so that other load on the machine affects all of
 * them alike. Each contestant warms up; in each of the timed rounds that follow, another contestant
 * starts. Before each run the machine rests, so that what a contestant still does after its run,
 * such as providing memory for the next one, is not in the time of another.
 */
record Comparison(List<? extends Contestant> contestants, Repeats repeats, PrintStream out) {
    private static final long REST_MILLIS = 300;

    /**
     * @param weightBytes bytes of weights that every token reads
     * @param cachedTokenBytes bytes of cache to read for each preceding token
     */
    List<Row> run(List<Load> loads, double weightBytes, double cachedTokenBytes, double readable) {
        List<String> names = contestants.stream().map(Contestant::name).toList();
        out.println(Row.head(names));
        List<Row> rows = new ArrayList<>();
        for (Load load : loads) {
            int depth = load instanceof Load.Decode(int tokens, int answer) ? tokens : 0;
            List<List<Timing>> timings = timings(load);
            List<String> notes = contestants.stream().map(one -> note(one, load)).toList();
            Row row = new Row(load, weightBytes + depth * cachedTokenBytes, names, notes, timings);
            out.println(row.toText(readable));
            rows.add(row);
        }
        return rows;
    }

    private List<List<Timing>> timings(Load load) {
        List<List<Timing>> timings = new ArrayList<>();
        for (Contestant contestant : contestants) {
            warmUp(contestant, load);
            timings.add(new ArrayList<>());
        }
        int count = contestants.size();
        for (int round = 0; round < repeats.rounds(); round++) {
            for (int turn = 0; turn < count; turn++) {
                int who = (round + turn) % count;
                rest();
                timings.get(who).add(contestants.get(who).run(load));
            }
        }
        return timings;
    }

    private void warmUp(Contestant contestant, Load load) {
        long start = System.nanoTime();
        do {
            contestant.run(load);
        } while (System.nanoTime() - start < repeats.warmUp().toNanos());
    }

    private static void rest() {
        try {
            Thread.sleep(REST_MILLIS);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private static String note(Contestant contestant, Load load) {
        return contestant instanceof LlamaCpp other ? other.flags(load) : "";
    }
}
