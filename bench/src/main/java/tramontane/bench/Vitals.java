package tramontane.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The resources of a process at one moment: private memory, threads, open files and sockets. */
record Vitals(long anonymousBytes, long threads, long files) {
    /** Fraction by which the median may grow, since the heap and compiled code vary in size. */
    private static final double GROWTH_ALLOWED = 0.05;

    /** Tolerance for threads and files, since connections come and go. */
    private static final long FEW = 8;

    static Vitals of(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        return new Vitals(
                Memory.of(pid).anonymousBytes(),
                entries(process.resolve("task")),
                entries(process.resolve("fd")));
    }

    private static long entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The median of each figure. */
    static Vitals median(List<Vitals> all) {
        return new Vitals(
                median(all, Vitals::anonymousBytes),
                median(all, Vitals::threads),
                median(all, Vitals::files));
    }

    private static long median(List<Vitals> all, ToLongFunction<Vitals> part) {
        List<Long> values =
                all.stream().map(part::applyAsLong).sorted(Comparator.naturalOrder()).toList();
        return values.isEmpty() ? 0 : values.get(values.size() / 2);
    }

    boolean isNoMoreThan(Vitals earlier) {
        return anonymousBytes <= (1 + GROWTH_ALLOWED) * earlier.anonymousBytes
                && threads <= earlier.threads + FEW
                && files <= earlier.files + FEW;
    }

    ObjectNode toJson() {
        return JsonMapper.shared()
                .createObjectNode()
                .put("anonymousBytes", anonymousBytes)
                .put("threads", threads)
                .put("files", files);
    }
}
