package tramontane.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tramontane.api.CompletionRequest;
import tramontane.api.ScoredToken;
import tramontane.api.Usage;
import tramontane.sampling.WantedLogprobs;

/**
 * Reads logprobs in the forms of all engines, and checks that an answer has those that the request
 * wants. For one thread.
 */
final class ScoreReader {
    private final WantedLogprobs wanted;
    private final int choices;
    private boolean hasPrompt;
    private long tokens;

    ScoreReader(CompletionRequest request) {
        this.wanted = request.output().logprobs();
        this.choices = request.length().n();
    }

    /** Tokens of the answer with logprobs so far. */
    long tokens() {
        return tokens;
    }

    /**
     * The tokens that a chunk's choice scores; none if the request wants none.
     *
     * @throws BrokenAnswerException if they are not as they should be
     */
    List<ScoredToken> answer(JsonNode choice) throws BrokenAnswerException {
        if (wanted.answer().isEmpty()) {
            return List.of();
        }
        List<ScoredToken> read =
                read(
                        choice.path("logprobs").path("content"),
                        choice.path("token_ids"),
                        wanted.answer());
        tokens += read.size();
        return read;
    }

    /** The prompt's tokens, which come with the first chunk of each choice; empty afterwards. */
    List<ScoredToken> prompt(JsonNode choice) throws BrokenAnswerException {
        JsonNode content = choice.path("prompt_logprobs").path("content");
        if (wanted.prompt().isEmpty() || hasPrompt || !content.isArray()) {
            return List.of();
        }
        hasPrompt = true;
        return read(content, JsonNodeFactory.instance.missingNode(), wanted.prompt());
    }

    /**
     * Checks the number of tokens. The token that ends a choice may be counted, listed, both or
     * neither.
     *
     * @param called true if there are tool calls, whose tokens some engines do not list
     */
    void end(Usage usage, boolean called) throws BrokenAnswerException {
        if (wanted.prompt().isPresent() && !hasPrompt) {
            throw wrong("it sent no prompt_logprobs");
        }
        long written = usage.completionTokens();
        long listable = written - usage.reasoningTokens().orElse(0);
        boolean tooFew = !called && tokens < listable - choices;
        if (wanted.answer().isPresent() && (tooFew || tokens > written + choices)) {
            throw wrong("it sent logprobs of " + tokens + " tokens, but wrote " + written);
        }
    }

    private static List<ScoredToken> read(JsonNode content, JsonNode ids, OptionalInt top)
            throws BrokenAnswerException {
        List<ScoredToken> read = new ArrayList<>(content.size());
        boolean hasIds = ids.isArray() && ids.size() == content.size();
        for (int i = 0; i < content.size(); i++) {
            int id = hasIds ? ids.get(i).asInt(-1) : ScoredToken.Piece.NO_ID;
            read.add(token(content.get(i), id, top.orElse(0)));
        }
        return read;
    }

    private static ScoredToken token(JsonNode node, int id, int top) throws BrokenAnswerException {
        ScoredToken.Piece own = piece(node, id);
        List<ScoredToken.Piece> others = new ArrayList<>();
        for (JsonNode other : node.path("top_logprobs")) {
            others.add(piece(other, ScoredToken.Piece.NO_ID));
        }
        if (others.isEmpty() && top > 0) {
            throw wrong("it sent no top_logprobs");
        }
        // vLLM puts the token itself first, and may list one more than was wanted.
        others.sort(Comparator.comparingDouble(ScoredToken.Piece::logprob).reversed());
        return new ScoredToken.Remote(own, others.subList(0, Math.min(top, others.size())));
    }

    private static ScoredToken.Piece piece(JsonNode node, int id) throws BrokenAnswerException {
        JsonNode text = node.path("token");
        JsonNode logprob = node.path("logprob");
        if (!text.isString() || !logprob.isNumber() || !Double.isFinite(logprob.doubleValue())) {
            throw wrong("it sent logprobs that cannot be read");
        }
        // llama-server says the id by another name.
        JsonNode told = node.has("token_id") ? node.path("token_id") : node.path("id");
        return new ScoredToken.Piece(
                text.stringValue(),
                logprob.doubleValue(),
                bytes(node.path("bytes"), text.stringValue()),
                told.isInt() ? told.intValue() : id);
    }

    private static byte[] bytes(JsonNode sent, String text) throws BrokenAnswerException {
        if (!sent.isArray()) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = new byte[sent.size()];
        for (int i = 0; i < bytes.length; i++) {
            int value = sent.get(i).asInt(-1);
            if (value < 0 || value > 0xFF) {
                throw wrong("it sent logprobs that cannot be read");
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    /** A server without logprobs may answer all other requests as it should. */
    private static BrokenAnswerException wrong(String message) {
        return new BrokenAnswerException(BrokenAnswerException.Fault.MODEL, message);
    }
}
