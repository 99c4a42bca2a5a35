package tramontane.embedding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The jobs that are not finished, and whose turn it is: of all callers the one for whom the fewest
 * tokens were computed, and of that caller's jobs the one with the fewest (start-time fair
 * queueing, Goyal, Vin and Cheng 1996). So a large job does not stop a small one, and a caller with
 * many jobs does not stop others. A later one starts with the count of the others. The embedder's
 * thread only.
 */
final class JobQueue {
    /** The jobs of one caller. */
    private static final class Line {
        final List<EmbeddingJob> jobs = new ArrayList<>();
        long served;
    }

    private final Map<String, Line> lines = new LinkedHashMap<>();

    void add(EmbeddingJob job) {
        Line line = lines.get(job.caller());
        if (line == null) {
            line = new Line();
            line.served = lines.values().stream().mapToLong(each -> each.served).min().orElse(0);
            lines.put(job.caller(), line);
        }
        job.served = line.jobs.stream().mapToLong(each -> each.served).min().orElse(0);
        line.jobs.add(job);
    }

    /** The job whose turn it is, of those with tokens in no step yet that {@code may} accepts. */
    Optional<EmbeddingJob> next(Predicate<EmbeddingJob> may) {
        Predicate<EmbeddingJob> ready = job -> !job.isPlanned() && may.test(job);
        return lines.values().stream()
                .filter(line -> line.jobs.stream().anyMatch(ready))
                .min(Comparator.comparingLong(line -> line.served))
                .flatMap(line ->
                        line.jobs.stream()
                                .filter(ready)
                                .min(Comparator.comparingLong(job -> job.served)));
    }

    /** Counts tokens that a step computes for a job; the job counts them itself. */
    void served(EmbeddingJob job, int tokens) {
        Optional.ofNullable(lines.get(job.caller())).ifPresent(line -> line.served += tokens);
    }

    /** Removes and returns the jobs that {@code removed} accepts. */
    List<EmbeddingJob> remove(Predicate<EmbeddingJob> removed) {
        List<EmbeddingJob> all = new ArrayList<>();
        lines.values()
                .removeIf(line -> {
                    line.jobs.removeIf(job -> removed.test(job) && all.add(job));
                    return line.jobs.isEmpty();
                });
        return all;
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    int size() {
        return lines.values().stream().mapToInt(line -> line.jobs.size()).sum();
    }
}
