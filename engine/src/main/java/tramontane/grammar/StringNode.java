package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.regex.Automaton;
import tramontane.token.TokenTrie;

/** Within a JSON string, behind its opening quote. */
final class StringNode extends Node {
    /**
     * So many strings as long as any may be could be all that a character begun can become: a byte
     * of it, a hexadecimal digit.
     */
    private static final int FEW = 8;

    private final StringPlan plan;
    private final int state;

    /** Code points so far, as far as they matter. */
    private final int count;

    /** What was read so far, in JSON's escapes, a char for each byte; empty where nobody asks. */
    private final String read;

    private final boolean kept;

    private StringNode(
            StringPlan plan, int state, int count, String read, boolean kept, Node rest) {
        super(rest, 31 * (31 * (31 * plan.lexer().hashCode() + state) + count) + read.hashCode());
        this.plan = plan;
        this.state = state;
        this.count = count;
        this.read = read;
        this.kept = kept;
    }

    /** At the beginning of the string; {@code kept} says whether the rest wants to know it. */
    static StringNode begin(StringPlan plan, boolean kept, Node rest) {
        return new StringNode(plan, 0, 0, "", kept, rest);
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        int next = plan.lexer().next(state, label);
        if (next == Lexer.DEAD) {
            return;
        }
        if (next == Lexer.DONE) {
            if (count >= plan.least() && count <= plan.most()) {
                rest.resume(kept ? JsonText.unescape(read) : Scalar.NONE, machine, out);
            }
            return;
        }
        int to = next & ~Lexer.COUNTED;
        int newCount = next != to ? counted(count) : count;
        if (!plan.isCounted() || plan.canFinish(to, newCount)) {
            String newRead = kept ? read + (char) label : "";
            if (mayBeNew(to, newCount, newRead)) {
                out.add(new StringNode(plan, to, newCount, newRead, kept, rest));
            }
        }
    }

    /**
     * Whether the string can still become one that is not there yet. Where that is not said by its
     * language, any one may follow, so only the last character that there is room for decides.
     */
    private boolean mayBeNew(int to, int newCount, String newRead) {
        return !kept
                || plan.room(newCount) > 1
                || !(rest instanceof ArrayNode array)
                || !array.isRoomy()
                || mayBeNew(to, plan.room(newCount), newRead, array.taken());
    }

