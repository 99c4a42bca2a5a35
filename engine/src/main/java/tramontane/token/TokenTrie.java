package tramontane.token;

import java.util.Arrays;

/**
 * A trie of the bytes of all text tokens. Nodes are numbered in preorder, children by unsigned
 * byte:
 *
 * <pre>
 *   node n:  label(n) the last byte of its path,  end(n) the first node behind its subtree
 *   children of n: n + 1, end(n + 1), end(end(n + 1)), ... while below end(n)
 * </pre>
 *
 * The root has no number: its children are 0, end(0), ... while below {@link #size}.
 */
public final class TokenTrie {
    private final byte[] labels;
    private final int[] ends;

    // The tokens with the path of node n are ids[first[n]] to ids[first[n + 1]], and those of its
    // subtree are ids[first[n]] to ids[first[end(n)]], both exclusive.
    private final int[] first;
    private final int[] ids;

    // The kinds of bytes below node n; see ByteKinds.
    private final short[] below;

    // The height of the subtree of node n, at most MAX_HEIGHT.
    private final byte[] heights;
    private final int vocabulary;
    private final int deepest;

    private static final int MAX_HEIGHT = Byte.MAX_VALUE;

    private TokenTrie(Builder builder, int vocabulary) {
        this.labels = Arrays.copyOf(builder.labels, builder.size);
        this.ends = Arrays.copyOf(builder.ends, builder.size);
        this.first = Arrays.copyOf(builder.first, builder.size + 1);
        this.first[builder.size] = builder.used;
        this.ids = builder.ids;
        this.below = ByteKinds.below(labels, ends);
        this.heights = heights(ends);
        this.vocabulary = vocabulary;
        this.deepest = builder.deepest;
    }

    public static TokenTrie of(Tokenizer tokenizer) {
        int vocabulary = tokenizer.size();
        byte[][] spelled = new byte[vocabulary][];
        Integer[] order = new Integer[vocabulary];
        int count = 0;
        int bytes = 0;
        for (int token = 0; token < vocabulary; token++) {
            spelled[token] = tokenizer.bytes(token);
            if (spelled[token].length > 0 && !tokenizer.isEndOfGeneration(token)) {
                order[count++] = token;
                bytes += spelled[token].length;
            }
        }
        Arrays.sort(
                order, 0, count, (one, two) -> Arrays.compareUnsigned(spelled[one], spelled[two]));
        Builder builder = new Builder(bytes, count);
        for (int i = 0; i < count; i++) {
            builder.add(spelled[order[i]], order[i]);
        }
        builder.close(0);
        return new TokenTrie(builder, vocabulary);
    }

    /** Builds the trie from tokens in ascending order of their bytes. */
    private static final class Builder {
        final byte[] labels;
        final int[] ends;
        final int[] first;
        final int[] ids;
        int[] path = new int[64];
        byte[] previous = new byte[0];
        int size;
        int used;
        int deepest;

        Builder(int bytes, int tokens) {
            labels = new byte[bytes];
            ends = new int[bytes];
            first = new int[bytes + 1];
            ids = new int[tokens];
        }

        void add(byte[] token, int id) {
            int common = Arrays.mismatch(previous, token);
            if (common != -1) {
                close(common);
                deepest = Math.max(deepest, token.length);
                if (path.length < token.length) {
                    path = Arrays.copyOf(path, 2 * token.length);
                }
                for (int depth = common; depth < token.length; depth++) {
                    path[depth] = size;
                    labels[size] = token[depth];
                    first[size] = used;
                    size++;
                }
                previous = token;
            }
            ids[used++] = id;
        }

        /** Ends the subtrees of the last token's nodes that are deeper than {@code depth}. */
        void close(int depth) {
            for (int i = previous.length - 1; i >= depth; i--) {
                ends[path[i]] = size;
            }
        }
    }

    /** Children have higher numbers than their parents, so one pass from the end suffices. */
    private static byte[] heights(int[] ends) {
        byte[] heights = new byte[ends.length];
        for (int node = ends.length - 1; node >= 0; node--) {
            int height = 0;
            for (int child = node + 1; child < ends[node]; child = ends[child]) {
                height = Math.max(height, Math.min(MAX_HEIGHT, heights[child] + 1));
            }
            heights[node] = (byte) height;
        }
        return heights;
    }

