package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.schema.KeyClass;
import tramontane.grammar.schema.ObjectForm;
import tramontane.grammar.schema.Shape;

/** How objects of one form are read. Names are known by their place in the order of writing. */
final class ObjectPlan {
    /**
     * Keys that are no names.
     *
     * @param endless whether every such key can be made longer, so that a new one always exists
     * @param words how many there are
     * @param shortest those that are none of the names
     */
    record OtherKeys(
            StringPlan keys, Shape value, boolean endless, long words, ShortWords shortest) {}

    private static final int MOST_WORDS = 10_000;

    private final SchemaPlans plans;
    private final List<String> names;
    private final Set<String> nameSet;
    private final Shape[] shapes;

    /** Names in JSON's escapes with their closing quote. */
    private final byte[][] spelled;

    /** Names whose value exists. */
    private final BitSet possible = new BitSet();

    private final BitSet required = new BitSet();

    /** For each name those that must be there with it; none at all where nothing is implied. */
    private final BitSet[] implied;

    private final List<OtherKeys> others = new ArrayList<>();
    private final long least;
    private final long most;
    private final long otherWords;

    ObjectPlan(ObjectForm form, SchemaPlans plans) {
        this.plans = plans;
        names = List.copyOf(form.names().keySet());
        nameSet = Set.copyOf(names);
        least = form.least();
        most = form.most();
        shapes = new Shape[names.size()];
        spelled = new byte[names.size()][];
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            shapes[i] = form.names().get(name);
            spelled[i] = (JsonText.escape(name) + '"').getBytes(StandardCharsets.UTF_8);
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
            Optional<List<String>> all = keys.words(MOST_WORDS);
            words = all.map(List::size).map(Long::valueOf).orElse(Long.MAX_VALUE);
        }
        StringPlan plan = new StringPlan(plans.lexers().strings(keys), 0, Long.MAX_VALUE);
        return new OtherKeys(plan, each.value(), endless, words, new ShortWords(unnamed));
    }

    private BitSet[] implied(ObjectForm form) {
        BitSet[] all = new BitSet[names.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new BitSet();
            for (String other : form.implied().getOrDefault(names.get(i), Set.of())) {
                all[i].set(names.indexOf(other));
            }
        }
        // What is implied implies in turn; each round follows one more step.
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

    SchemaPlans plans() {
        return plans;
    }

    int names() {
        return names.size();
    }

    List<String> allNames() {
        return names;
    }

    boolean isName(String key) {
        return nameSet.contains(key);
    }

    byte[] spelled(int name) {
        return spelled[name];
    }

    Shape shape(int name) {
        return shapes[name];
    }

    BitSet possible() {
        return possible;
    }

    BitSet required() {
        return required;
    }

    boolean implies() {
        return implied.length > 0;
    }

    BitSet implied(int name) {
        return implied[name];
    }

    List<OtherKeys> others() {
        return others;
    }

    /** How many keys there are that are no names. */
    long otherWords() {
        return otherWords;
    }

    boolean isCounted() {
        return least > 0 || most < Long.MAX_VALUE;
    }

    long least() {
        return least;
    }

    long most() {
        return most;
    }
}