    private boolean mayBeNew(int at, long room, String text, Set<String> taken) {
        if (taken.isEmpty()) {
            return true;
        }
        if (plan.lexer().at(at) >= 0) {
            return room > 0 || !taken.contains(JsonText.unescape(text));
        }
        for (int label = 0; label < 256; label++) {
            int next = plan.lexer().next(at, label);
            if (next != Lexer.DEAD) {
                int to = next & ~Lexer.COUNTED;
                long left = plan.lexer().at(to) >= 0 ? room - 1 : room;
                if (mayBeNew(to, left, text + (char) label, taken)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** One more, up to where no more is to be counted. */
    private int counted(int before) {
        boolean counts = plan.most() < Long.MAX_VALUE || before < plan.least();
        return counts ? before + 1 : before;
    }

    @Override
    int onlyLabel(Machine machine) {
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
    Node close(Machine machine, Closing closing) {
        StringNode node = this;
        while (plan.lexer().at(node.state) < 0) {
            node = node.completeCharacter(machine, closing);
        }
        Automaton language = plan.lexer().language();
        long room = plan.room(node.count);
        int least = plan.missing(node.count);
        byte[] bytes = new byte[0];
        String all = node.read;
        boolean taken = true;
        // What is there already is made longer, or otherwise different, until it is new.
        for (int i = 0; taken; i++) {
            int at = plan.lexer().at(node.state);
            bytes = JsonText.bytes(Words.another(language, at, least, room, i));
            all = node.read + new String(bytes, StandardCharsets.ISO_8859_1);
            taken = kept && taken().contains(JsonText.unescape(all));
        }
        closing.append(bytes, 0);
        closing.append('"');
        return rest.resumed(kept ? JsonText.unescape(all) : Scalar.NONE, machine);
    }

    /** Ends a character that was begun, on the shortest way to the end where that goes on so. */
    private StringNode completeCharacter(Machine machine, Closing closing) {
        Automaton language = plan.lexer().language();
        int before = plan.lexer().ranges(state).getFirst().at();
        String way = Words.from(language, before, plan.missing(count), plan.room(count));
        if (!way.isEmpty()) {
            Optional<byte[]> ending = plan.lexer().ending(state, way.codePointAt(0));
            if (ending.isPresent() && after(ending.get(), machine) instanceof StringNode next) {
                closing.append(ending.get(), 0);
                return next;
            }
        }
        for (int label = 0; label < 256; label++) {
            if (after(new byte[] {(byte) label}, machine) instanceof StringNode next) {
                closing.append(label);
                return next;
            }
        }
        throw new IllegalStateException("a character that was begun cannot be ended");
    }

    /** The node within this string behind the bytes; what is behind it where there is none. */
    private Node after(byte[] bytes, Machine machine) {
        Node node = this;
        for (byte label : bytes) {
            Nodes out = new Nodes();
            node.step(label & 0xff, machine, out);
            if (out.isEmpty() || !(out.get(0) instanceof StringNode next) || next.rest != rest) {
                return rest;
            }
            node = next;
        }
        return node;
    }

    @Override
    void mask(Machine machine, long[] bits) {
        List<String> full = full();
        boolean withinEscape = read.indexOf('\\') >= 0 && plan.lexer().at(state) < 0;
        if (full.size() > FEW || withinEscape) {
            super.mask(machine, bits);
            return;
        }
        LexerMask mask = machine.lexers().mask(plan, state, plan.missing(count), plan.room(count));
        markInside(machine, mask, full, bits);
        boolean isKey = kept && rest instanceof ObjectNode;
        if (kept && !isKey && plan.lexer().language().isFinite()) {
            for (int node : mask.exits()) {
                walkBehind(machine, node, bits);
            }
        } else if (isKey) {
            // Of keys, all but those already there lead on alike.
            markLast(machine, mask, taken(), bits);
            for (int node : mask.inner()) {
                if (machine.goesOnWithColon(node)) {
                    walkBehind(machine, node, bits);
                }
            }
        } else {
            markItems(machine, mask, bits);
        }
    }

    /**
     * Items that must differ lead on alike, but for those that are there already, and within a
     * token in which another string follows.
     */
    private void markItems(Machine machine, LexerMask mask, long[] bits) {
        Set<String> taken = taken();
        Nodes out = new Nodes();
        rest.resume(kept ? unlike(taken) : Scalar.NONE, machine, out);
        if (out.isEmpty()) {
            return;
        }
        markLast(machine, mask, taken, bits);
        for (int node : mask.inner()) {
            if (kept && opensAnother(machine.trie(), node)) {
                walkBehind(machine, node, bits);
            } else if (taken.isEmpty() || !taken.contains(textAt(machine, node))) {
                out.walkBelow(machine, node, bits);
            }
        }
    }

    private static String unlike(Set<String> taken) {
        int longest = taken.stream().mapToInt(String::length).max().orElse(0);
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

    /** Of the strings that are there already those as long as any may be: they lead nowhere. */
    private List<String> full() {
        return kept
                        && plan.most() < Long.MAX_VALUE
                        && rest instanceof ArrayNode array
                        && array.isRoomy()
                ? taken().stream()
                        .filter(text -> text.codePointCount(0, text.length()) == plan.most())
                        .toList()
                : List.of();
    }

    private void markInside(Machine machine, LexerMask mask, List<String> full, long[] bits) {
        if (full.isEmpty()) {
            mask.markInside(bits);
            return;
        }
        long[] inside = mask.inside().clone();
        full.forEach(text -> clear(machine, text, "", inside));
        for (int token : machine.escaping()) {
            if (TokenBits.has(inside, token) && isOneOf(full, machine.bytes(token))) {
                TokenBits.clear(inside, token);
            }
        }
        TokenBits.or(bits, inside);
    }

    /**
     * Marks the tokens that end with the string, but for those that make it one of {@code taken}.
     */
    private void markLast(Machine machine, LexerMask mask, Set<String> taken, long[] bits) {
        if (taken.isEmpty()) {
            mask.markLast(bits);
            return;
        }
        long[] last = mask.last().clone();
        for (String text : taken) {
            clear(machine, text, "\"", last);
        }
        for (int token : machine.escaping()) {
            if (TokenBits.has(last, token)) {
                String bytes = machine.bytes(token);
                String text = JsonText.unescape(read + bytes.substring(0, bytes.length() - 1));
                if (taken.contains(text)) {
                    TokenBits.clear(last, token);
                }
            }
        }
        TokenBits.or(bits, last);
    }

    /** The string, if it is completed at this node of the trie. */
    private String textAt(Machine machine, int exit) {
        String all = read + machine.spelled(exit);
        return JsonText.unescape(all.substring(0, all.length() - 1));
    }

    /** Strings that may not be completed here, because they are there already. */
    private Set<String> taken() {
        if (!kept) {
            return Set.of();
        }
        return switch (rest) {
            case ObjectNode object -> object.taken();
            case ArrayNode array -> array.taken();
            default -> Set.of();
        };
    }

    /** Within the string by the lexer's numbers alone. */
    @Override
    void walk(Machine machine, int from, int to, long[] bits) {
        if (plan.isCounted() || kept) {
            super.walk(machine, from, to, bits);
            return;
        }
        Nodes behind = new Nodes();
        rest.resume(Scalar.NONE, machine, behind);
        walk(machine, from, to, state, behind, bits);
    }

    private void walk(Machine machine, int from, int to, int at, Nodes behind, long[] bits) {
        TokenTrie trie = machine.trie();
        for (int child = from; child < to; child = trie.end(child)) {
            int next = plan.lexer().next(at, trie.label(child));
            if (next == Lexer.DONE) {
                if (!behind.isEmpty()) {
                    behind.walkBelow(machine, child, bits);
                }
            } else if (next != Lexer.DEAD) {
                trie.mark(child, bits);
                walk(machine, child + 1, trie.end(child), next & ~Lexer.COUNTED, behind, bits);
            }
        }
    }

    /** Whether the string would be one of {@code texts} behind these bytes. */
    private boolean isOneOf(List<String> texts, String bytes) {
        int at = state;
        for (int i = 0; i < bytes.length(); i++) {
            at = plan.lexer().next(at, bytes.charAt(i)) & ~Lexer.COUNTED;
        }
        return plan.lexer().at(at) >= 0 && texts.contains(JsonText.unescape(read + bytes));
    }

    /**
     * Takes out the tokens that would lead to {@code text}, with {@code end} behind it, in its
     * shortest spelling. Tokens with a backslash in them, which may be another one, are looked at
     * one by one.
     */
    private void clear(Machine machine, String text, String end, long[] marked) {
        if (read.indexOf('\\') >= 0) {
            String begun = JsonText.unescape(read);
            if (text.startsWith(begun)) {
                machine.clear(spelled(text.substring(begun.length())) + end, marked);
            }
        } else if ((spelled(text) + end).startsWith(read)) {
            machine.clear((spelled(text) + end).substring(read.length()), marked);
        }
    }

    private static String spelled(String text) {
        return new String(JsonText.bytes(text), StandardCharsets.ISO_8859_1);
    }

    private void walkBehind(Machine machine, int exit, long[] bits) {
        Nodes out = new Nodes();
        rest.resume(textAt(machine, exit), machine, out);
        if (!out.isEmpty()) {
            out.walkBelow(machine, exit, bits);
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof StringNode node
                && plan.equals(node.plan)
                && state == node.state
                && count == node.count
                && kept == node.kept
                && read.equals(node.read);
    }
}
