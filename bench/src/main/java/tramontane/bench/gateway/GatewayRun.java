package tramontane.bench.gateway;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The same loads for each target in turn.
 *
 * @param targets the stand-in itself first, which the others are compared with
 * @param warmUp how long each target is asked before it is measured
 */
public record GatewayRun(StandIn standIn, List<Target> targets, Duration warmUp, PrintStream out) {
    /**
     * A load.
     *
     * @param requests that each stream makes one after the other
     * @param events of each answer
     */
    public record Level(int streams, int requests, int events, Duration pace) {}

    /** With a token every 50 ms, as a busy engine writes, except for the single stream. */
    public static final List<Level> LEVELS =
            List.of(
                    new Level(1, 200, 10, Duration.ofMillis(3)),
                    new Level(64, 8, 20, Duration.ofMillis(50)),
                    new Level(512, 2, 40, Duration.ofMillis(50)));

    /**
     * As many requests as the cores can answer: a method is compiled for good after some thousand
     * calls, and a gateway runs for days.
     */
    private static final Level WARM_UP = new Level(32, Integer.MAX_VALUE, 5, Duration.ofMillis(1));

    /** A gateway that cannot keep up makes fewer requests. */
    private static final Duration MAX_TIME = Duration.ofSeconds(20);

    private static final double NANOS_PER_MILLI = 1e6;

    /** The sums of one target under one load. */
    private record Result(
            List<Double> firsts, List<Double> wholes, List<Double> ways, ProcessUse used) {
        static final Result NONE =
                new Result(List.of(), List.of(), List.of(), new ProcessUse(Duration.ZERO, 0));

        Result and(Result more) {
            return new Result(
                    joined(firsts, more.firsts),
                    joined(wholes, more.wholes),
                    joined(ways, more.ways),
                    new ProcessUse(
                            used.processorTime().plus(more.used.processorTime()),
                            Math.max(used.residentBytes(), more.used.residentBytes())));
        }

        private static List<Double> joined(List<Double> some, List<Double> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }
    }

    /**
     * Measures the levels, and returns a row for each target and level.
     *
     * @param rounds in each of which all targets take turns
     */
    public ArrayNode measure(List<Level> levels, int rounds) {
        ArrayNode rows = JsonMapper.shared().createArrayNode();
        out.println(
                "| streams | target | first event p50 / p99, ms | added | way of an event p50 / p99, ms | added"
                        + " | whole p50 / p99, ms | events per CPU second | memory per stream, KiB |");
        out.println("|---|---|---|---|---|---|---|---|---|");
        for (Target target : targets) {
            load(target, WARM_UP, warmUp);
        }
        for (Level level : levels) {
            List<Result> results =
                    new ArrayList<>(Collections.nCopies(targets.size(), Result.NONE));
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < targets.size(); i++) {
                    results.set(i, results.get(i).and(load(targets.get(i), level, MAX_TIME)));
                }
            }
            for (int i = 0; i < targets.size(); i++) {
                rows.add(row(level, targets.get(i), results.get(i), results.getFirst()));
            }
        }
        return rows;
    }

    private Result load(Target target, Level level, Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        standIn.pace(level.pace());
        ProcessUse before = use(target);
        List<Double> firsts = new ArrayList<>();
        List<Double> wholes = new ArrayList<>();
        List<Double> ways = new ArrayList<>();
        long residentBytes = 0;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<PacedClient.Times>>> answers = new ArrayList<>();
            for (int i = 0; i < level.streams(); i++) {
                // Spread over one answer, so that requests come evenly.
                Duration delay =
                        level.pace()
                                .multipliedBy(level.events())
                                .multipliedBy(i)
                                .dividedBy(level.streams());
                answers.add(callers.submit(() -> stream(target, level, delay, deadline)));
            }
            for (Future<List<PacedClient.Times>> answer : answers) {
                while (!answer.isDone()) {
                    residentBytes = Math.max(residentBytes, use(target).residentBytes());
                    Thread.sleep(20);
                }
                for (PacedClient.Times times : answer.get()) {
                    firsts.add(times.first() / NANOS_PER_MILLI);
                    wholes.add(times.whole() / NANOS_PER_MILLI);
                    times.ways().forEach(way -> ways.add(way / NANOS_PER_MILLI));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(target.name() + " failed", e.getCause());
        }
        ProcessUse after = use(target);
        return new Result(
                firsts,
                wholes,
                ways,
                new ProcessUse(
                        after.processorTime().minus(before.processorTime()),
                        Math.max(0, residentBytes - before.residentBytes())));
    }

    private static ProcessUse use(Target target) {
        return target.process().isPresent()
                ? ProcessUse.of(target.process().getAsLong())
                : new ProcessUse(Duration.ZERO, 0);
    }

    private static List<PacedClient.Times> stream(
            Target target, Level level, Duration delay, long deadline)
            throws IOException, InterruptedException {
        Thread.sleep(delay);
        List<PacedClient.Times> times = new ArrayList<>();
        try (PacedClient client = new PacedClient(target, level.events())) {
            for (int i = 0; i < level.requests() && (i == 0 || System.nanoTime() < deadline); i++) {
                times.add(client.ask());
            }
        }
        return times;
    }

    private ObjectNode row(Level level, Target target, Result result, Result direct) {
        ObjectNode row =
                JsonMapper.shared()
                        .createObjectNode()
                        .put("streams", level.streams())
                        .put("target", target.name());
        Percentiles first = Percentiles.of(result.firsts()).put(row, "firstMillis");
        Percentiles way = Percentiles.of(result.ways()).put(row, "eventMillis");
        Percentiles whole = Percentiles.of(result.wholes()).put(row, "wholeMillis");
        String addedFirst = "";
        String addedWay = "";
        if (target != targets.getFirst()) {
            addedFirst += first.minus(Percentiles.of(direct.firsts())).put(row, "addedFirstMillis");
            addedWay += way.minus(Percentiles.of(direct.ways())).put(row, "addedEventMillis");
        }
        double seconds = result.used().processorTime().toNanos() * 1e-9;
        String events = "";
        String memory = "";
        if (seconds > 0) {
            long perSecond = Math.round(result.ways().size() / seconds);
            long kib = result.used().residentBytes() / 1024 / level.streams();
            row.put("eventsPerProcessorSecond", perSecond).put("kibPerStream", kib);
            events += perSecond;
            memory += kib;
        }
        out.printf(
                "| %d | %s | %s | %s | %s | %s | %s | %s | %s |%n",
                level.streams(),
                target.name(),
                first,
                addedFirst,
                way,
                addedWay,
                whole,
                events,
                memory);
        return row;
    }

    /** Of times in milliseconds. */
    private record Percentiles(double p50, double p99) {
        static Percentiles of(List<Double> values) {
            List<Double> sorted = values.stream().sorted().toList();
            return new Percentiles(
                    sorted.get((sorted.size() - 1) / 2),
                    sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1));
        }

        Percentiles minus(Percentiles less) {
            return new Percentiles(p50 - less.p50, p99 - less.p99);
        }

        Percentiles put(ObjectNode row, String name) {
            row.putObject(name).put("p50", p50).put("p99", p99);
            return this;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.2f / %.2f", p50, p99);
        }
    }
}
