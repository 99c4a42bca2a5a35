package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.lexer.Escapes;
import tramontane.grammar.lexer.JsonStrings;
import tramontane.grammar.lexer.Lexer;
import tramontane.grammar.lexer.LexerMask;
import tramontane.grammar.lexer.ShortestStrings;
import tramontane.grammar.lexer.StringPlan;
import tramontane.grammar.lexer.TokenBits;
import tramontane.token.TokenTrie;

/** Reads a JSON string, after its opening quote. */
final class StringNode extends Node {
    /**
     * Upper limit for used strings of maximum length that are excluded from a cached mask one by
     * one. Beyond it the mask is found byte by byte: the exclusions could make a partly read
     * character a dead end, because all characters that it can become are used.
     */
    private static final int MAX_FULL_STRINGS = 8;

    private final StringPlan plan;
    private final int state;

    /** Code points so far, as far as they make a difference. */
    private final int count;

    /** The bytes read so far, one char for each; empty if the value is not kept. */
    private final String read;

    private final boolean keepScalar;

    private StringNode(
            StringPlan plan, int state, int count, String read, boolean keepScalar, Node rest) {
        super(rest, 31 * (31 * (31 * plan.lexer().hashCode() + state) + count) + read.hashCode());
        this.plan = plan;
        this.state = state;
        this.count = count;
        this.read = read;
        this.keepScalar = keepScalar;
    }

    /**
     * The node at the start of the string; {@code keepScalar} is true when the rest needs its
     * value.
     */
    static StringNode start(StringPlan plan, boolean keepScalar, Node rest) {
        return new StringNode(plan, 0, 0, "", keepScalar, rest);
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        int next = plan.lexer().next(state, label);
        if (next == Lexer.DEAD) {
            return;
        }
        if (next == Lexer.DONE) {
            if (count >= plan.min() && count <= plan.max()) {
                rest.resume(keepScalar ? JsonStrings.unescape(read) : Scalar.NONE, context, out);
            }
            return;
        }
        int to = next & ~Lexer.COUNTED;
        int newCount = next != to ? counted(count) : count;
        if (!plan.isCounted() || plan.canFinish(to, newCount)) {
            String newRead = keepScalar ? read + (char) label : "";
            if (mayBeNew(to, newCount, newRead)) {
                out.add(new StringNode(plan, to, newCount, newRead, keepScalar, rest));
            }
        }
    }

    /**
     * True when the string can still become an unused one. Where the automaton does not exclude
     * used strings, a string with two or more code points left can always become an unused one, so
     * only the last code point is checked.
     */
    private boolean mayBeNew(int to, int newCount, String newRead) {
        return !keepScalar
                || plan.remaining(newCount) > 1
                || !rest.mustExcludeUsed()
                || mayBeNew(to, plan.remaining(newCount), newRead, rest.usedStrings());
    }

