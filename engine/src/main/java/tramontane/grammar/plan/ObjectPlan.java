package tramontane.grammar.plan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.lexer.JsonStrings;
import tramontane.grammar.lexer.StringPlan;
import tramontane.grammar.lexer.StringsByLength;
import tramontane.grammar.schema.KeyClass;
import tramontane.grammar.schema.ObjectForm;
import tramontane.grammar.schema.Shape;

/**
 * Parse plan for the objects of one {@link ObjectForm}. Properties that the form names are
 * identified by their index in writing order. They are called names, all other keys are called
 * other keys.
 */
public final class ObjectPlan {
    /**
     * A class of keys that are not names.
     *
     * @param endless true when every prefix of such a key can be extended without limit, so that an
     *     unused key always exists
     * @param words how many such keys exist
     * @param shortest enumerates these keys, without the names
     */
    public record OtherKeys(
            StringPlan keys, Shape value, boolean endless, long words, StringsByLength shortest) {}

    private static final int MAX_WORDS = 10_000;

    private final SchemaPlans plans;
    private final List<String> names;
    private final Set<String> nameSet;
    private final Shape[] shapes;

    /** The names in JSON's escapes, each with its closing quote. */
    private final byte[][] spelled;

    /** Names whose value has at least one possible value. */
    private final BitSet possible = new BitSet();

    private final BitSet required = new BitSet();

    /**
     * For each name the names that it requires, transitively; an empty array if no name requires
     * others.
     */
    private final BitSet[] implied;

    private final List<OtherKeys> others = new ArrayList<>();
    private final long min;
    private final long max;
    private final long otherWords;

    ObjectPlan(ObjectForm form, SchemaPlans plans) {
        this.plans = plans;
        names = List.copyOf(form.names().keySet());
        nameSet = Set.copyOf(names);
        min = form.min();
        max = form.max();
        shapes = new Shape[names.size()];
        spelled = new byte[names.size()][];
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            shapes[i] = form.names().get(name);
            spelled[i] = (JsonStrings.escape(name) + '"').getBytes(StandardCharsets.UTF_8);
            if (!plans.graph().isEmpty(shapes[i])) {
                possible.set(i);
            }
            required.set(i, form.required().contains(name));
        }
        implied = form.implied().isEmpty() ? new BitSet[0] : implied(form);
        long words = 0;
        for (KeyClass each : form.classes()) {
            if (!plans.graph().isEmpty(each.value())) {
                OtherKeys other = other(each);
                others.add(other);
                words = words == Long.MAX_VALUE ? words : words + other.words;
                words = other.words == Long.MAX_VALUE ? Long.MAX_VALUE : words;
            }
        }
        otherWords = words;
    }

    private OtherKeys other(KeyClass each) {
        Automaton keys = each.keys();
        Automaton unnamed = names.isEmpty() ? keys : keys.minus(Automaton.oneOf(names));
        boolean endless = keys.isEndless();
        long words = Long.MAX_VALUE;
        if (!endless) {
            keys = unnamed;
            Optional<List<String>> all = keys.words(MAX_WORDS);
            words = all.map(List::size).map(Long::valueOf).orElse(Long.MAX_VALUE);
        }
        StringPlan plan = new StringPlan(plans.lexers().strings(keys), 0, Long.MAX_VALUE);
        return new OtherKeys(plan, each.value(), endless, words, new StringsByLength(unnamed));
    }

    private BitSet[] implied(ObjectForm form) {
        BitSet[] all = new BitSet[names.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new BitSet();
            for (String other : form.implied().getOrDefault(names.get(i), Set.of())) {
                all[i].set(names.indexOf(other));
            }
        }
        // Compute the transitive closure: each round follows one more step of implications.
        boolean changed = true;
        while (changed) {
            changed = false;
            for (BitSet own : all) {
                int before = own.cardinality();
                for (int i = own.nextSetBit(0); i >= 0; i = own.nextSetBit(i + 1)) {
                    own.or(all[i]);
                }
                changed |= own.cardinality() > before;
            }
        }
        return all;
    }

    public SchemaPlans plans() {
        return plans;
    }

    public int names() {
        return names.size();
    }

    public List<String> allNames() {
        return names;
    }

    public boolean isName(String key) {
        return nameSet.contains(key);
    }

    public byte[] spelled(int name) {
        return spelled[name];
    }

    public Shape shape(int name) {
        return shapes[name];
    }

    public BitSet possible() {
        return possible;
    }

    public BitSet required() {
        return required;
    }

    public boolean implies() {
        return implied.length > 0;
    }

    public BitSet implied(int name) {
        return implied[name];
    }

    public List<OtherKeys> others() {
        return others;
    }

    /** How many keys exist that are not names. */
    public long otherWords() {
        return otherWords;
    }

    public boolean isCounted() {
        return min > 0 || max < Long.MAX_VALUE;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }
}
