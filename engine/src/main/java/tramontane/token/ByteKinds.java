package tramontane.token;

/**
 * Kinds of bytes as bits, with which a walk over the trie can handle a whole subtree at once. Bytes
 * from 0x80 on are {@link #WIDE} if they belong to a character that starts within the token, and
 * {@link #BROKEN} otherwise.
 */
public final class ByteKinds {
    public static final int WIDE = 1 << 12;
    public static final int BROKEN = 1 << 13;

    /** The number of kinds of ASCII bytes, which are the bits 0 to 11. */
    public static final int ASCII_KINDS = 12;

    private static final String[] OF_ONE = {"_", "-", ".", " ", "/", "\"", "\\"};

    private ByteKinds() {}

    /** The kind of an ASCII byte, from 0 to 11. */
    public static int kind(int label) {
        if (label >= 'a' && label <= 'z') {
            return 0;
        }
        if (label >= 'A' && label <= 'Z') {
            return 1;
        }
        if (label >= '0' && label <= '9') {
            return 2;
        }
        for (int i = 0; i < OF_ONE.length; i++) {
            if (OF_ONE[i].charAt(0) == label) {
                return 3 + i;
            }
        }
        return label < 0x20 ? 10 : 11;
    }

    /** For each node of a trie, the kinds of the bytes below it. */
    static short[] below(byte[] labels, int[] ends) {
        short[] below = new short[labels.length];
        for (int root = 0; root < labels.length; root = ends[root]) {
            fill(root, 0, labels, ends, below);
        }
        return below;
    }

    /**
     * Returns the kinds of the node and of all bytes below it.
     *
     * @param left bytes that are missing to complete a character; -1 if the path is not UTF-8
     */
    private static int fill(int node, int left, byte[] labels, int[] ends, short[] below) {
        int label = labels[node] & 0xff;
        int own = WIDE;
        int next = left - 1;
        if (left == 0 && label < 0x80) {
            own = 1 << kind(label);
            next = 0;
        } else if (left == 0 && label >= 0xc2 && label <= 0xf4) {
            next = label >= 0xf0 ? 3 : label >= 0xe0 ? 2 : 1;
            // Not every continuation byte is valid behind these, so a walk must check the next
            // byte.
            own |= label == 0xe0 || label == 0xed || label >= 0xf0 ? BROKEN : 0;
        } else if (left <= 0 || label < 0x80 || label >= 0xc0) {
            own = BROKEN;
            next = -1;
        }
        int kinds = 0;
        for (int child = node + 1; child < ends[node]; child = ends[child]) {
            kinds |= fill(child, next, labels, ends, below);
        }
        below[node] = (short) kinds;
        return kinds | own;
    }
}
