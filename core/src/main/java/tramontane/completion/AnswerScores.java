package tramontane.completion;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.CompletionRequest;
import tramontane.api.ScoredToken;
import tramontane.sampling.WantedLogprobs;

/**
 * Collects logprobs and adds them to the text they belong to. In a stream, a token whose text is
 * held back waits for the next chunk of its choice. Every generated token is listed, also one whose
 * text is not part of the answer, such as a stop string or a code fence around JSON.
 */
final class AnswerScores {
    private static final String ANSWER = "logprobs";
    private static final String PROMPT = "prompt_logprobs";

    private final WantedLogprobs wanted;
    private final List<List<ScoredToken>> answers = new ArrayList<>();
    private List<ScoredToken> prompt = List.of();

    AnswerScores(CompletionRequest request) {
        wanted = request.output().logprobs();
        for (int choice = 0; choice < request.length().n(); choice++) {
            answers.add(new ArrayList<>());
        }
    }

    void prompt(List<ScoredToken> tokens) {
        prompt = tokens;
    }

    void add(int choice, ScoredToken token) {
        answers.get(choice).add(token);
    }

    ObjectNode inWhole(ObjectNode answer) {
        for (int choice = 0; choice < answers.size(); choice++) {
            ObjectNode node = (ObjectNode) answer.get("choices").get(choice);
            if (wanted.answer().isPresent()) {
                ScoredToken.put(node, ANSWER, answers.get(choice));
            }
            inOpening(answer, node);
        }
        return answer;
    }

    ObjectNode inOpening(ObjectNode chunk) {
        return inOpening(chunk, (ObjectNode) chunk.get("choices").get(0));
    }

    private ObjectNode inOpening(ObjectNode chunk, ObjectNode choice) {
        if (wanted.prompt().isPresent()) {
            ScoredToken.put(choice, PROMPT, prompt);
        }
        return chunk;
    }

    ObjectNode inChunk(int choice, ObjectNode chunk) {
        List<ScoredToken> waiting = answers.get(choice);
        if (!waiting.isEmpty()) {
            ScoredToken.put((ObjectNode) chunk.get("choices").get(0), ANSWER, waiting);
            waiting.clear();
        }
        return chunk;
    }
}
