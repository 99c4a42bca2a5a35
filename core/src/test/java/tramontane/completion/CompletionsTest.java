package tramontane.completion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** A Java program asks a real model with the API's JSON, and no socket is open. */
class CompletionsTest {
    private static final RunOptions OPTIONS =
            new RunOptions(Optional.of(2), Optional.of(512), Optional.of(2));
    private static final String ASK =
            "{'model':'tiny','random_seed':3,'max_tokens':12,'messages':[{'role':'user','content':'Hi'}]";

    @TempDir private static Path directory;

    private static ModelBackend backend;
    private static Completions completions;

    @BeforeAll
    static void load() throws IOException {
        Path file = directory.resolve("tiny.gguf");
        TinyModel.of(Architecture.LLAMA).write(file);
        backend =
                ModelBackend.load(
                        file,
                        new ModelCard.Names("tiny", List.of()),
                        OPTIONS,
                        TinyCompletions.machine());
        completions = TinyCompletions.of(backend);
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    private static JsonNode body(String fields) throws ApiException {
        return JsonBody.parse((ASK + fields + "}").replace('\'', '"').getBytes(UTF_8));
    }

    private static ObjectNode whole(String fields) throws ApiException, InterruptedException {
        return TinyCompletions.whole(completions, body(fields));
    }

    private static ObjectNode joined(String fields) throws ApiException, InterruptedException {
        try (Answering answering = completions.chat(body(fields), Caller.LOCAL)) {
            AnswerChunks chunks = answering.chunks();
            JoinedChunks joined = new JoinedChunks();
            while (chunks.state() == AnswerChunks.State.OPEN) {
                Optional<CompletionEvent> event =
                        answering.completion().poll(Duration.ofSeconds(1));
                event.ifPresent(each -> chunks.take(each).forEach(joined::add));
            }
            assertThat(chunks.state()).isEqualTo(AnswerChunks.State.COMPLETE);
            return joined.whole();
        }
    }

    @Test
    void chunksJoinedAreTheWholeAnswer() throws ApiException, InterruptedException {
        for (String fields :
                new String[] {"", ",'n':2", ",'response_format':{'type':'json_object'}"}) {
            ObjectNode whole = whole(fields);
            assertThat(whole.get("usage").get("completion_tokens").asInt()).isPositive();
            ObjectNode joined = joined(fields);
            assertThat(joined.get("choices")).isEqualTo(whole.get("choices"));
            assertThat(joined.get("usage").get("completion_tokens"))
                    .isEqualTo(whole.get("usage").get("completion_tokens"));
        }
    }

    @Test
    void faultsAreReportedBeforeAnythingIsGenerated() {
        assertThatThrownBy(() -> completions.chat(body(",'top_p':2"), Caller.LOCAL))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.body().toString()).contains("top_p"));
        assertThatThrownBy(() -> completions.chat(body(",'reasoning_effort':'high'"), Caller.LOCAL))
                .hasMessageContaining("reasoning");
    }
}
