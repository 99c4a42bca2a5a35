package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;

/** {@code replay} of requests that a server process has answered. */
@DisabledOnOs(OS.WINDOWS)
class ReplayProcessTest extends TinyServerTest {
    @Test
    void replayGivesTheSameAnswerAndSaysWhyItCannot() throws Exception {
        String whole;
        String streamed;
        String openAi;
        String refused;
        String noText;
        Path ledger = folder.resolve("ledger.db");
        String[] plain = serving("--ledger", ledger.toString());
        String[] keeping =
                serving("--ledger", ledger.toString(), "--ledger-text", "--openai-fields");
        try (HttpClient client = HttpClient.newHttpClient()) {
            try (RunningProgram server = RunningProgram.start(home(), keeping)) {
                URI url = server.url();
                whole = id(ask(client, url, "Hello", false));
                streamed = id(ask(client, url, "Bye", true));
                openAi =
                        id(
                                send(
                                        client,
                                        url,
                                        QUESTION.formatted("a", false)
                                                .replace("max", "seed\": 5, \"max")));
                refused = id(ask(client, url, "\\ud800", false));
                awaitSums(ledger);
                // A refusal is sent before its row is written, so the server has to end in order.
                server.terminate();
                assertThat(server.awaitEnd()).isEqualTo(143);
            }
            try (RunningProgram server = RunningProgram.start(home(), plain)) {
                noText = id(ask(client, server.url(), "Hello", false));
            }
        }
        assertThat(process(0, replaying(ledger, whole))).contains("identical: 4 tokens");
        assertThat(replay(0, ledger, streamed)).contains("identical: 4 tokens");
        assertThat(replay(0, ledger, openAi)).contains("identical: 4 tokens");
        assertThat(replay(1, ledger, refused)).contains("was refused");
        assertThat(replay(1, ledger, noText)).contains("was not kept", "--ledger-text");
        assertThat(replay(1, ledger, "nonsense")).contains("there is no request nonsense");
        DatabaseUrl url = new DatabaseUrl.Sqlite(ledger);
        Rows.change(url, "UPDATE ledger SET answer_sha256 = 'ab' WHERE id = '" + whole + "'");
        Rows.change(
                url,
                "UPDATE ledger_text SET answer = CAST('{\"choices\":[{\"message\":{\"content\":\"~~\"}}]}'"
                        + " AS BLOB) WHERE id = '"
                        + whole
                        + "'");
        assertThat(replay(1, ledger, whole))
                .contains("different: the answer's sum is", "the ledger has ab")
                .contains("choice 0 from character 0", "then: ~~");
        TinyModel.of(Architecture.QWEN2).write(model);
        assertThat(replay(1, ledger, streamed)).contains("is not the file that wrote the answer");
    }

    @Test
    void replayNoticesAnotherImageEncoder() throws Exception {
        model = TinyPictures.write(folder, "tiny", TinyVision.ofMerging());
        Path encoder = folder.resolve("tiny.mmproj.gguf");
        Path ledger = folder.resolve("ledger.db");
        String seeing;
        String text;
        try (HttpClient client = HttpClient.newHttpClient();
                RunningProgram server =
                        RunningProgram.start(
                                home(), serving("--ledger", ledger.toString(), "--ledger-text"))) {
            URI url = server.url();
            seeing = id(send(client, url, TinyPictures.seeing(7).replace('\'', '"')));
            text = id(ask(client, url, "Hello", false));
            awaitSums(ledger);
            assertThat(
                            Rows.of(
                                    new DatabaseUrl.Sqlite(ledger),
                                    "SELECT id FROM ledger WHERE encoder_sha256 IS NOT NULL"))
                    .containsExactly(Map.of("id", seeing));
        }
        assertThat(replay(0, ledger, seeing)).contains("identical: 8 tokens");
        Path moved = Files.move(encoder, folder.resolve("elsewhere.gguf"));
        assertThat(replay(1, ledger, seeing))
                .contains("there is no image encoder beside the model; --mmproj FILE names");
        assertThat(replay(0, ledger, text)).contains("identical: 4 tokens");
        for (String given : List.of(moved.toString(), "tiny=" + moved)) {
            assertThat(replay(0, ledger, seeing, "--mmproj", given))
                    .contains("identical: 8 tokens");
        }
        assertThat(replay(1, ledger, seeing, "--mmproj", encoder.toString()))
                .contains("--mmproj " + encoder + ": there is no such file");
        assertThat(replay(1, ledger, text, "--mmproj", "other=" + moved))
                .contains("--mmproj other=…: no model other is served, only tiny");
        assertThat(replay(1, ledger, text, "--mmproj", model.toString()))
                .contains(model + " cannot read images for this model");
        assertThat(replay(0, ledger, text, "--mmproj", "none")).contains("identical: 4 tokens");
        TinyVision.ofMerging().withMerge(1).write(encoder);
        assertThat(replay(1, ledger, seeing))
                .contains(encoder + " is not the file that encoded the images of the request");
        assertThat(replay(0, ledger, text)).contains("identical: 4 tokens");
        Rows.change(new DatabaseUrl.Sqlite(ledger), "UPDATE ledger SET encoder_sha256 = NULL");
        assertThat(replay(1, ledger, seeing))
                .contains("The ledger has no sum of the image encoder's file")
                .contains("different: the answer's sum is");
    }

    /** The sum of the model's file is computed beside the first requests. */
    private static void awaitSums(Path ledger) throws Exception {
        DatabaseUrl url = new DatabaseUrl.Sqlite(ledger);
        String missing =
                "SELECT id FROM ledger WHERE served_model IS NOT NULL AND"
                        + " (model_sha256 IS NULL OR images > 0 AND encoder_sha256 IS NULL)";
        while (!Rows.of(url, missing).isEmpty()) {
            Thread.sleep(20);
        }
    }

    private String[] replaying(Path ledger, String id) {
        return new String[] {
            "replay", id, "--ledger", ledger.toString(), "--model", model.toString()
        };
    }

    private String replay(int status, Path ledger, String id, String... more) {
        List<String> command = new ArrayList<>(List.of(replaying(ledger, id)));
        command.addAll(List.of(more));
        return CommandCall.run(status, command.toArray(String[]::new));
    }

    private String process(int status, String... arguments) throws Exception {
        try (RunningProgram program = RunningProgram.start(home(), arguments)) {
            assertThat(program.awaitEnd()).as(program.said()).isEqualTo(status);
            return program.said();
        }
    }
}
