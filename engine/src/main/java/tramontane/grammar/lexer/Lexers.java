package tramontane.grammar.lexer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.schema.Numbers;
import tramontane.token.TokenTrie;

/**
 * Caches the lexers of all schemas over one vocabulary, and their masks. Many schemas use the same
 * strings and numbers. The least recently used entries are evicted. Safe for use by several
 * threads.
 */
public final class Lexers {
    private static final int MAX_LEXERS = 256;
    private static final int MAX_MASKS = 512;

    /** Upper limit for the table cells of all cached string automata together. */
    private static final long MAX_CELLS = 6_000_000;

    private record Key(Lexer lexer, int state, int min, long max) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && lexer == key.lexer
                    && state == key.state
                    && min == key.min
                    && max == key.max;
        }

        @Override
        public int hashCode() {
            int numbers = 31 * (31 * state + min) + Long.hashCode(max);
            return 31 * System.identityHashCode(lexer) + numbers;
        }
    }

    private final TokenTrie trie;
    private final boolean ordered;
    private final Map<Automaton, StringLexer> strings = new LinkedHashMap<>(16, 0.75f, true);
    private long cells;
    private final Map<Numbers, NumberLexer> numbers = latest(MAX_LEXERS);
    private final Map<Key, LexerMask> masks = latest(MAX_MASKS);

    public Lexers(TokenTrie trie, boolean ordered) {
        this.trie = trie;
        this.ordered = ordered;
    }

    private static <K, V> Map<K, V> latest(int max) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > max;
            }
        };
    }

    public StringLexer strings(Automaton language) {
        synchronized (strings) {
            StringLexer known = strings.get(language);
            if (known != null && !known.isLarge()) {
                return known;
            }
            StringLexer lexer =
                    new StringLexer(language, ordered ? Escapes.TO_WRITE : Escapes.TO_READ);
            strings.put(language, lexer);
            cells += known == null ? language.cells() : 0;
            var oldest = strings.entrySet().iterator();
            while (cells > MAX_CELLS && strings.size() > 1) {
                cells -= oldest.next().getKey().cells();
                oldest.remove();
            }
            return lexer;
        }
    }

    public NumberLexer numbers(Numbers set) {
        return find(numbers, set, () -> lexer(set));
    }

    private NumberLexer lexer(Numbers set) {
        Automaton texts = ordered ? set.text() : set.readableText();
        if (ordered && set.isWhole()) {
            // JSON Schema counts 1.0 as an integer, but typed readers refuse it where they expect
            // one. So integers are written without a point.
            Automaton digits = Numbers.digitsOf(texts);
            return new NumberLexer(digits.isEmpty() ? texts : digits);
        }
        return new NumberLexer(texts);
    }

    /**
     * The mask of a string lexer's state when {@code min} to {@code max} code points must follow.
     */
    public LexerMask mask(StringPlan plan, int state, int min, long max) {
        // No token is longer than the deepest trie node, so larger numbers give the same mask.
        int wanted = Math.min(min, trie.deepest() + 1);
        long remaining = max > trie.deepest() + 1 ? Long.MAX_VALUE : max;
        StringPlan counted = new StringPlan(plan.lexer(), wanted, remaining);
        return find(
                masks,
                new Key(plan.lexer(), state, wanted, remaining),
                () -> StringWalk.from(state, counted, trie));
    }

    public LexerMask mask(NumberLexer lexer, int state) {
        return find(
                masks,
                new Key(lexer, state, 0, Long.MAX_VALUE),
                () -> {
                    LexerMask.Builder marks = new LexerMask.Builder(trie);
                    walk(0, trie.size(), lexer, state, marks);
                    return marks.toMask();
                });
    }

    /**
     * Returns the cached value or computes it. The computation runs without the lock, so that one
     * slow entry does not block the others.
     */
    private static <K, V> V find(Map<K, V> all, K key, Supplier<V> making) {
        synchronized (all) {
            V known = all.get(key);
            if (known != null) {
                return known;
            }
        }
        V made = making.get();
        synchronized (all) {
            // If two threads computed the same value, both use the first: lexers are compared by
            // identity.
            V earlier = all.putIfAbsent(key, made);
            return earlier != null ? earlier : made;
        }
    }

    private void walk(int from, int to, NumberLexer lexer, int state, LexerMask.Builder marks) {
        for (int node = from; node < to; node = trie.end(node)) {
            int next = lexer.next(state, trie.label(node));
            if (next != Lexer.DEAD) {
                marks.inside(node);
                if (!trie.isLeaf(node)) {
                    if (lexer.mayEnd(next)) {
                        marks.inner(node);
                    }
                    walk(node + 1, trie.end(node), lexer, next, marks);
                }
            }
        }
    }
}
