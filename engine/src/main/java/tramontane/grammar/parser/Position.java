package tramontane.grammar.parser;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;
import tramontane.grammar.Constraint;
import tramontane.grammar.TokenMask;
import tramontane.grammar.lexer.TokenBits;

/**
 * The constraint implementation: the set of all parse states of the text so far. Reading a byte
 * replaces each parse state by its successors.
 */
final class Position extends Constraint {
    /** Rough number of bytes of a draft's token; only limits how far a draft looks ahead. */
    private static final int BYTES_PER_TOKEN = 8;

    private final GrammarContext context;
    private final Node[] nodes;
    private final Tail tail;
    private final SpacingStyle style;

    Position(GrammarContext context, NodeSet nodes, Tail tail, SpacingStyle style) {
        this.context = context;
        this.nodes = nodes.toArray();
        this.tail = tail;
        this.style = style;
    }

    @Override
    public TokenMask mask() {
        if (nodes.length == 1) {
            return new TokenMask(context.mask(nodes[0]));
        }
        long[] bits = TokenBits.none(context.trie().vocabulary());
        for (Node node : nodes) {
            context.mask(node, bits);
        }
        return new TokenMask(bits);
    }

    @Override
    public boolean allows(int token) {
        return context.isEnd(token) ? mayEnd() : !read(token).isEmpty();
    }

    @Override
    public Constraint after(int token) {
        NodeSet read = read(token);
        if (read.isEmpty()) {
            throw new IllegalArgumentException("token " + token + " is not allowed here");
        }
        NodeSet counted = new NodeSet();
        for (int i = 0; i < read.size(); i++) {
            read.get(i).tokenDone(context, counted);
        }
        byte[] bytes = context.tokenizer().bytes(token);
        return new Position(context, counted, tail.with(bytes), styleAfter(bytes));
    }

    /** The style after the bytes of a token. */
    private SpacingStyle styleAfter(byte[] bytes) {
        SpacingStyle following = style;
        NodeSet at = new NodeSet();
        Arrays.stream(nodes).forEach(at::add);
        for (byte label : bytes) {
            following = at.get(0).styleAfter(following, label);
            at = read(at, new byte[] {label});
        }
        return following;
    }

    private NodeSet read(int token) {
        NodeSet at = new NodeSet();
        byte[] bytes = context.tokenizer().bytes(token);
        if (bytes.length == 0) {
            for (Node node : nodes) {
                node.control(token, context, at);
            }
            return at;
        }
        Arrays.stream(nodes).forEach(at::add);
        return read(at, bytes);
    }

    private NodeSet read(NodeSet from, byte[] bytes) {
        NodeSet at = from;
        for (int i = 0; i < bytes.length && !at.isEmpty(); i++) {
            NodeSet next = new NodeSet();
            for (int j = 0; j < at.size(); j++) {
                at.get(j).step(bytes[i] & 0xff, context, next);
            }
            at = next;
        }
        return at;
    }

    @Override
    public boolean mayEnd() {
        for (Node node : nodes) {
            if (node.mayEnd(context)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int[] forced(int limit) {
        ByteArrayOutputStream forced = new ByteArrayOutputStream();
        NodeSet at = new NodeSet();
        Arrays.stream(nodes).forEach(at::add);
        int label = onlyLabel(at);
        while (label >= 0 && forced.size() < limit * BYTES_PER_TOKEN) {
            forced.write(label);
            at = read(at, new byte[] {(byte) label});
            label = onlyLabel(at);
        }
        return forced.size() == 0
                ? new int[0]
                : tail.settled(forced.toByteArray(), context.tokenizer(), limit);
    }

    @Override
    public int[] likely(int limit) {
        ByteArrayOutputStream likely = new ByteArrayOutputStream();
        NodeSet at = new NodeSet();
        Arrays.stream(nodes).forEach(at::add);
        while (!at.isEmpty() && likely.size() < limit * BYTES_PER_TOKEN) {
            Node first = at.get(0);
            int label = first.mayEnd(context) ? -1 : first.likelyLabel(context, style);
            if (label < 0) {
                break;
            }
            likely.write(label);
            at = read(at, new byte[] {(byte) label});
        }
        return likely.size() == 0
                ? new int[0]
                : tail.whole(likely.toByteArray(), context.tokenizer(), limit);
    }

    /** The byte with which every parse state continues, or -1. */
    private int onlyLabel(NodeSet at) {
        int only = -1;
        for (int i = 0; i < at.size(); i++) {
            Node node = at.get(i);
            int label = node.mayEnd(context) ? -1 : node.onlyLabel(context);
            if (label < 0 || only >= 0 && only != label) {
                return -1;
            }
            only = label;
        }
        return only;
    }

    @Override
    public int[] closing() {
        Optional<int[]> shortest = Optional.empty();
        for (Node node : nodes) {
            int[] path = closingFrom(node).tokens();
            if (shortest.isEmpty() || path.length < shortest.get().length) {
                shortest = Optional.of(path);
            }
        }
        return shortest.orElseThrow();
    }

    // Most texts are far from their token limit, and splitting a text into tokens costs most. So
    // the length in bytes is tried first.
    @Override
    public boolean closesWithin(int maxTokens) {
        for (Node node : nodes) {
            Closing closing = closingFrom(node);
            if (closing.length() <= maxTokens || closing.tokens().length <= maxTokens) {
                return true;
            }
        }
        return false;
    }

    private Closing closingFrom(Node from) {
        Closing closing = new Closing(context);
        Node node = from;
        while (!node.mayEnd(context)) {
            node = node.close(context, closing);
        }
        return closing;
    }
}
