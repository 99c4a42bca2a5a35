package tramontane.grammar;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Optional;

/** All ways in which a text can be read so far. */
final class Position extends Constraint {
    /** Bytes a token of a draft stands for, more or less; only a bound on how far is looked. */
    private static final int BYTES_A_TOKEN = 8;

    private final Machine machine;
    private final Node[] nodes;
    private final Tail tail;
    private final Style style;

    Position(Machine machine, Nodes nodes, Tail tail, Style style) {
        this.machine = machine;
        this.nodes = nodes.toArray();
        this.tail = tail;
        this.style = style;
    }

    @Override
    public TokenMask mask() {
        if (nodes.length == 1) {
            return new TokenMask(machine.mask(nodes[0]));
        }
        long[] bits = TokenBits.none(machine.trie().vocabulary());
        for (Node node : nodes) {
            machine.mask(node, bits);
        }
        return new TokenMask(bits);
    }

    @Override
    public boolean allows(int token) {
        return machine.isEnd(token) ? mayEnd() : !read(token).isEmpty();
    }

    @Override
    public Constraint after(int token) {
        Nodes read = read(token);
        if (read.isEmpty()) {
            throw new IllegalArgumentException("token " + token + " is not allowed here");
        }
        Nodes counted = new Nodes();
        for (int i = 0; i < read.size(); i++) {
            if (read.get(i) instanceof ProseNode prose) {
                prose.counted(machine, counted);
            } else {
                counted.add(read.get(i));
            }
        }
        byte[] bytes = machine.tokenizer().bytes(token);
        return new Position(machine, counted, tail.with(bytes), styleBehind(bytes));
    }

    /** The style with what the bytes say of it. */
    private Style styleBehind(byte[] bytes) {
        Style behind = style;
        Nodes at = new Nodes();
        Arrays.stream(nodes).forEach(at::add);
        for (byte label : bytes) {
            if (at.get(0) instanceof GapNode gap) {
                behind = behind.after(gap, label);
            }
            at = read(at, new byte[] {label});
        }
        return behind;
    }

    private Nodes read(int token) {
        Nodes at = new Nodes();
        byte[] bytes = machine.tokenizer().bytes(token);
        if (bytes.length == 0) {
            for (Node node : nodes) {
                node.control(token, machine, at);
            }
            return at;
        }
        Arrays.stream(nodes).forEach(at::add);
        return read(at, bytes);
    }

    private Nodes read(Nodes from, byte[] bytes) {
        Nodes at = from;
        for (int i = 0; i < bytes.length && !at.isEmpty(); i++) {
            Nodes next = new Nodes();
            for (int j = 0; j < at.size(); j++) {
                at.get(j).step(bytes[i] & 0xff, machine, next);
            }
            at = next;
        }
        return at;
    }

    @Override
    public boolean mayEnd() {
        for (Node node : nodes) {
            if (node.mayEnd(machine)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int[] forced(int limit) {
        ByteArrayOutputStream forced = new ByteArrayOutputStream();
        Nodes at = new Nodes();
        Arrays.stream(nodes).forEach(at::add);
        int label = onlyLabel(at);
        while (label >= 0 && forced.size() < limit * BYTES_A_TOKEN) {
            forced.write(label);
            at = read(at, new byte[] {(byte) label});
            label = onlyLabel(at);
        }
        return forced.size() == 0
                ? new int[0]
                : tail.settled(forced.toByteArray(), machine.tokenizer(), limit);
    }

    @Override
    public int[] likely(int limit) {
        ByteArrayOutputStream likely = new ByteArrayOutputStream();
        Nodes at = new Nodes();
        Arrays.stream(nodes).forEach(at::add);
        while (!at.isEmpty() && likely.size() < limit * BYTES_A_TOKEN) {
            Node first = at.get(0);
            int label = first.mayEnd(machine) ? -1 : first.likelyLabel(machine, style);
            if (label < 0) {
                break;
            }
            likely.write(label);
            at = read(at, new byte[] {(byte) label});
        }
        return likely.size() == 0
                ? new int[0]
                : tail.whole(likely.toByteArray(), machine.tokenizer(), limit);
    }

    /** The byte that every way goes on with, or -1. */
    private int onlyLabel(Nodes at) {
        int only = -1;
        for (int i = 0; i < at.size(); i++) {
            Node node = at.get(i);
            int label = node.mayEnd(machine) ? -1 : node.onlyLabel(machine);
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
            int[] way = wayOut(node).tokens();
            if (shortest.isEmpty() || way.length < shortest.get().length) {
                shortest = Optional.of(way);
            }
        }
        return shortest.orElseThrow();
    }

    // Most texts are far from their limit, and spelling is most of the work.
    @Override
    public boolean closesWithin(int most) {
        for (Node node : nodes) {
            Closing closing = wayOut(node);
            if (closing.length() <= most || closing.tokens().length <= most) {
                return true;
            }
        }
        return false;
    }

    private Closing wayOut(Node from) {
        Closing closing = new Closing(machine);
        Node node = from;
        while (!node.mayEnd(machine)) {
            node = node.close(machine, closing);
        }
        return closing;
    }
}
