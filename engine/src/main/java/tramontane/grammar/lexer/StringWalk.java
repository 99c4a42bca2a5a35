package tramontane.grammar.lexer;

import tramontane.grammar.automaton.Automaton;
import tramontane.token.TokenTrie;

/**
 * Computes the mask of a string lexer's state in one walk over the trie. Whole characters are read
 * by the automaton itself; the lexer reads only escapes and characters that an earlier token left
 * incomplete.
 */
final class StringWalk {
    private final TokenTrie trie;
    private final StringPlan plan;
    private final StringLexer lexer;
    private final Automaton language;
    private final boolean counted;

    /** True when the string has no maximum length. */
    private final boolean unbounded;

    private final LexerMask.Builder marks;

    private StringWalk(TokenTrie trie, StringPlan plan) {
        this.trie = trie;
        this.plan = plan;
        lexer = plan.lexer();
        language = lexer.language();
        counted = plan.isCounted();
        unbounded = plan.max() == Long.MAX_VALUE;
        marks = new LexerMask.Builder(trie);
    }

    /** The mask of {@code state}, with the length bounds of {@code plan} counted from here. */
    static LexerMask from(int state, StringPlan plan, TokenTrie trie) {
        StringWalk walk = new StringWalk(trie, plan);
        int at = walk.lexer.at(state);
        if (at >= 0) {
            walk.characters(0, trie.size(), at, 0);
        } else {
            walk.partial(0, trie.size(), state, 0);
        }
        return walk.marks.toMask();
    }

    /** Visits sibling nodes that start a character or an escape or close the string. */
    private void characters(int from, int to, int at, int count) {
        for (int node = from; node < to; node = trie.end(node)) {
            int label = trie.label(node);
            if (label >= 0x80) {
                wide(node, label, at, count);
            } else if (label == '"') {
                if (language.accepts(at)
                        && (!counted || count >= plan.min() && count <= plan.max())) {
                    marks.exit(node);
                }
            } else if (label == '\\') {
                advance(node, lexer.next(at, label), count);
            } else if (label >= 0x20) {
                whole(node, language.next(at, label), count + 1);
            }
        }
    }

    /** Continues after a character whose last byte is at {@code node}. */
    private void whole(int node, int at, int count) {
        if (at < 0 || counted && !plan.canFinish(at, count)) {
            return;
        }
        marks.inside(node);
        if (unbounded && (trie.below(node) & ~lexer.loops(at)) == 0) {
            marks.insideBelow(node);
        } else if (!trie.isLeaf(node)) {
            characters(node + 1, trie.end(node), at, count);
        }
    }

    private void wide(int node, int label, int at, int count) {
        if (label >= 0xc2 && label < 0xe0) {
            bytes(node, at, count, label & 0x1f, 1, 0x80);
        } else if (label >= 0xe0 && label < 0xf0) {
            bytes(node, at, count, label & 0x0f, 2, 0x800);
        } else if (label >= 0xf0 && label < 0xf5) {
            bytes(node, at, count, label & 0x07, 3, 0x10000);
        }
    }

    /**
     * Continues within a character in UTF-8.
     *
     * @param value bits of the character so far
     * @param left number of continuation bytes to come, with six bits each
     * @param minCodePoint the lowest code point whose UTF-8 has this many bytes
     */
    private void bytes(int node, int at, int count, int value, int left, int minCodePoint) {
        if (left == 0) {
            boolean surrogate =
                    value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
            if (!surrogate && value >= minCodePoint && value <= Character.MAX_CODE_POINT) {
                whole(node, language.next(at, value), count + 1);
            }
            return;
        }
        int low = Math.max(value << 6 * left, minCodePoint);
        int high = Math.min((value + 1 << 6 * left) - 1, Character.MAX_CODE_POINT);
        int missing = counted ? plan.missing(count + 1) : 0;
        long remaining = counted ? plan.remaining(count + 1) : Long.MAX_VALUE;
        if (remaining < 0 || !language.canTake(at, low, high, missing, remaining)) {
            return;
        }
        marks.inside(node);
        for (int child = node + 1; child < trie.end(node); child = trie.end(child)) {
            int label = trie.label(child);
            if ((label & 0xc0) == 0x80) {
                bytes(child, at, count, value << 6 | label & 0x3f, left - 1, minCodePoint);
            }
        }
    }

    /**
     * Visits sibling nodes within an escape or within a character that started before the token.
     */
    private void partial(int from, int to, int state, int count) {
        for (int node = from; node < to; node = trie.end(node)) {
            advance(node, lexer.next(state, trie.label(node)), count);
        }
    }

    private void advance(int node, int next, int count) {
        if (next == Lexer.DEAD) {
            return;
        }
        int state = next & ~Lexer.COUNTED;
        if (lexer.at(state) >= 0) {
            whole(node, lexer.at(state), count + 1);
        } else if (!counted || plan.canFinish(state, count)) {
            marks.inside(node);
            partial(node + 1, trie.end(node), state, count);
        }
    }
}
