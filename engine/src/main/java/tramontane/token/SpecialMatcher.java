package tramontane.token;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Finds special tokens, which are matched by their text before the rest is split and merged: first
 * the longest ones of the whole text, then shorter ones in the remaining text. This is not the same
 * as the longest match at each position.
 *
 * <p>A trie gives the longest match at a position. Positions are kept in buckets by the length of
 * their match. If a match overlaps one that was taken, its position moves to the bucket of its next
 * shorter match. Longer matches are taken first, so a match is free if both its ends are.
 */
final class SpecialMatcher {
    record Match(int from, int to, int token) {}

    private static final int ROOT = 0;
    private static final int CODE_POINT_BITS = 21;

    private final LongMap edges;
    private final LongMap tokens;
    private final BitSet trustedOnly;

    /** Nodes that have children. */
    private final BitSet inner;

    private int nodes;
    private int longest;

    SpecialMatcher() {
        edges = new LongMap(64);
        tokens = new LongMap(64);
        trustedOnly = new BitSet();
        inner = new BitSet();
        nodes = 1;
    }

    SpecialMatcher(TableReader in) {
        edges = new LongMap(in);
        tokens = new LongMap(in);
        trustedOnly = BitSet.valueOf(in.longs());
        inner = BitSet.valueOf(in.longs());
        nodes = in.number();
        longest = in.number();
    }

    void write(TableWriter out) {
        edges.write(out);
        tokens.write(out);
        out.longs(trustedOnly.toLongArray()).longs(inner.toLongArray());
        out.number(nodes).number(longest);
    }

    void add(int token, String text, boolean onlyInTrusted) {
        int[] codePoints = text.codePoints().toArray();
        if (codePoints.length == 0) {
            return;
        }
        int node = ROOT;
        for (int codePoint : codePoints) {
            long edge = edge(node, codePoint);
            if (edges.get(edge) == LongMap.ABSENT) {
                edges.putIfAbsent(edge, nodes++);
                inner.set(node);
            }
            node = (int) edges.get(edge);
        }
        tokens.putIfAbsent(node, token);
        trustedOnly.set(token, onlyInTrusted);
        longest = Math.max(longest, codePoints.length);
    }

    /** The matches in {@code text} in ascending order; they do not overlap. */
    List<Match> matches(CodePoints text) {
        List<IntList> byLength = new ArrayList<>();
        for (int i = 0; i <= longest; i++) {
            byLength.add(new IntList());
        }
        for (int at = 0; at < text.size(); at++) {
            enqueue(text, at, longest, byLength);
        }
        List<Match> matches = new ArrayList<>();
        BitSet taken = new BitSet();
        for (int length = longest; length > 0; length--) {
            IntList positions = byLength.get(length);
            positions.sort();
            for (int i = 0; i < positions.size(); i++) {
                int at = positions.get(i);
                if (taken.get(at)) {
                    continue;
                }
                if (taken.get(at + length - 1)) {
                    enqueue(text, at, length - 1, byLength);
                } else {
                    taken.set(at, at + length);
                    matches.add(longestAt(text, at, length));
                }
            }
        }
        matches.sort(Comparator.comparingInt(Match::from));
        return matches;
    }

    /**
     * The first position from which the rest of the text is a proper prefix of a special token; the
     * end of the text if there is none.
     */
    int open(CodePoints text) {
        for (int at = Math.max(0, text.size() - longest); at < text.size(); at++) {
            long node = ROOT;
            for (int i = at; i < text.size() && node != LongMap.ABSENT; i++) {
                node = edges.get(edge((int) node, text.values()[i]));
            }
            if (node != LongMap.ABSENT && inner.get((int) node)) {
                return at;
            }
        }
        return text.size();
    }

    private void enqueue(CodePoints text, int at, int limit, List<IntList> byLength) {
        if (edges.get(edge(ROOT, text.values()[at])) == LongMap.ABSENT) {
            return;
        }
        Match match = longestAt(text, at, limit);
        if (match.to() > at) {
            byLength.get(match.to() - at).add(at);
        }
    }

    /** The longest match of at most {@code limit} code points, or an empty one. */
    private Match longestAt(CodePoints text, int at, int limit) {
        Match best = new Match(at, at, 0);
        long node = ROOT;
        boolean trusted = true;
        for (int i = at; i < Math.min(text.size(), at + limit); i++) {
            node = edges.get(edge((int) node, text.values()[i]));
            if (node == LongMap.ABSENT) {
                break;
            }
            trusted &= !text.untrusted().get(i);
            long token = tokens.get(node);
            if (token != LongMap.ABSENT && (trusted || !trustedOnly.get((int) token))) {
                best = new Match(at, i + 1, (int) token);
            }
        }
        return best;
    }

    private static long edge(int node, int codePoint) {
        return (long) node << CODE_POINT_BITS | codePoint;
    }
}
