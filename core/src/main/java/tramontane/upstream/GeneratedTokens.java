package tramontane.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.api.Usage;

/**
 * The tokens of an answer as far as its server has said them in comments of the stream, and its
 * figures at that time. For one thread.
 */
final class GeneratedTokens {
    private static final String COMMENT = ": tokens ";

    /** Of all choices; what is beyond it is generated again if a server dies. */
    private static final int MAX_TOKENS = 1 << 20;

    private static final class Choice {
        private int[] ids = new int[64];
        private int count;

        /** Tokens that the server of now has said; those that are known already count once. */
        private int said;

        private void add(int id) {
            if (said == count) {
                if (count == ids.length) {
                    ids = Arrays.copyOf(ids, 2 * count);
                }
                ids[count++] = id;
            }
            said++;
        }
    }

    private final List<Choice> choices = new ArrayList<>();
    private int all;
    private Optional<Integer> cached = Optional.empty();
    private Usage.Drafts before = new Usage.Drafts(0, 0);
    private Usage.Drafts now = new Usage.Drafts(0, 0);

    GeneratedTokens(int choices) {
        for (int i = 0; i < choices; i++) {
            this.choices.add(new Choice());
        }
    }

    /** Reads a comment, if it is about tokens. One that is malformed says nothing. */
    void read(byte[] line) {
        if (line.length < COMMENT.length()
                || !new String(line, 0, COMMENT.length(), StandardCharsets.US_ASCII)
                        .equals(COMMENT)) {
            return;
        }
        try {
            take(JsonBody.parse(Arrays.copyOfRange(line, COMMENT.length(), line.length)));
        } catch (ApiException e) {
            // Without the tokens the answer is generated again, which takes longer.
            return;
        }
    }

    private void take(JsonNode said) {
        JsonNode ids = said.path("ids");
        for (int i = 0; ids.isArray() && i < Math.min(ids.size(), choices.size()); i++) {
            for (JsonNode id : ids.get(i)) {
                if (id.isInt() && id.intValue() >= 0 && all < MAX_TOKENS) {
                    choices.get(i).add(id.intValue());
                    all++;
                }
            }
        }
        if (cached.isEmpty() && said.path("cached_tokens").isInt()) {
            cached = Optional.of(said.path("cached_tokens").intValue());
        }
        now =
                new Usage.Drafts(
                        said.path("accepted_drafts").asInt(0),
                        said.path("rejected_drafts").asInt(0));
    }

    /** Of all choices. */
    int count() {
        return choices.stream().mapToInt(each -> each.count).sum();
    }

    /** Another server begins to tell the answer. */
    void tellAgain() {
        choices.forEach(each -> each.said = 0);
        all = count();
        before = sum(before, now);
        now = new Usage.Drafts(0, 0);
    }

    private static Usage.Drafts sum(Usage.Drafts a, Usage.Drafts b) {
        return new Usage.Drafts(a.accepted() + b.accepted(), a.rejected() + b.rejected());
    }

    ArrayNode json() {
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        for (Choice choice : choices) {
            ArrayNode ids = json.addArray();
            Arrays.stream(choice.ids, 0, choice.count).forEach(ids::add);
        }
        return json;
    }

    /**
     * The usage as one server would have it: the first one's cached tokens, and the drafts of all.
     *
     * @param last of the server that ended the answer
     */
    Usage whole(Usage last) {
        return new Usage(
                last.promptTokens(),
                Math.min(cached.orElse(last.cachedTokens()), last.promptTokens()),
                last.completionTokens(),
                last.reasoningTokens(),
                last.drafts().map(drafts -> sum(before, drafts)));
    }
}