    /** True if a token continues for at least {@code bytes} bytes below the node. */
    public boolean goesOnFor(int node, int bytes) {
        return heights[node] >= Math.min(bytes, MAX_HEIGHT);
    }

    public int size() {
        return labels.length;
    }

    public int vocabulary() {
        return vocabulary;
    }

    /** Bytes of the longest token. */
    public int deepest() {
        return deepest;
    }

    public int label(int node) {
        return labels[node] & 0xff;
    }

    public int end(int node) {
        return ends[node];
    }

    public boolean isLeaf(int node) {
        return ends[node] == node + 1;
    }

    /** The kinds of all bytes below the node, as bits of {@link ByteKinds}. */
    public int below(int node) {
        return below[node];
    }

    /** Sets the bits of the tokens that end below the node. */
    public void markBelow(int node, long[] bits) {
        for (int i = first[node + 1]; i < first[ends[node]]; i++) {
            bits[ids[i] >>> 6] |= 1L << ids[i];
        }
    }

    /** Sets the bits of the tokens that end at the node. */
    public void mark(int node, long[] bits) {
        for (int i = first[node]; i < first[node + 1]; i++) {
            bits[ids[i] >>> 6] |= 1L << ids[i];
        }
    }

    /** Sets the bits of the tokens that end at or below the siblings {@code from} to {@code to}. */
    public void markAll(int from, int to, long[] bits) {
        for (int i = first[from]; i < first[to]; i++) {
            bits[ids[i] >>> 6] |= 1L << ids[i];
        }
    }

    /** Clears the bits of the tokens that end at the node or below it. */
    public void clearAll(int node, long[] bits) {
        for (int i = first[node]; i < first[ends[node]]; i++) {
            bits[ids[i] >>> 6] &= ~(1L << ids[i]);
        }
    }

    /** Clears the bits of the tokens that end at the node. */
    public void clear(int node, long[] bits) {
        for (int i = first[node]; i < first[node + 1]; i++) {
            bits[ids[i] >>> 6] &= ~(1L << ids[i]);
        }
    }

    /** The node with this path, or -1. */
    public int find(byte[] bytes) {
        int node = -1;
        int from = 0;
        int to = size();
        for (byte label : bytes) {
            node = child(from, to, label);
            if (node < 0) {
                return -1;
            }
            from = node + 1;
            to = end(node);
        }
        return node;
    }

    /** The node with this label among the siblings {@code from} to {@code to}, or -1. */
    public int child(int from, int to, byte label) {
        for (int node = from; node < to; node = end(node)) {
            if (labels[node] == label) {
                return node;
            }
        }
        return -1;
    }

    /** A token and its number of bytes. */
    public record Match(int token, int length) {}

    /** The longest token that the bytes from {@code start} on begin with; length 0 for none. */
    public Match longest(byte[] bytes, int start) {
        Match longest = new Match(-1, 0);
        int from = 0;
        int to = size();
        for (int i = start; i < bytes.length; i++) {
            int node = child(from, to, bytes[i]);
            if (node < 0) {
                return longest;
            }
            if (first[node] < first[node + 1]) {
                longest = new Match(ids[first[node]], i - start + 1);
            }
            from = node + 1;
            to = end(node);
        }
        return longest;
    }

    /** The tokens that have {@code label} among their bytes. */
    public int[] containing(byte label) {
        IntList tokens = new IntList();
        int end = 0;
        for (int node = 0; node < size(); node++) {
            if (labels[node] == label && node >= end) {
                end = ends[node];
                for (int i = first[node]; i < first[end]; i++) {
                    tokens.add(ids[i]);
                }
            }
        }
        return tokens.toArray();
    }

    /** The path of a node, each byte as a character from 0 to 255. */
    public String spelled(int node) {
        StringBuilder path = new StringBuilder();
        int from = 0;
        int at = -1;
        while (at != node) {
            at = from;
            while (end(at) <= node) {
                at = end(at);
            }
            path.append((char) label(at));
            from = at + 1;
        }
        return path.toString();
    }
}
