package tramontane.grammar;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.EcmaPattern;
import tramontane.grammar.regex.NumberSet;
import tramontane.token.TokenTrie;

/**
 * The lexers of all schemas over one vocabulary, and what they say about its tokens. Many schemas
 * speak of the same strings and numbers, so this is kept, the latest used of it.
 */
final class Lexers {
    private static final int MOST_LEXERS = 256;
    private static final int MOST_MASKS = 512;
    private static final Automaton WHOLE = EcmaPattern.search("^-?(0|[1-9][0-9]*)$");

    private record Key(Lexer lexer, int state, int least, long most) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && lexer == key.lexer
                    && state == key.state
                    && least == key.least
                    && most == key.most;
        }

        @Override
        public int hashCode() {
            int numbers = 31 * (31 * state + least) + Long.hashCode(most);
            return 31 * System.identityHashCode(lexer) + numbers;
        }
    }

    private final TokenTrie trie;
    private final boolean ordered;
    private final Map<Automaton, StringLexer> strings = latest(MOST_LEXERS);
    private final Map<NumberSet, NumberLexer> numbers = latest(MOST_LEXERS);
    private final Map<NumberSet, NumberLexer> plainNumbers = latest(MOST_LEXERS);
    private final Map<Key, LexerMask> masks = latest(MOST_MASKS);

    Lexers(TokenTrie trie, boolean ordered) {
        this.trie = trie;
        this.ordered = ordered;
    }

    private static <K, V> Map<K, V> latest(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    StringLexer strings(Automaton language) {
        synchronized (strings) {
            return strings.computeIfAbsent(language, key -> new StringLexer(key, ordered));
        }
    }

    /**
     * @param plain whether 1.0 is no integer
     */
    NumberLexer numbers(NumberSet set, boolean plain) {
        Map<NumberSet, NumberLexer> known = plain || ordered ? plainNumbers : numbers;
        synchronized (known) {
            return known.computeIfAbsent(set, key -> lexer(key, plain || ordered));
        }
    }

    private NumberLexer lexer(NumberSet set, boolean plain) {
        Automaton text = ordered ? set.text() : set.readableText();
        if (plain && set.minus(NumberSet.integers()).isEmpty()) {
            // Where 1.0 is a whole number, it is still a surprise to many who read the answer.
            return new NumberLexer(text.and(WHOLE));
        }
        return new NumberLexer(text);
    }

    /** What a string's state says, with so many code points at least and at most to come. */
    LexerMask mask(StringPlan plan, int state, int least, long most) {
        // More than the longest token has make no difference.
        int wanted = Math.min(least, trie.deepest() + 1);
        long room = most > trie.deepest() + 1 ? Long.MAX_VALUE : most;
        Key key = new Key(plan.lexer(), state, wanted, room);
        return find(key, Optional.of(new StringPlan(plan.lexer(), wanted, room)));
    }

    LexerMask mask(NumberLexer lexer, int state) {
        return find(new Key(lexer, state, 0, Long.MAX_VALUE), Optional.empty());
    }

    private LexerMask find(Key key, Optional<StringPlan> plan) {
        synchronized (masks) {
            LexerMask known = masks.get(key);
            if (known != null) {
                return known;
            }
        }
        LexerMask mask = new Walk(key.lexer, plan).from(key.state);
        synchronized (masks) {
            masks.put(key, mask);
        }
        return mask;
    }

    /** One walk over the trie. */
    private final class Walk {
        private final Lexer lexer;
        private final Optional<StringPlan> counted;
        private final long[] inside = TokenBits.none(trie.vocabulary());
        private final long[] last = TokenBits.none(trie.vocabulary());
        private int[] exits = new int[64];
        private int[] inner = new int[64];
        private int exitCount;
        private int innerCount;

        Walk(Lexer lexer, Optional<StringPlan> plan) {
            this.lexer = lexer;
            this.counted = plan.filter(StringPlan::isCounted);
        }

        LexerMask from(int state) {
            walk(0, trie.size(), state, 0);
            return new LexerMask(
                    inside,
                    last,
                    Arrays.copyOf(exits, exitCount),
                    Arrays.copyOf(inner, innerCount));
        }

        private void walk(int from, int to, int state, int count) {
            for (int node = from; node < to; node = trie.end(node)) {
                int next = lexer.next(state, trie.label(node));
                if (next == Lexer.DONE) {
                    if (mayBeOver(count)) {
                        exit(node);
                    }
                } else if (next != Lexer.DEAD) {
                    go(node, next, count);
                }
            }
        }

        private boolean mayBeOver(int count) {
            return counted.isEmpty()
                    || count >= counted.get().least() && count <= counted.get().most();
        }

        private void go(int node, int next, int count) {
            int to = next & ~Lexer.COUNTED;
            int newCount = to == next ? count : count + 1;
            if (counted.isPresent() && !counted.get().canFinish(to, newCount)) {
                return;
            }
            trie.mark(node, inside);
            if (isUnbounded() && !lexer.mayEnd(to) && isAllLoop(to, trie.below(node))) {
                trie.markBelow(node, inside);
            } else if (!trie.isLeaf(node)) {
                if (lexer.mayEnd(to)) {
                    inner(node);
                }
                walk(node + 1, trie.end(node), to, newCount);
            }
        }

        /** Whether a string may be as long as a token makes it. */
        private boolean isUnbounded() {
            return counted.isEmpty() || counted.get().most() == Long.MAX_VALUE;
        }

        /** Whether all bytes of these kinds lead back to the state. */
        private boolean isAllLoop(int state, int kinds) {
            return lexer instanceof StringLexer strings && (kinds & ~strings.loops(state)) == 0;
        }

        private void exit(int node) {
            if (exitCount == exits.length) {
                exits = Arrays.copyOf(exits, 2 * exitCount);
            }
            exits[exitCount++] = node;
            trie.mark(node, last);
            if (!trie.isLeaf(node)) {
                inner(node);
            }
        }

        private void inner(int node) {
            if (innerCount == inner.length) {
                inner = Arrays.copyOf(inner, 2 * innerCount);
            }
            inner[innerCount++] = node;
        }
    }
}
