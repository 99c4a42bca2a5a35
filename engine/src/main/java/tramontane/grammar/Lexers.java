package tramontane.grammar;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.schema.Numbers;
import tramontane.token.TokenTrie;

/**
 * The lexers of all schemas over one vocabulary, and what they say about its tokens. Many schemas
 * speak of the same strings and numbers, so this is kept, the latest used of it.
 */
final class Lexers {
    private static final int MOST_LEXERS = 256;
    private static final int MOST_MASKS = 512;

    /** Entries of the tables of all strings' automata. */
    private static final long MOST_CELLS = 6_000_000;

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
    private final Map<Automaton, StringLexer> strings = new LinkedHashMap<>(16, 0.75f, true);
    private long cells;
    private final Map<Numbers, NumberLexer> numbers = latest(MOST_LEXERS);
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
            StringLexer known = strings.get(language);
            if (known != null && !known.isLarge()) {
                return known;
            }
            StringLexer lexer =
                    new StringLexer(language, ordered ? Escapes.TO_WRITE : Escapes.TO_READ);
            strings.put(language, lexer);
            cells += known == null ? language.cells() : 0;
            var oldest = strings.entrySet().iterator();
            while (cells > MOST_CELLS && strings.size() > 1) {
                cells -= oldest.next().getKey().cells();
                oldest.remove();
            }
            return lexer;
        }
    }

    NumberLexer numbers(Numbers set) {
        return find(numbers, set, () -> lexer(set));
    }

    private NumberLexer lexer(Numbers set) {
        Automaton texts = ordered ? set.text() : set.readableText();
        if (ordered && set.isWhole()) {
            // Where 1.0 is a whole number, it is still a surprise to many who read the answer.
            Automaton digits = Numbers.digitsOf(texts);
            return new NumberLexer(digits.isEmpty() ? texts : digits);
        }
        return new NumberLexer(texts);
    }

    /** What a string's state says, with so many code points at least and at most to come. */
    LexerMask mask(StringPlan plan, int state, int least, long most) {
        // More than the longest token has make no difference.
        int wanted = Math.min(least, trie.deepest() + 1);
        long room = most > trie.deepest() + 1 ? Long.MAX_VALUE : most;
        StringPlan counted = new StringPlan(plan.lexer(), wanted, room);
        return find(
                masks,
                new Key(plan.lexer(), state, wanted, room),
                () -> StringWalk.from(state, counted, trie));
    }

    LexerMask mask(NumberLexer lexer, int state) {
        return find(
                masks,
                new Key(lexer, state, 0, Long.MAX_VALUE),
                () -> {
                    LexerMask.Marks marks = new LexerMask.Marks(trie);
                    walk(0, trie.size(), lexer, state, marks);
                    return marks.toMask();
                });
    }

    /** What is known, or else made; not under the lock, for one may take long and others wait. */
    private static <K, V> V find(Map<K, V> all, K key, Supplier<V> making) {
        synchronized (all) {
            V known = all.get(key);
            if (known != null) {
                return known;
            }
        }
        V made = making.get();
        synchronized (all) {
            // Two who made the same at once go on with one of them: a lexer is known by its
            // identity.
            V earlier = all.putIfAbsent(key, made);
            return earlier != null ? earlier : made;
        }
    }

    private void walk(int from, int to, NumberLexer lexer, int state, LexerMask.Marks marks) {
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
