package tramontane.grammar.lexer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.CharSet;
import tramontane.token.ByteKinds;

/**
 * A lexer for the inside of a JSON string, up to and including the closing quote. The automaton
 * decides which code points may follow. The lexer reads their bytes, which are UTF-8 or JSON
 * escapes:
 *
 * <pre>
 *   PLAIN ──byte──────────────► PLAIN          one character
 *         ──lead byte─────────► BYTES ... ───► PLAIN
 *         ──\──► ESCAPE ──n───► PLAIN
 *                       ──u──► HEX ... ──────► PLAIN, or for a high surrogate ► LOW_ESCAPE
 *         LOW_ESCAPE ──\──► LOW_U ──u──► LOW_HEX ... ──► PLAIN
 * </pre>
 *
 * The first bytes of a character are accepted only if at least one character with these first bytes
 * is allowed here.
 */
public final class StringLexer implements Lexer {
    private enum Mode {
        BYTES,
        ESCAPE,
        HEX,
        LOW_ESCAPE,
        LOW_U,
        LOW_HEX
    }

    /**
     * A position within a character.
     *
     * @param at state of the automaton before the character
     * @param value bits of the character read so far
     * @param left number of bytes or digits still to come
     * @param minCodePoint the lowest code point whose UTF-8 has this many bytes
     */
    private record State(int at, Mode mode, int value, int left, int minCodePoint) {
        State(int at, Mode mode, int value, int left) {
            this(at, mode, value, left, 0);
        }
    }

    private static final int LOOPS_COMPUTED = 1 << 30;

    /**
     * Upper limit for the states within characters. A lexer that has more is replaced by an empty
     * one.
     */
    private static final int MAX_STATES = 50_000;

    private static final CharSet WIDE = CharSet.range(0x80, Character.MAX_CODE_POINT);

    private final Automaton language;

    private final Escapes escapable;

    private final boolean free;

    /**
     * The number of automaton states. States of the lexer below it are states of the automaton,
     * states from it on are positions within a character.
     */
    private final int plain;

    private final Map<State, Integer> numbers = new HashMap<>();
    private final List<State> partial = new ArrayList<>();
    private final int[] loops;

    /**
     * For each automaton state the lexer state after a backslash, or {@link #DEAD}; 0 if not
     * computed.
     */
    private final int[] escapes;

    StringLexer(Automaton language, Escapes escapable) {
        this.language = language;
        this.escapable = escapable;
        this.free = language.equals(Automaton.any());
        plain = language.states();
        loops = new int[plain];
        escapes = new int[plain];
    }

    /** True when the lexer has grown past {@link #MAX_STATES} and should be replaced. */
    synchronized boolean isLarge() {
        return partial.size() > MAX_STATES;
    }

    public Automaton language() {
        return language;
    }

    /**
     * Code points that a partly read character may still become.
     *
     * @param at state of the automaton before the character
     */
    public record Range(int at, int low, int high) {}

    public List<Range> ranges(int state) {
        State partial = partialState(state);
        int digits = partial.value & 0xffff;
        return switch (partial.mode) {
            case BYTES ->
                    List.of(
                            new Range(
                                    partial.at,
                                    Math.max(
                                            partial.minCodePoint,
                                            partial.value << 6 * partial.left),
                                    Math.min(
                                            Character.MAX_CODE_POINT,
                                            (partial.value + 1 << 6 * partial.left) - 1)));
            case ESCAPE -> placed(partial.at, escapable.all());
            case HEX -> {
                int low = digits << 4 * partial.left;
                int high = (digits + 1 << 4 * partial.left) - 1;
                List<Range> ranges = placed(partial.at, escapable.between(low, high));
                int from = Math.max(low, Character.MIN_HIGH_SURROGATE);
                int to = Math.min(high, Character.MAX_HIGH_SURROGATE);
                if (from <= to) {
                    ranges.add(
                            new Range(partial.at, plane(from & 0x3ff), plane(to & 0x3ff) | 0x3ff));
                }
                yield ranges;
            }
            case LOW_ESCAPE, LOW_U -> {
                int base = plane(partial.value >>> 16);
                yield List.of(new Range(partial.at, base, base | 0x3ff));
            }
            case LOW_HEX -> {
                int base = plane(partial.value >>> 16);
                int low = lowest(digits, partial.left) & 0x3ff;
                int high = highest(digits, partial.left) & 0x3ff;
                yield List.of(new Range(partial.at, base | low, base | high));
            }
        };
    }

