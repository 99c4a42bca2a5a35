package tramontane.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.completion.Answering;
import tramontane.completion.Completions;
import tramontane.completion.EmbeddingAnswer;
import tramontane.completion.Environment;
import tramontane.completion.ModelNames;
import tramontane.ledger.AnswerHash;
import tramontane.ledger.RecordedRequest;

/**
 * The answer of a request that was run again.
 *
 * @param sum of the new answer
 */
record Replayed(RecordedRequest recorded, String sum, ObjectNode answer) {
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(1);
    private static final int SHOWN_CHARS = 40;

    /** The ledger does not say which fields were accepted; those of Mistral's mean the same. */
    private static final Caller CALLER = Caller.LOCAL.with(FieldSet.WITH_OPENAI);

    /** Runs the request with the seed that it had. */
    static Replayed run(RecordedRequest recorded, Backend backend, RandomGenerator random)
            throws ApiException, InterruptedException {
        ObjectNode body = (ObjectNode) JsonBody.parse(recorded.text().orElseThrow().request());
        body.put("model", backend.models().getFirst().id());
        InstantSource clock =
                InstantSource.fixed(Instant.ofEpochMilli(recorded.origin().beganMillis()));
        Completions completions =
                new Completions(
                        new ModelNames(backend::models, () -> false),
                        backend,
                        new Environment(clock, System::nanoTime, random));
        String path = recorded.origin().path();
        if (path.contains("/embeddings")) {
            try (EmbeddingAnswer answer = completions.embeddings(body, CALLER)) {
                return finish(recorded, answer.completion(), answer::take);
            }
        }
        body.put("random_seed", recorded.served().orElseThrow().seed());
        try (Answering answering =
                path.contains("/fim/")
                        ? completions.fim(body, CALLER)
                        : completions.chat(body, CALLER)) {
            return finish(recorded, answering.completion(), answering.whole()::take);
        }
    }

    /** Takes the events of an answer until it is whole. */
    @FunctionalInterface
    private interface Taking {
        Optional<ObjectNode> take(CompletionEvent event) throws ApiException;
    }

    private static Replayed finish(RecordedRequest recorded, Completion completion, Taking taking)
            throws ApiException, InterruptedException {
        AnswerHash hash = new AnswerHash();
        while (true) {
            Optional<CompletionEvent> event = completion.poll(POLL_TIMEOUT);
            if (event.isPresent()) {
                hash.add(event.get());
                Optional<ObjectNode> answer = taking.take(event.get());
                if (answer.isPresent()) {
                    return new Replayed(recorded, hash.sum(), answer.get());
                }
            }
        }
    }

    boolean isIdentical() {
        return recorded.hashes().answer().filter(sum::equals).isPresent();
    }

    String verdict() {
        if (isIdentical() && answer.has("data")) {
            return "identical: " + answer.path("data").size() + " vectors, the same numbers";
        }
        if (isIdentical()) {
            return "identical: "
                    + answer.at("/usage/completion_tokens").asInt(0)
                    + " tokens, the same text, calls and finish reasons";
        }
        String sums =
                "different: the answer's sum is "
                        + sum
                        + ", the ledger has "
                        + recorded.hashes().answer().orElse("none");
        return recorded.text()
                .flatMap(text -> text.answer())
                .map(bytes -> sums + differences(JsonMapper.shared().readTree(bytes)))
                .orElse(sums);
    }

    private String differences(JsonNode before) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < answer.path("choices").size(); i++) {
            String then = content(before, i);
            String now = content(answer, i);
            int same = 0;
            while (same < Math.min(then.length(), now.length())
                    && then.charAt(same) == now.charAt(same)) {
                same++;
            }
            if (!then.equals(now)) {
                text.append("\nchoice ").append(i).append(" from character ").append(same);
                text.append("\n  then: ").append(shown(then, same));
                text.append("\n  now:  ").append(shown(now, same));
            }
        }
        return text.toString();
    }

    private static String content(JsonNode answer, int choice) {
        return List.of("content", "tool_calls").stream()
                .map(part -> answer.at("/choices/" + choice + "/message/" + part))
                .map(part -> part.isString() ? part.stringValue() : part.toString())
                .reduce("", String::concat);
    }

    private static String shown(String text, int from) {
        String rest = text.substring(from);
        return rest.length() <= SHOWN_CHARS ? rest : rest.substring(0, SHOWN_CHARS) + "…";
    }
}
