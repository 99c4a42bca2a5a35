package tramontane.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.gguf.GgufFile;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.server.OptionRange;
import tramontane.token.Tokenizer;

/** {@code ./tramontane bench grammar}. */
@Command(
        name = "bench grammar",
        description = {
            "Put documents through their schemas, token by token, as decoding does.",
            "",
            "Each line of the file is a JSON object with name, schema and tests, a list of {data,"
                    + " valid}.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class GrammarBench implements Callable<Integer> {
    private static final int WARM_UP = 400;

    @Option(
            names = "--schemas",
            paramLabel = "FILE",
            required = true,
            description = "JSONL, or JSONL.xz.")
    private Path schemas = Path.of("");

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "The model whose vocabulary is used: a name or a GGUF file.")
    private String model = "qwen2.5-coder-0.5b";

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here, too.")
    private Optional<Path> json = Optional.empty();

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = {
                "Write a line for each schema that does not pass, with the reason or the document.",
                "The names of schemas that were judged wrongly are printed in any case."
            })
    private Optional<Path> report = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            converter = Limit.class,
            description = "The first N schemas only.")
    private int limit = Integer.MAX_VALUE;

    @Option(
            names = "--peers",
            paramLabel = "PYTHON",
            description = {
                "Also run llguidance, and xgrammar on every tenth schema: a Python that has both",
                "packages."
            })
    private Optional<String> peers = Optional.empty();

    private GrammarBench() {}

    private static final class Limit extends OptionRange.Whole {
        Limit() {
            super(1, Integer.MAX_VALUE);
        }
    }

    static int run(List<String> arguments) {
        return Main.commandLine(new GrammarBench()).execute(arguments.toArray(String[]::new));
    }

    /** Times in nanoseconds, in the order of measurement. */
    private record Times(Samples compile, Samples mask) {
        Times() {
            this(new Samples(), new Samples());
        }

        SchemaRun.Clock clock() {
            return new SchemaRun.Clock(compile::add, mask::add);
        }
    }

    private static final class Samples {
        private long[] nanos = new long[1024];
        private int size;

        void add(long sample) {
            if (size == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * size);
            }
            nanos[size++] = sample;
        }

        ObjectNode micros() {
            long[] sorted = Arrays.copyOf(nanos, size);
            Arrays.sort(sorted);
            ObjectNode node = JsonMapper.shared().createObjectNode();
            node.put("avg", round(Arrays.stream(sorted).average().orElse(0)));
            node.put("p50", round(rank(sorted, 0.50)));
            node.put("p99", round(rank(sorted, 0.99)));
            node.put("max", round(rank(sorted, 1)));
            return node;
        }

        private static double rank(long[] sorted, double part) {
            return sorted.length == 0
                    ? 0
                    : sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
        }

        private static double round(double nanos) {
            return Math.round(nanos / 10) / 100.0;
        }
    }

    @Override
    public Integer call() throws IOException {
        Path file = Main.installed(model);
        Tokenizer tokenizer;
        try (GgufFile gguf = GgufFile.open(file)) {
            tokenizer = Tokenizer.from(gguf.metadata());
        }
        List<SchemaCase> all = SchemaCase.read(schemas);
        List<SchemaCase> cases = all.subList(0, Math.min(limit, all.size()));
        SchemaRun warmUp = new SchemaRun(tokenizer, new GrammarCompiler(tokenizer));
        cases.stream().limit(WARM_UP).forEach(each -> warmUp.judge(each, new Times().clock()));

        SchemaRun run = new SchemaRun(tokenizer, new GrammarCompiler(tokenizer));
        Times times = new Times();
        int passing = 0;
        int refused = 0;
        int invalidAccepted = 0;
        int validRefused = 0;
        int failed = 0;
        List<String> lines = new ArrayList<>();
        for (SchemaCase each : cases) {
            switch (run.judge(each, times.clock())) {
                case SchemaRun.Outcome.Refused(String reason) -> {
                    refused++;
                    lines.add("refused\t" + each.name() + "\t" + reason);
                }
                case SchemaRun.Outcome.Failed(String reason) -> {
                    failed++;
                    lines.add("failed\t" + each.name() + "\t" + reason);
                }
                case SchemaRun.Outcome.Judged judged -> {
                    passing += judged.passing() ? 1 : 0;
                    invalidAccepted += judged.invalidAccepted().isEmpty() ? 0 : 1;
                    validRefused += judged.validRefused().isEmpty() ? 0 : 1;
                    judged.invalidAccepted()
                            .forEach(text -> lines.add("accepted\t" + each.name() + "\t" + text));
                    judged.validRefused()
                            .forEach(text -> lines.add("unread\t" + each.name() + "\t" + text));
                }
            }
        }
        ObjectNode result = JsonMapper.shared().createObjectNode();
        result.put("schemas", cases.size()).put("passing", passing).put("refused", refused);
        result.put("invalidAccepted", invalidAccepted).put("validRefused", validRefused);
        result.put("failed", failed);
        result.set("maskMicros", times.mask.micros());
        result.set("compileMicros", times.compile.micros());
        System.out.println(result.toPrettyString());
        failures(lines).forEach(System.out::println);
        if (peers.isPresent()) {
            result.set("peers", beside(peers.get(), tokenizer, cases));
        }
        if (json.isPresent()) {
            Files.writeString(json.get(), result.toPrettyString() + "\n");
        }
        if (report.isPresent()) {
            Files.write(report.get(), lines);
        }
        return 0;
    }

    /**
     * Names the schemas that were judged wrongly or failed, one a line behind the kind of fault. A
     * refused schema is no fault; those are only counted, and {@code --report} lists them.
     *
     * @param lines of the report: kind, schema name and detail, separated by tabs
     */
    static List<String> failures(List<String> lines) {
        return lines.stream()
                .map(line -> line.split("\t", 3))
                .filter(fields -> !fields[0].equals("refused"))
                .map(fields -> fields[0] + "  " + fields[1])
                .distinct()
                .toList();
    }

    private ObjectNode beside(String python, Tokenizer tokenizer, List<SchemaCase> cases)
            throws IOException {
        Path script = Path.of(System.getProperty("tramontane.root", "."), "bench/grammar_peers.py");
        ObjectNode others = new GrammarPeers(python, script, schemas, tokenizer).run(cases);
        System.out.println(others.toPrettyString());
        return others;
    }
}
