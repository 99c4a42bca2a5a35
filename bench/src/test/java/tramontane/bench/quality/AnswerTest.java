package tramontane.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers are read from completions, and kept and found again. */
class AnswerTest {
    @TempDir private Path folder;

    static Answer text(String text) {
        return new Answer(text, Optional.empty(), "stop", 1, 1, Optional.empty());
    }

    static Answer call(String name, String arguments) {
        return new Answer(
                "",
                Optional.of(new Answer.Call(name, arguments)),
                "tool_calls",
                1,
                1,
                Optional.empty());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @Test
    void aCallIsOneCallAndContentMayBeChunks() {
        Answer one =
                Answer.of(
                        json(
                                """
                                {"choices": [{"finish_reason": "tool_calls", "message": {"content": null,
                                  "tool_calls": [{"function": {"name": "a", "arguments": "{\\"x\\":1}"}}]}}],
                                 "usage": {"prompt_tokens": 7, "completion_tokens": 5}}\
                                """));
        assertThat(one)
                .isEqualTo(
                        new Answer(
                                "",
                                Optional.of(new Answer.Call("a", "{\"x\":1}")),
                                "tool_calls",
                                7,
                                5,
                                Optional.empty()));
        Answer two =
                Answer.of(
                        json(
                                """
                                {"choices": [{"finish_reason": "stop", "message": {
                                  "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
                                  "tool_calls": [{"function": {}}, {"function": {}}]}}]}\
                                """));
        assertThat(two.call()).isEmpty();
        assertThat(two.text()).isEqualTo("ab");
    }

    @Test
    void aMaskCostsWhatTheLikeliestTokenOfTheJsonWasAheadOfTheOneTaken() {
        MaskCost cost =
                MaskCost.of(
                        json(
                                """
                                [{"token": "<call>", "logprob": -20, "top_logprobs": [{"token": "So", "logprob": -0.5}]},
                                 {"token": "{", "logprob": -0.5, "top_logprobs": [{"token": "{", "logprob": -0.5}]},
                                 {"token": "b", "logprob": -13.5, "top_logprobs": [{"token": "c", "logprob": -0.25}]},
                                 {"token": "d", "logprob": -1.0001, "top_logprobs": [{"token": "e", "logprob": -1.0}]},
                                 {"token": "}", "logprob": -0.1, "top_logprobs": [{"token": "}", "logprob": -0.1}]},
                                 {"token": "</call>", "logprob": -9, "top_logprobs": [{"token": ".", "logprob": -1}]}]\
                                """));
        assertThat(cost.nats()).isCloseTo(13.25, within(1e-9));
        assertThat(cost.tokens()).isEqualTo(4);
        assertThat(cost.overruled()).isOne();
        assertThat(cost.largest()).containsExactly(new MaskCost.Turn(2, "c", "<call>{⟨b⟩", 13.25));
    }

    @Test
    void aLogIsReadAgainWithoutALineThatWasCut() throws IOException {
        Path file = folder.resolve("answers.jsonl");
        AnswerLog.Key key = new AnswerLog.Key("engine", "model", Mode.TOOL_CALL, 0.7, "task-1");
        Answer answer = call("save", "{\"a\": 1}");
        MaskCost cost =
                new MaskCost(1.5, 4, 1, java.util.List.of(new MaskCost.Turn(2, "a", "⟨b⟩", 1.5)));
        Answer scored = new Answer("x", Optional.empty(), "stop", 3, 4, Optional.of(cost));
        AnswerLog.Key other = new AnswerLog.Key("engine", "model", Mode.TEXT, 0, "task-1");
        AnswerLog log = new AnswerLog(Optional.of(file));
        log.add(key, answer);
        log.add(other, scored);
        Files.writeString(file, "{\"engine\": \"eng", StandardOpenOption.APPEND);
        AnswerLog again = new AnswerLog(Optional.of(file));
        assertThat(again.get(key)).contains(answer);
        assertThat(again.get(other)).contains(scored);
        AnswerLog.Key unasked = new AnswerLog.Key("engine", "model", Mode.TEXT, 0, "task-2");
        assertThat(again.get(unasked)).isEmpty();
    }
}
