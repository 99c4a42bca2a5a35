package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.backend.Completion;
import tramontane.completion.Environment;
import tramontane.engine.Generation;

/**
 * Sends an answer's token ids as comments in its stream, to gateways that ask for them with a
 * header: with these another server continues the answer if this one dies. Other clients get none.
 */
final class TokenComments {
    static final String HEADER = "tramontane-tokens";

    /** Says what the answer depends on, beside the request. */
    static final String FINGERPRINT = "tramontane-fingerprint";

    /** Tokens that are lost are generated again, so a comment for each would be too many. */
    private static final int MIN_TOKENS = 16;

    private static final long MAX_WAIT_NANOS = Duration.ofMillis(100).toNanos();

    private final EventStream stream;
    private final Environment environment;
    private final Completion completion;
    private final boolean wanted;
    private final List<List<Integer>> waiting = new ArrayList<>();
    private int waitingTokens;
    private boolean any;
    private long sentNanos;

    /**
     * @param fingerprint what the answer depends on; empty while it is not known
     */
    TokenComments(
            Exchange exchange,
            EventStream stream,
            Environment environment,
            Completion completion,
            Supplier<Optional<String>> fingerprint) {
        this.stream = stream;
        this.environment = environment;
        this.completion = completion;
        this.wanted = isWanted(exchange);
        this.sentNanos = environment.nanos().getAsLong();
        if (wanted) {
            fingerprint.get().ifPresent(value -> exchange.header(FINGERPRINT, value));
        }
    }

    private static boolean isWanted(Exchange exchange) {
        return exchange.header(HEADER).filter("true"::equalsIgnoreCase).isPresent();
    }

    /** Must be called after each poll, also one without an event: some tokens have no text. */
    void afterPoll() throws IOException {
        if (!wanted) {
            return;
        }
        List<int[]> tokens = completion.newTokens();
        for (int choice = 0; choice < tokens.size(); choice++) {
            add(choice, tokens.get(choice));
        }
        long now = environment.nanos().getAsLong();
        boolean due = !any || waitingTokens >= MIN_TOKENS || now - sentNanos >= MAX_WAIT_NANOS;
        if (waitingTokens > 0 && due) {
            send();
            sentNanos = now;
        }
    }

    private void add(int choice, int[] tokens) {
        while (waiting.size() <= choice) {
            waiting.add(new ArrayList<>());
        }
        for (int token : tokens) {
            waiting.get(choice).add(token);
        }
        waitingTokens += tokens.length;
    }

    private void send() throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode ids = json.putArray("ids");
        for (List<Integer> choice : waiting) {
            ArrayNode list = ids.addArray();
            choice.forEach(list::add);
            choice.clear();
        }
        Generation.Counts counts = completion.metrics().counts();
        json.put("cached_tokens", counts.cachedTokens())
                .put("accepted_drafts", counts.acceptedDrafts())
                .put("rejected_drafts", counts.rejectedDrafts());
        stream.comment("tokens", json);
        waitingTokens = 0;
        any = true;
    }
}
