package tramontane.engine;

import java.util.Arrays;
import java.util.Set;
import tramontane.grammar.Constraint;
import tramontane.grammar.TokenMask;
import tramontane.testkit.TinyVocabulary;

/**
 * A constraint for tests that needs no grammar. Its language:
 *
 * <pre>
 * text  = KEY COLON value
 * value = OPEN COMMA COMMA value* CLOSE | any of LETTERS
 * </pre>
 *
 * KEY and COLON are forced, and so are two COMMAs behind each OPEN. Closing takes one token for
 * each open level, and one more where a value is missing.
 *
 * @param written forced tokens of the current pair that have been written
 */
final class Nested extends Constraint {
    private final int depth;
    private final int written;
    private final boolean started;
    private final boolean over;

    Nested(int depth, int written, boolean started, boolean over) {
        this.depth = depth;
        this.written = written;
        this.started = started;
        this.over = over;
    }

    static final int KEY = 'k';
    static final int COLON = ':';
    static final int OPEN = '[';
    static final int CLOSE = ']';
    static final int COMMA = ',';
    static final Set<Integer> LETTERS = Set.of((int) 'a', (int) 'b', (int) 'c');

    static Nested start() {
        return new Nested(0, 0, false, false);
    }

    @Override
    public TokenMask mask() {
        long[] words = new long[Math.ceilDiv(TinyVocabulary.SIZE, 64)];
        for (int token = 0; token < TinyVocabulary.SIZE; token++) {
            if (allows(token)) {
                words[token >>> 6] |= 1L << token;
            }
        }
        return new TokenMask(words);
    }

    @Override
    public boolean allows(int token) {
        if (over) {
            return token == TinyVocabulary.END_OF_TEXT;
        }
        if (written < 2) {
            return token == forcedNow();
        }
        return LETTERS.contains(token) || token == OPEN || token == CLOSE && depth > 0;
    }

    private int forcedNow() {
        return started ? COMMA : written == 0 ? KEY : COLON;
    }

    @Override
    public Constraint after(int token) {
        if (!allows(token) || over) {
            throw new IllegalArgumentException(token + " behind " + this);
        }
        if (written < 2) {
            return new Nested(depth, written + 1, started || written == 1, false);
        }
        return switch (token) {
            case OPEN -> new Nested(depth + 1, 0, true, false);
            case CLOSE -> new Nested(depth - 1, 2, true, depth == 1);
            default -> new Nested(depth, 2, true, depth == 0);
        };
    }

    @Override
    public boolean mayEnd() {
        return over;
    }

    @Override
    public int[] forced(int limit) {
        int[] all = started ? new int[] {COMMA, COMMA} : new int[] {KEY, COLON};
        return Arrays.copyOfRange(all, Math.min(written, 2), Math.min(2, written + limit));
    }

    @Override
    public int[] closing() {
        if (over) {
            return new int[0];
        }
        int missing = 2 - written;
        int[] closing = new int[missing + Math.max(1, depth)];
        System.arraycopy(forced(2), 0, closing, 0, missing);
        Arrays.fill(closing, missing, closing.length, depth == 0 ? 'a' : CLOSE);
        return closing;
    }

    /** True if {@code tokens} are a complete text of the language. */
    static boolean accepts(Iterable<Integer> tokens) {
        Constraint at = start();
        for (int token : tokens) {
            if (at.mayEnd() || !at.allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }

    /** The same language without forced tokens. */
    static final class Unforced extends Constraint {
        private final Constraint inner;

        Unforced(Constraint inner) {
            this.inner = inner;
        }

        @Override
        public TokenMask mask() {
            return inner.mask();
        }

        @Override
        public boolean allows(int token) {
            return inner.allows(token);
        }

        @Override
        public Constraint after(int token) {
            return new Unforced(inner.after(token));
        }

        @Override
        public boolean mayEnd() {
            return inner.mayEnd();
        }

        @Override
        public int[] forced(int limit) {
            return new int[0];
        }

        @Override
        public int[] closing() {
            return inner.closing();
        }
    }

    /** Throws an exception in the middle of a text. */
    static final class Broken extends Constraint {
        private final Constraint inner;
        private final int steps;

        Broken(Constraint inner, int steps) {
            this.inner = inner;
            this.steps = steps;
        }

        @Override
        public TokenMask mask() {
            if (steps == 0) {
                throw new IllegalStateException("broken on purpose");
            }
            return inner.mask();
        }

        @Override
        public boolean allows(int token) {
            return inner.allows(token);
        }

        @Override
        public Constraint after(int token) {
            return new Broken(inner.after(token), steps - 1);
        }

        @Override
        public boolean mayEnd() {
            return inner.mayEnd();
        }

        @Override
        public int[] forced(int limit) {
            return inner.forced(limit);
        }

        @Override
        public int[] closing() {
            return inner.closing();
        }
    }
}
