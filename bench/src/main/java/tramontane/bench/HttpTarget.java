package tramontane.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server behind a URL. Prompts are random words of about the wanted number of tokens. Answers end
 * where the model ends them, so only the tokens received are counted.
 */
final class HttpTarget implements Contestant {
    private static final String[] WORDS = {
        "the", "wind", "comes", "from", "north", "and", "cold", "water", "over", "stone", "house",
        "light", "on", "a", "road", "to", "old", "city", "where", "people", "sing", "in", "evening"
    };
    private static final int PROBE_WORDS = 200;

    private final String name;
    private final ChatClient client;
    private final Random random = new Random(1);
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final double tokensPerWord;
    private final int templateTokens;

    HttpTarget(String name, ChatClient client) throws IOException, InterruptedException {
        this.name = name;
        this.client = client;
        int few = promptTokens(words(1));
        int many = promptTokens(words(1 + PROBE_WORDS));
        tokensPerWord = (many - few) / (double) PROBE_WORDS;
        templateTokens = (int) (few - tokensPerWord);
    }

    private int promptTokens(String prompt) throws IOException, InterruptedException {
        return client.whole(client.body(prompt, 1)).path("usage").path("prompt_tokens").asInt();
    }

    private String words(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    private String prompt(int tokens) {
        return words((int) Math.max(1, (tokens - templateTokens) / tokensPerWord));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Timing run(Load load) {
        return switch (load) {
            case Load.Prefill(int tokens) -> prefill(tokens);
            case Load.Decode(int depth, int tokens) ->
                    timing(askAll(1, Math.max(depth, 16), tokens + 1));
            case Load.Streams(int count, int prompt, int tokens) ->
                    timing(askAll(count, prompt, tokens + 1));
        };
    }

    private Timing prefill(int tokens) {
        ChatClient.Answer answer = askAll(1, tokens, 2).getFirst();
        int read = answer.promptTokens() > 0 ? answer.promptTokens() : tokens;
        return new Timing(
                read, answer.firstSeconds(), Double.NaN, List.of(answer.firstSeconds()), List.of());
    }

    private static Timing timing(List<ChatClient.Answer> answers) {
        Overlap overlap = Overlap.of(answers.stream().map(ChatClient.Answer::arrivals).toList());
        double counted = 0;
        for (ChatClient.Answer answer : answers) {
            double tokensPerChunk = answer.tokens() / (double) answer.chunkNanos().size();
            counted += tokensPerChunk * overlap.pieces(answer.arrivals());
        }
        return new Timing(
                Math.max(1, (int) Math.round(counted)),
                overlap.seconds(),
                Double.NaN,
                answers.stream().map(ChatClient.Answer::firstSeconds).toList(),
                answers.stream().flatMap(answer -> answer.gaps().stream()).toList());
    }

    private List<ChatClient.Answer> askAll(int count, int promptTokens, int answerTokens) {
        List<Future<ChatClient.Answer>> asked = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ObjectNode body = client.body(prompt(promptTokens), answerTokens);
            asked.add(callers.submit(() -> client.stream(body)));
        }
        List<ChatClient.Answer> answers = new ArrayList<>();
        try {
            for (Future<ChatClient.Answer> one : asked) {
                answers.add(one.get());
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("a request to " + name + " failed", e);
        }
        // An answer without text, such as one that ended at once, has nothing to time.
        answers.removeIf(answer -> answer.chunkNanos().size() < 1);
        return answers;
    }

    @Override
    public void close() {
        callers.close();
    }
}
