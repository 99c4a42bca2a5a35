package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/** {@code serve --draft-model} as its user sees it. */
@DisabledOnOs(OS.WINDOWS)
class DraftModelProcessTest {
    private static final Pattern ACCEPTED = Pattern.compile("\"accepted_drafts\":(\\d+)");

    @TempDir Path folder;
    private Path large;
    private Path draft;

    @BeforeEach
    void write() {
        TinyModel small = TinyModel.of(Architecture.LLAMA);
        draft = small.write(folder.resolve("draft.gguf"));
        large = small.withIdleLayers(40).write(folder.resolve("large.gguf"));
    }

    private static String ask(URI chat, int seed) throws Exception {
        String body =
                """
                {"model": "large", "messages": [{"role": "user", "content": "question %d"}], "max_tokens": 150,
                 "temperature": 0.8, "random_seed": %d, "stream": true}
                """
                        .formatted(seed, seed);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(chat)
                                    .header("Content-Type", "application/json")
                                    .header("tramontane-metrics", "true")
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        }
    }

    private static URI chat(RunningProgram server) throws Exception {
        String line = server.await("Listening on ");
        Matcher address = Pattern.compile("http://[0-9.:]+").matcher(line);
        assertThat(address.find()).as(line).isTrue();
        return URI.create(address.group() + "/v1/chat/completions");
    }

    /** The text of a stream, without ids and times. */
    private static String text(String stream) {
        StringBuilder text = new StringBuilder();
        for (String line : stream.split("\n")) {
            if (line.startsWith("data: {")) {
                text.append(
                        JsonMapper.shared()
                                .readTree(line.substring(6))
                                .at("/choices/0/delta/content")
                                .asString(""));
            }
        }
        return text.toString();
    }

    private static int accepted(String stream) {
        Matcher counts = ACCEPTED.matcher(stream);
        int last = 0;
        while (counts.find()) {
            last = Integer.parseInt(counts.group(1));
        }
        return last;
    }

    @Test
    void answersAreTheSameAndHaveDrafts() throws Exception {
        String[] plain = {"--model", large.toString(), "--port", "0"};
        String[] drafted = {
            "--model", large.toString(), "--port", "0", "--draft-model", draft.toString()
        };
        try (RunningProgram without = RunningProgram.serve(Map.of(), List.of(), plain);
                RunningProgram with = RunningProgram.serve(Map.of(), List.of(), drafted)) {
            URI one = chat(without);
            URI other = chat(with);
            int accepted = 0;
            // How often it drafts depends on what steps are measured to cost.
            for (int seed = 0; accepted == 0 && seed < 100; seed++) {
                String stream = ask(other, seed);
                assertThat(text(stream)).isNotEmpty().isEqualTo(text(ask(one, seed)));
                accepted = accepted(stream);
            }
            assertThat(accepted).isPositive();
            assertThat(with.said()).contains("Answers of " + large + " are drafted by " + draft);
        }
    }

    @Test
    void whatCannotDraftIsRefusedAtTheStart() throws Exception {
        Path other = folder.resolve("other.gguf");
        TinyModel.of(Architecture.LLAMA)
                .gguf()
                .put(
                        "tokenizer.ggml.tokens",
                        java.util.Collections.nCopies(TinyVocabulary.SIZE, "x"))
                .write(other);
        refused(other.toString(), "other.gguf cannot draft for this model");
        refused("no-such-model", "there is no model no-such-model");
        refused("small=" + draft, "--draft-model small=…: no model small is served");
    }

    private void refused(String given, String reason) throws Exception {
        String[] arguments = {"--model", large.toString(), "--port", "0", "--draft-model", given};
        try (RunningProgram server = RunningProgram.serve(Map.of(), List.of(), arguments)) {
            assertThat(server.awaitEnd()).as(given).isEqualTo(1);
            assertThat(server.said()).contains(reason);
        }
    }
}