    private static List<Range> placed(int at, List<Escapes.Range> ranges) {
        List<Range> placed = new ArrayList<>();
        ranges.forEach(each -> placed.add(new Range(at, each.low(), each.high())));
        return placed;
    }

    /** The lowest low surrogate with these leading digits. */
    private static int lowest(int digits, int left) {
        return Math.max(digits << 4 * left, Character.MIN_LOW_SURROGATE);
    }

    private static int highest(int digits, int left) {
        return Math.min((digits + 1 << 4 * left) - 1, Character.MAX_LOW_SURROGATE);
    }

    /**
     * The bytes that complete the partly read character as {@code codePoint}; empty if it cannot
     * become that code point.
     */
    public Optional<byte[]> ending(int state, int codePoint) {
        boolean partialState =
                ranges(state).stream()
                        .anyMatch(range -> codePoint >= range.low && codePoint <= range.high);
        if (!partialState) {
            return Optional.empty();
        }
        State partial = partialState(state);
        String hex = Escapes.hex(codePoint);
        String first = Escapes.of(codePoint).getFirst();
        int firstGroup = Math.min(6, hex.length());
        String ending =
                switch (partial.mode) {
                    case BYTES -> {
                        byte[] utf8 =
                                Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
                        yield new String(
                                utf8,
                                utf8.length - partial.left,
                                partial.left,
                                StandardCharsets.ISO_8859_1);
                    }
                    case ESCAPE -> first.substring(1);
                    case HEX -> hex.substring(firstGroup - partial.left);
                    case LOW_ESCAPE -> hex.substring(6);
                    case LOW_U -> hex.substring(7);
                    case LOW_HEX -> hex.substring(hex.length() - partial.left);
                };
        return Optional.of(ending.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** True when the language contains every string. */
    boolean isFree() {
        return free;
    }

    private synchronized State partialState(int state) {
        return partial.get(state - plain);
    }

    /** The automaton's state between characters, or -1 within a character. */
    public int at(int state) {
        return state < plain ? state : -1;
    }

    /**
     * The kinds of bytes, as bits of {@link ByteKinds}, all of which lead from the automaton's
     * state back to it.
     */
    int loops(int at) {
        // A data race is harmless: every thread computes the same value.
        int known = loops[at];
        return known != 0 ? known & ~LOOPS_COMPUTED : findLoops(at);
    }

    private int findLoops(int at) {
        int kinds = (1 << ByteKinds.ASCII_KINDS) - 1;
        for (int label = 0; label < 0x80; label++) {
            if (label == '"' || label == '\\' || label < 0x20 || language.next(at, label) != at) {
                kinds &= ~(1 << ByteKinds.kind(label));
            }
        }
        if (language.loops(at, WIDE)) {
            kinds |= ByteKinds.WIDE;
        }
        loops[at] = kinds | LOOPS_COMPUTED;
        return kinds;
    }

    @Override
    public boolean mayEnd(int state) {
        return false;
    }

    @Override
    public int next(int state, int label) {
        return state < plain ? plain(state, label) : find(partialState(state), label);
    }

    private synchronized int number(State state) {
        Integer known = numbers.get(state);
        if (known != null) {
            return known;
        }
        int number = plain + partial.size();
        numbers.put(state, number);
        partial.add(state);
        return number;
    }

    private int find(State state, int label) {
        return switch (state.mode) {
            case BYTES ->
                    (label & 0xc0) == 0x80
                            ? bytes(
                                    state.at,
                                    state.value << 6 | label & 0x3f,
                                    state.left - 1,
                                    state.minCodePoint)
                            : DEAD;
            case ESCAPE -> escape(state.at, label);
            case HEX, LOW_HEX -> hex(state, label);
            case LOW_ESCAPE ->
                    label == '\\' ? number(new State(state.at, Mode.LOW_U, state.value, 0)) : DEAD;
            case LOW_U ->
                    label == 'u' ? number(new State(state.at, Mode.LOW_HEX, state.value, 4)) : DEAD;
        };
    }

    private int plain(int at, int label) {
        if (label == '"') {
            return language.accepts(at) ? DONE : DEAD;
        }
        if (label == '\\') {
            return backslash(at);
        }
        if (label < 0x20) {
            return DEAD;
        }
        if (label < 0x80) {
            return take(at, label);
        }
        if (label >= 0xc2 && label < 0xe0) {
            return bytes(at, label & 0x1f, 1, 0x80);
        }
        if (label >= 0xe0 && label < 0xf0) {
            return bytes(at, label & 0x0f, 2, 0x800);
        }
        return label >= 0xf0 && label < 0xf5 ? bytes(at, label & 0x07, 3, 0x10000) : DEAD;
    }

    private int backslash(int at) {
        int known = escapes[at];
        if (known == 0) {
            known = canEscape(at) ? number(new State(at, Mode.ESCAPE, 0, 0)) : DEAD;
            escapes[at] = known;
        }
        return known;
    }

    /** True when some escape is allowed here. A backslash without one would be a dead end. */
    private boolean canEscape(int at) {
        for (int label = 0x20; label < 0x80; label++) {
            if (escape(at, label) != DEAD) {
                return true;
            }
        }
        return false;
    }

    private int take(int at, int codePoint) {
        int next = language.next(at, codePoint);
        return next < 0 ? DEAD : next | COUNTED;
    }

    /**
     * @param value the bits so far
     * @param left number of continuation bytes to come, with six bits each
     * @param minCodePoint the lowest code point whose UTF-8 has this many bytes
     */
    private int bytes(int at, int value, int left, int minCodePoint) {
        int low = value << 6 * left;
        int high = low | (1 << 6 * left) - 1;
        if (left == 0) {
            return isSurrogate(value) || value < minCodePoint || value > Character.MAX_CODE_POINT
                    ? DEAD
                    : take(at, value);
        }
        int from = Math.max(low, minCodePoint);
        int to = Math.min(high, Character.MAX_CODE_POINT);
        if (from > to || !canTake(at, from, to)) {
            return DEAD;
        }
        return number(new State(at, Mode.BYTES, value, left, minCodePoint));
    }

    private static boolean isSurrogate(int value) {
        return value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
    }

    private boolean canTake(int at, int low, int high) {
        return low <= high
                && (low < Character.MIN_SURROGATE
                                && language.canTake(
                                        at, low, Math.min(high, Character.MIN_SURROGATE - 1))
                        || high > Character.MAX_SURROGATE
                                && language.canTake(
                                        at, Math.max(low, Character.MAX_SURROGATE + 1), high));
    }

    private int escape(int at, int label) {
        int meaning = Escapes.meaning(label);
        if (meaning >= 0) {
            return take(at, meaning);
        }
        return label == 'u' ? hex(at, 0, 4) : DEAD;
    }

    private int hex(State state, int label) {
        int digit = Character.digit(label, 16);
        if (digit < 0 || label > 0x7f) {
            return DEAD;
        }
        int value = (state.value & 0xffff) << 4 | digit;
        return state.mode == Mode.HEX
                ? hex(state.at, value, state.left - 1)
                : lowHex(state.at, state.value >>> 16, value, state.left - 1);
    }

    private int hex(int at, int value, int left) {
        if (left == 0) {
            if (canTakePair(at, value, value)) {
                return number(new State(at, Mode.LOW_ESCAPE, value - 0xd800 << 16, 0));
            }
            return escapable.has(value) ? take(at, value) : DEAD;
        }
        int low = value << 4 * left;
        int high = low | (1 << 4 * left) - 1;
        boolean one =
                escapable.between(low, high).stream()
                        .anyMatch(each -> language.canTake(at, each.low(), each.high()));
        return one || canTakePair(at, low, high)
                ? number(new State(at, Mode.HEX, value, left))
                : DEAD;
    }

    /** True when a surrogate pair whose high surrogate is in the range is allowed here. */
    private boolean canTakePair(int at, int low, int high) {
        int from = Math.max(low, Character.MIN_HIGH_SURROGATE);
        int to = Math.min(high, Character.MAX_HIGH_SURROGATE);
        return from <= to && language.canTake(at, plane(from - 0xd800), plane(to - 0xd800) | 0x3ff);
    }

    private static int plane(int highBits) {
        return 0x10000 + (highBits << 10);
    }

    /**
     * @param highBits the ten bits of the high surrogate
     * @param value the digits of the low surrogate so far
     */
    private int lowHex(int at, int highBits, int value, int left) {
        int low = lowest(value, left);
        int high = highest(value, left);
        if (low > high) {
            return DEAD;
        }
        int base = plane(highBits);
        if (left == 0) {
            return take(at, base | value & 0x3ff);
        }
        return language.canTake(at, base | low & 0x3ff, base | high & 0x3ff)
                ? number(new State(at, Mode.LOW_HEX, highBits << 16 | value, left))
                : DEAD;
    }
}
