package tramontane.upstream;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.backend.CompletionEvent;

/**
 * Lets another server go on with an answer of which the client has a part. That is possible among
 * Tramontanes of one fingerprint, because their answer depends on nothing but the request, which
 * has a seed. The other server begins anew with the known tokens as drafts, and what the client has
 * is left out. For one thread.
 */
final class Continuation {
    /** How often one answer is continued. */
    static final int MAX_TIMES = 3;

    private final boolean possible;
    private final boolean tellsTokens;
    private final Transcript told;
    private final GeneratedTokens tokens;
    private final Set<Address> others = new HashSet<>();
    private Optional<String> fingerprint = Optional.empty();
    private Optional<Address> server = Optional.empty();
    private int servers;

    Continuation(UpstreamModel model, int choices) {
        this.possible = isPossible(model);
        this.tellsTokens = tellsTokens(model);
        this.told = new Transcript(choices);
        this.tokens = new GeneratedTokens(choices);
    }

    /** True if answers of this model can be continued. */
    static boolean isPossible(UpstreamModel model) {
        return model.kind() == UpstreamKind.TRAMONTANE && model.addresses().size() > 1;
    }

    /** True if this model's servers are asked for the tokens of their answers. */
    static boolean tellsTokens(UpstreamModel model) {
        return model.kind() == UpstreamKind.TRAMONTANE;
    }

    boolean isPossible() {
        return possible;
    }

    /** Tokens that the servers have told of. */
    int tokens() {
        return tokens.count();
    }

    /** True if one more server may be asked to go on. */
    boolean mayGoOn() {
        boolean known = told.isEmpty() || fingerprint.isPresent();
        return possible && known && servers <= MAX_TIMES;
    }

    /** True once a server has started to answer. */
    boolean hasBegun() {
        return servers > 0;
    }

    /** The server that has started to answer last. */
    Optional<Address> server() {
        return server;
    }

    /** How many servers have started to answer. */
    int servers() {
        return servers;
    }

    /** Servers that would answer differently. */
    Set<Address> others() {
        return others;
    }

    /**
     * A server begins to answer. False if its answer would be another than that of the first
     * server.
     *
     * @param said the fingerprint of the response, if it has one
     */
    boolean begin(Address address, Optional<String> said) {
        boolean same = told.isEmpty() || said.isPresent() && said.equals(fingerprint);
        if (!same) {
            exclude(address);
            return false;
        }
        if (told.isEmpty()) {
            fingerprint = said;
        }
        server = Optional.of(address);
        if (servers++ > 0) {
            told.tellAgain();
            tokens.tellAgain();
        }
        return true;
    }

    /** A server refused what the first one has accepted, so it is another one. */
    void exclude(Address address) {
        others.add(address);
        address.differs();
    }

    /** Reads a comment of the stream. */
    void comment(byte[] line) {
        if (tellsTokens) {
            tokens.read(line);
        }
    }

    /**
     * What of the events is new to the client.
     *
     * @throws BrokenAnswerException if this is not the answer of which the client has a part
     */
    Optional<CompletionEvent> take(CompletionEvent event) throws BrokenAnswerException {
        if (!possible) {
            return Optional.of(event);
        }
        Optional<CompletionEvent> fresh = told.take(event);
        return servers > 1 ? fresh.map(this::withUsage) : fresh;
    }

    private CompletionEvent withUsage(CompletionEvent event) {
        return event instanceof CompletionEvent.Done(var usage)
                ? new CompletionEvent.Done(tokens.whole(usage))
                : event;
    }

    /** The request for a server that goes on. */
    byte[] body(byte[] first) {
        if (servers == 0 || tokens.count() == 0) {
            return first;
        }
        try {
            ObjectNode body = (ObjectNode) JsonBody.parse(first);
            body.set("tramontane_tokens", tokens.json());
            return JsonBody.write(body);
        } catch (ApiException e) {
            throw new IllegalStateException("the body was written here", e);
        }
    }
}