    private boolean mayBeNew(int at, long remaining, String text, Set<String> usedStrings) {
        if (usedStrings.isEmpty()) {
            return true;
        }
        if (plan.lexer().at(at) >= 0) {
            return remaining > 0 || !usedStrings.contains(JsonStrings.unescape(text));
        }
        for (int label = 0; label < 256; label++) {
            int next = plan.lexer().next(at, label);
            if (next != Lexer.DEAD) {
                int to = next & ~Lexer.COUNTED;
                long left = plan.lexer().at(to) >= 0 ? remaining - 1 : remaining;
                if (mayBeNew(to, left, text + (char) label, usedStrings)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** One more code point, up to the count from which on it makes no difference. */
    private int counted(int before) {
        boolean counts = plan.max() < Long.MAX_VALUE || before < plan.min();
        return counts ? before + 1 : before;
    }

    @Override
    int onlyLabel(GrammarContext context) {
        Automaton language = plan.lexer().language();
        int at = plan.lexer().at(state);
        if (at < 0 || plan.isCounted()) {
            return -1;
        }
        String shortest = language.shortest(at);
        if (language.accepts(at)) {
            return language.canTake(at, 0, Character.MAX_CODE_POINT) ? -1 : '"';
        }
        int first = shortest.codePointAt(0);
        boolean only =
                (first == 0 || !language.canTake(at, 0, first - 1))
                        && !language.canTake(at, first + 1, Character.MAX_CODE_POINT);
        return only ? Escapes.onlyLabel(first) : -1;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        StringNode node = this;
        while (plan.lexer().at(node.state) < 0) {
            node = node.completeCharacter(context, closing);
        }
        Automaton language = plan.lexer().language();
        long remaining = plan.remaining(node.count);
        int min = plan.missing(node.count);
        byte[] bytes = new byte[0];
        String all = node.read;
        boolean used = true;
        // Try other strings until one is unused.
        for (int i = 0; used; i++) {
            int at = plan.lexer().at(node.state);
            bytes = JsonStrings.bytes(ShortestStrings.another(language, at, min, remaining, i));
            all = node.read + new String(bytes, StandardCharsets.ISO_8859_1);
            used = keepScalar && usedHere().contains(JsonStrings.unescape(all));
        }
        closing.append(bytes, 0);
        closing.append('"');
        return rest.resumed(keepScalar ? JsonStrings.unescape(all) : Scalar.NONE, context);
    }

    /**
     * Completes a partly read character, if possible with the next character of the shortest
     * closing text.
     */
    private StringNode completeCharacter(GrammarContext context, Closing closing) {
        Automaton language = plan.lexer().language();
        int before = plan.lexer().ranges(state).getFirst().at();
        String path =
                ShortestStrings.from(language, before, plan.missing(count), plan.remaining(count));
        if (!path.isEmpty()) {
            Optional<byte[]> ending = plan.lexer().ending(state, path.codePointAt(0));
            if (ending.isPresent() && after(ending.get(), context) instanceof StringNode next) {
                closing.append(ending.get(), 0);
                return next;
            }
        }
        for (int label = 0; label < 256; label++) {
            if (after(new byte[] {(byte) label}, context) instanceof StringNode next) {
                closing.append(label);
                return next;
            }
        }
        throw new IllegalStateException("a partly read character cannot be completed");
    }

    /** The node within this string after the bytes; {@link #rest} if there is none. */
    private Node after(byte[] bytes, GrammarContext context) {
        Node node = this;
        for (byte label : bytes) {
            NodeSet out = new NodeSet();
            node.step(label & 0xff, context, out);
            if (out.isEmpty() || !(out.get(0) instanceof StringNode next) || next.rest != rest) {
                return rest;
            }
            node = next;
        }
        return node;
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        List<String> full = full();
        boolean withinEscape = read.indexOf('\\') >= 0 && plan.lexer().at(state) < 0;
        if (full.size() > MAX_FULL_STRINGS || withinEscape) {
            super.mask(context, bits);
            return;
        }
        LexerMask mask =
                context.lexers().mask(plan, state, plan.missing(count), plan.remaining(count));
        markInside(context, mask, full, bits);
        boolean isKey = keepScalar && rest.followsKey();
        if (keepScalar && !isKey && plan.lexer().language().isFinite()) {
            for (int node : mask.exits()) {
                walkAfter(context, node, bits);
            }
        } else if (isKey) {
            // All keys have the same continuations, except those that are used.
            markLast(context, mask, usedHere(), bits);
            for (int node : mask.inner()) {
                if (context.goesOnWithColon(node)) {
                    walkAfter(context, node, bits);
                }
            }
        } else {
            markItems(context, mask, bits);
        }
    }

    /**
     * Marks the tokens after items that must be distinct. All strings have the same continuations,
     * except the used ones, and except within a token in which another string follows.
     */
    private void markItems(GrammarContext context, LexerMask mask, long[] bits) {
        Set<String> usedStrings = usedHere();
        NodeSet out = new NodeSet();
        rest.resume(keepScalar ? unlike(usedStrings) : Scalar.NONE, context, out);
        if (out.isEmpty()) {
            return;
        }
        markLast(context, mask, usedStrings, bits);
        for (int node : mask.inner()) {
            if (keepScalar && opensAnother(context.trie(), node)) {
                walkAfter(context, node, bits);
            } else if (usedStrings.isEmpty() || !usedStrings.contains(textAt(context, node))) {
                out.walkBelow(context, node, bits);
            }
        }
    }

    private static String unlike(Set<String> usedStrings) {
        int longest = usedStrings.stream().mapToInt(String::length).max().orElse(0);
        return "x".repeat(longest + 1);
    }

    private static boolean opensAnother(TokenTrie trie, int exit) {
        for (int node = exit + 1; node < trie.end(exit); node++) {
            if (trie.label(node) == '"') {
                return true;
            }
        }
        return false;
    }

    /** The used strings of maximum length: nothing may extend them. */
    private List<String> full() {
        return keepScalar && plan.max() < Long.MAX_VALUE && rest.mustExcludeUsed()
                ? usedHere().stream()
                        .filter(text -> text.codePointCount(0, text.length()) == plan.max())
                        .toList()
                : List.of();
    }

    private void markInside(
            GrammarContext context, LexerMask mask, List<String> full, long[] bits) {
        if (full.isEmpty()) {
            mask.markInside(bits);
            return;
        }
        long[] inside = mask.inside().clone();
        full.forEach(text -> clear(context, text, "", inside));
        for (int token : context.escaping()) {
            if (TokenBits.has(inside, token) && isOneOf(full, context.bytes(token))) {
                TokenBits.clear(inside, token);
            }
        }
        TokenBits.or(bits, inside);
    }

    /** Marks the tokens that end with the string, except those that make it a used one. */
    private void markLast(
            GrammarContext context, LexerMask mask, Set<String> usedStrings, long[] bits) {
        if (usedStrings.isEmpty()) {
            mask.markLast(bits);
            return;
        }
        long[] last = mask.last().clone();
        for (String text : usedStrings) {
            clear(context, text, "\"", last);
        }
        for (int token : context.escaping()) {
            if (TokenBits.has(last, token)) {
                String bytes = context.bytes(token);
                String text = JsonStrings.unescape(read + bytes.substring(0, bytes.length() - 1));
                if (usedStrings.contains(text)) {
                    TokenBits.clear(last, token);
                }
            }
        }
        TokenBits.or(bits, last);
    }

    /** The string, if it is complete at this trie node. */
    private String textAt(GrammarContext context, int exit) {
        String all = read + context.spelled(exit);
        return JsonStrings.unescape(all.substring(0, all.length() - 1));
    }

    /** Strings that this string must differ from. */
    private Set<String> usedHere() {
        return keepScalar ? rest.usedStrings() : Set.of();
    }

    /** Uses the lexer alone within the string. */
    @Override
    void walk(GrammarContext context, int from, int to, long[] bits) {
        if (plan.isCounted() || keepScalar) {
            super.walk(context, from, to, bits);
            return;
        }
        NodeSet following = new NodeSet();
        rest.resume(Scalar.NONE, context, following);
        walk(context, from, to, state, following, bits);
    }

    private void walk(
            GrammarContext context, int from, int to, int at, NodeSet following, long[] bits) {
        TokenTrie trie = context.trie();
        for (int child = from; child < to; child = trie.end(child)) {
            int next = plan.lexer().next(at, trie.label(child));
            if (next == Lexer.DONE) {
                if (!following.isEmpty()) {
                    following.walkBelow(context, child, bits);
                }
            } else if (next != Lexer.DEAD) {
                trie.mark(child, bits);
                walk(context, child + 1, trie.end(child), next & ~Lexer.COUNTED, following, bits);
            }
        }
    }

    /** True when the string after these bytes is complete as one of {@code texts}. */
    private boolean isOneOf(List<String> texts, String bytes) {
        int at = state;
        for (int i = 0; i < bytes.length(); i++) {
            at = plan.lexer().next(at, bytes.charAt(i)) & ~Lexer.COUNTED;
        }
        return plan.lexer().at(at) >= 0 && texts.contains(JsonStrings.unescape(read + bytes));
    }

    /**
     * Removes the tokens that lead to {@code text} in its shortest spelling, followed by {@code
     * end}. Tokens with a backslash may spell it differently; the caller checks them one by one.
     */
    private void clear(GrammarContext context, String text, String end, long[] marked) {
        if (read.indexOf('\\') >= 0) {
            String prefix = JsonStrings.unescape(read);
            if (text.startsWith(prefix)) {
                context.clear(spelled(text.substring(prefix.length())) + end, marked);
            }
        } else if ((spelled(text) + end).startsWith(read)) {
            context.clear((spelled(text) + end).substring(read.length()), marked);
        }
    }

    private static String spelled(String text) {
        return new String(JsonStrings.bytes(text), StandardCharsets.ISO_8859_1);
    }

    private void walkAfter(GrammarContext context, int exit, long[] bits) {
        NodeSet out = new NodeSet();
        rest.resume(textAt(context, exit), context, out);
        if (!out.isEmpty()) {
            out.walkBelow(context, exit, bits);
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof StringNode node
                && plan.equals(node.plan)
                && state == node.state
                && count == node.count
                && keepScalar == node.keepScalar
                && read.equals(node.read);
    }
}
