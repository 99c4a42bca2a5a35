package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.bench.quality.AnswerLog;
import tramontane.bench.quality.ApiRespondent;
import tramontane.bench.quality.Language;
import tramontane.bench.quality.Mode;
import tramontane.bench.quality.QualityRun;
import tramontane.bench.quality.QualityTable;
import tramontane.bench.quality.TaskGenerator;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** A whole run over a socket with a tiny model, whose answers are all wrong. */
class QualityRunTest {
    private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());
    private static final List<Mode> MODES = List.of(Mode.values());

    @TempDir private Path folder;

    @Test
    void everyTaskIsAskedOnceInEveryModeAndOnlyMasksCost() throws Exception {
        Path model = TinyModel.of(Architecture.QWEN2).write(folder.resolve("tiny.gguf"));
        Optional<Path> file = Optional.of(folder.resolve("answers.jsonl"));
        QualityRun.Plan plan =
                new QualityRun.Plan(
                        "tiny", 0, 1, TaskGenerator.tasks(1, 8, List.of(Language.ENGLISH)), MODES);
        QualityRun run = new QualityRun(plan, new AnswerLog(file), () -> false, NOWHERE);
        assertThat(run.isNeeded("ours", MODES)).isTrue();
        try (HttpClient http = HttpRuns.newClient();
                ServerProcess server = ServerProcess.start(model, 1, http, "--parallel", "4");
                ApiRespondent ours =
                        new ApiRespondent(http, server.url(), Optional.empty(), "ours", 4)) {
            run.run(ours);
        }
        ObjectNode summary = run.summary("ours");
        for (Mode mode : MODES) {
            JsonNode counted = summary.path("modes").path(mode.label());
            assertThat(counted.path("of").asInt()).as(mode.label()).isEqualTo(8);
            assertThat(counted.path("natsPerToken").asDouble() > 0)
                    .as(mode.label())
                    .isEqualTo(mode != Mode.TEXT);
        }
        assertThat(Files.readAllLines(file.orElseThrow())).hasSize(4 * 8);

        // A later run with the same file asks nothing again, so no server is needed.
        QualityRun again = new QualityRun(plan, new AnswerLog(file), () -> false, NOWHERE);
        assertThat(again.isNeeded("ours", MODES)).isFalse();
        assertThat(again.summary("ours")).isEqualTo(summary);
        ObjectNode result = summary.objectNode();
        result.putArray("runs").add(summary);
        assertThat(QualityTable.of(List.of(result))).contains("| tiny, greedy | ours | **0**/8");
    }
}
