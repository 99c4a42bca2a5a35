package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.kernel.choice.KernelChoice;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** What the benchmark says is what happened: with a tiny model, in milliseconds. */
class BenchTest {
    private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

    @TempDir private Path folder;
    private OwnEngine engine;

    @BeforeEach
    void load() {
        Path file = TinyModel.of(Architecture.QWEN2).write(folder.resolve("tiny.gguf"));
        engine = OwnEngine.load(file, KernelChoice.of(""), 2, EditLoad.LONGEST, 16_384);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void everyLoadIsTimedOverTheTokensItAskedFor() {
        List<Load> loads = Load.standard(true, List.of(), 2048);
        assertThat(loads).hasSize(6);
        for (Load load : loads) {
            Timing timing = engine.run(load);
            // Of answers, only what comes while all are running is counted.
            int counted = load instanceof Load.Prefill ? load.tokens() : timing.tokens();
            assertThat(timing.tokens()).as(load.label()).isPositive().isEqualTo(counted);
            assertThat(timing.seconds()).as(load.label()).isPositive();
            // A clock of the system that may tick only a hundred times a second.
            assertThat(timing.coreSeconds()).as(load.label()).isNotNegative();
        }
    }

    @Test
    void plainDecodingHasNoDraftsAndADepthIsComputedOnce() {
        Load load = new Load.Decode(1024, 32);
        Timing first = engine.run(load);
        Timing second = engine.run(load);
        assertThat(first.gapSeconds()).hasSize(32);
        assertThat(second.gapSeconds()).hasSize(32);
        OwnEngine.Answer plain = engine.ask(OwnEngine.request(engine.encode("x"), 64, "plain"));
        assertThat(plain.counts().acceptedDrafts() + plain.counts().rejectedDrafts()).isZero();
        OwnEngine.Answer again = engine.ask(OwnEngine.request(engine.encode("x"), 1, "other"));
        assertThat(again.counts().cachedTokens()).isZero();
    }

    @Test
    void aPredictionIsAcceptedAndChangesNothing() {
        ObjectNode result = new EditLoad(engine).run(2);
        assertThat(result.path("sameTokens").asBoolean()).isTrue();
        assertThat(result.path("accepted").asInt()).isPositive();
    }

    @Test
    void sharedPrefixesAreFoundInTheCache() {
        ObjectNode result = new PrefixLoads(engine).sharedPrefix();
        assertThat(result.path("cachedTokensEach").asInt()).isEqualTo(1024);
    }

    @Test
    void cancelledRequestsGiveTheirBlocksBack() throws InterruptedException {
        assertThat(CancelSoak.run(engine, 300).path("passed").asBoolean()).isTrue();
    }

    @Test
    void growthOfMemoryThreadsOrFilesIsSeenAndScatterIsNot() {
        Vitals before = Vitals.median(List.of(vitals(100), vitals(90), vitals(400)));
        assertThat(before).isEqualTo(vitals(100));
        assertThat(vitals(104).isNoMoreThan(before)).isTrue();
        assertThat(vitals(106).isNoMoreThan(before)).isFalse();
        assertThat(new Vitals(100, 60, 20).isNoMoreThan(before)).isFalse();
        assertThat(new Vitals(100, 40, 40).isNoMoreThan(before)).isFalse();
    }

    private static Vitals vitals(long megabytes) {
        return new Vitals(megabytes << 20, 40, 20);
    }

    @Test
    void percentilesAreNearestRanks() {
        List<Double> values = List.of(4.0, 1.0, 3.0, 2.0);
        assertThat(Statistics.median(values)).isEqualTo(2.5);
        assertThat(Statistics.percentile(values, 99)).isEqualTo(4);
        assertThat(Statistics.percentile(List.of(), 50)).isNaN();
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        Row row =
                new Row(
                        new Load.Prefill(100),
                        1,
                        List.of("a", "b"),
                        List.of("", ""),
                        List.of(rounds(1, 2, 4), rounds(2, 8, 8)));
        assertThat(row.ratio(1)).isCloseTo(2, within(1e-9));
        assertThat(row.median(0)).isCloseTo(50, within(1e-9));
    }

    @Test
    void theFastestPeerCounts() {
        Row row =
                new Row(
                        new Load.Prefill(100),
                        1,
                        List.of("ours", "one", "two"),
                        List.of("", "", ""),
                        List.of(rounds(1, 1), rounds(4, 4), rounds(2, 2)));
        ObjectNode run = JsonMapper.shared().createObjectNode();
        ObjectNode model = run.putArray("models").addObject().put("file", "a.gguf");
        model.putArray("rows").add(row.toJson(1e9));
        assertThat(MarkdownTable.of(run))
                .contains(
                        "(ratio to the faster of one and two)", "| prefill 100 | 100 (**2.00**) |");
        assertThat(row.toJson(1e9).at("/contestants/0/coreSecondsPer1000").doubleValue())
                .isEqualTo(20);
        assertThat(Plot.of(run))
                .contains("as fast as the faster of one and two", "100 / 25.0 / 50.0");
    }

    private static List<Timing> rounds(double... seconds) {
        return java.util.Arrays.stream(seconds)
                .mapToObj(each -> new Timing(100, each, 2 * each, List.of(), List.of()))
                .toList();
    }

    @Test
    void aContestantIsNotTimedBeforeItsWarmUpHasPassed() {
        Duration warmUp = Duration.ofMillis(200);
        long start = System.nanoTime();
        List<Row> rows =
                new Comparison(List.of(engine), new Repeats(1, warmUp), NOWHERE)
                        .run(List.of(new Load.Prefill(128)), 1e6, 100, 1e9);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(warmUp);
        assertThat(rows).hasSize(1);
    }

    @Test
    void aRunBecomesATableAndADrawing() throws Exception {
        List<Row> rows =
                new Comparison(List.of(engine, engine), Repeats.ONCE, NOWHERE)
                        .run(List.of(new Load.Prefill(512)), 1e6, 100, 1e9);
        ObjectNode run = JsonMapper.shared().createObjectNode();
        ObjectNode model = run.putArray("models").addObject().put("file", "a<b.gguf");
        ArrayNode list = model.putArray("rows");
        rows.forEach(row -> list.add(row.toJson(1e9)));
        assertThat(MarkdownTable.of(run)).contains("| prefill 512 |");
        byte[] svg = Plot.of(run).getBytes(StandardCharsets.UTF_8);
        var drawing =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new java.io.ByteArrayInputStream(svg));
        assertThat(drawing.getElementsByTagName("rect").getLength()).isEqualTo(2);
    }
}
