package tramontane.grammar;

import tramontane.grammar.regex.Automaton;
import tramontane.token.TokenTrie;

/**
 * One walk over the trie with the automaton of a string: whole characters are followed by the
 * automaton itself, and only escapes and characters begun before by the lexer.
 */
final class StringWalk {
    private final TokenTrie trie;
    private final StringPlan plan;
    private final StringLexer lexer;
    private final Automaton language;
    private final boolean counted;

    /** Whether a string may be as long as a token makes it. */
    private final boolean unbounded;

    private final LexerMask.Marks marks;

    private StringWalk(TokenTrie trie, StringPlan plan) {
        this.trie = trie;
        this.plan = plan;
        lexer = plan.lexer();
        language = lexer.language();
        counted = plan.isCounted();
        unbounded = plan.most() == Long.MAX_VALUE;
        marks = new LexerMask.Marks(trie);
    }

    /** What {@code state} says, where {@code plan} counts from here. */
    static LexerMask from(int state, StringPlan plan, TokenTrie trie) {
        StringWalk walk = new StringWalk(trie, plan);
        int at = walk.lexer.at(state);
        if (at >= 0) {
            walk.characters(0, trie.size(), at, 0);
        } else {
            walk.begun(0, trie.size(), state, 0);
        }
        return walk.marks.toMask();
    }

    /** Siblings with which a character, an escape or the end begins. */
    private void characters(int from, int to, int at, int count) {
        for (int node = from; node < to; node = trie.end(node)) {
            int label = trie.label(node);
            if (label >= 0x80) {
                wide(node, label, at, count);
            } else if (label == '"') {
                if (language.accepts(at)
                        && (!counted || count >= plan.least() && count <= plan.most())) {
                    marks.exit(node);
                }
            } else if (label == '\\') {
                goOn(node, lexer.next(at, label), count);
            } else if (label >= 0x20) {
                whole(node, language.next(at, label), count + 1);
            }
        }
    }

    /** A character ends with {@code node}. */
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
     * Within a character in UTF-8.
     *
     * @param value its bits so far
     * @param left bytes with six more bits each that are to come
     * @param lowest character that is written with so many bytes
     */
    private void bytes(int node, int at, int count, int value, int left, int lowest) {
        if (left == 0) {
            boolean surrogate =
                    value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
            if (!surrogate && value >= lowest && value <= Character.MAX_CODE_POINT) {
                whole(node, language.next(at, value), count + 1);
            }
            return;
        }
        int low = Math.max(value << 6 * left, lowest);
        int high = Math.min((value + 1 << 6 * left) - 1, Character.MAX_CODE_POINT);
        int missing = counted ? plan.missing(count + 1) : 0;
        long room = counted ? plan.room(count + 1) : Long.MAX_VALUE;
        if (room < 0 || !language.canTake(at, low, high, missing, room)) {
            return;
        }
        marks.inside(node);
        for (int child = node + 1; child < trie.end(node); child = trie.end(child)) {
            int label = trie.label(child);
            if ((label & 0xc0) == 0x80) {
                bytes(child, at, count, value << 6 | label & 0x3f, left - 1, lowest);
            }
        }
    }

    /** Siblings within an escape, or within a character begun before the token. */
    private void begun(int from, int to, int state, int count) {
        for (int node = from; node < to; node = trie.end(node)) {
            goOn(node, lexer.next(state, trie.label(node)), count);
        }
    }

    private void goOn(int node, int next, int count) {
        if (next == Lexer.DEAD) {
            return;
        }
        int state = next & ~Lexer.COUNTED;
        if (lexer.at(state) >= 0) {
            whole(node, lexer.at(state), count + 1);
        } else if (!counted || plan.canFinish(state, count)) {
            marks.inside(node);
            begun(node + 1, trie.end(node), state, count);
        }
    }
}
