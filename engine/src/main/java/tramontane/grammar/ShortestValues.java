package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.Work;
import tramontane.grammar.schema.ArrayForm;
import tramontane.grammar.schema.Forms;
import tramontane.grammar.schema.KeyClass;
import tramontane.grammar.schema.ObjectForm;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;
import tramontane.grammar.schema.StringForm;

/** Short texts of values, with which an answer can be closed when few tokens are left. */
final class ShortestValues {
    private static final int LONGEST = 1_000_000;

    /** Values within values that are followed. */
    private static final int DEEPEST = 500;

    private static final int CHARS_A_STEP = 2;

    private final SchemaGraph graph;
    private final Map<Shape, String> known = new HashMap<>();
    private final Set<Shape> underWay = new HashSet<>();

    /** Without a way while what is under way is, so that no shape is tried on every path to it. */
    private final Set<Shape> failed = new HashSet<>();

    ShortestValues(SchemaGraph graph) {
        this.graph = graph;
    }

    synchronized String text(Shape shape) {
        int before = -1;
        Optional<String> found = Optional.empty();
        // What failed in one round may succeed in the next, with what has become known meanwhile.
        while (found.isEmpty() && known.size() > before) {
            before = known.size();
            failed.clear();
            underWay.clear();
            found = find(shape);
        }
        return found.orElseThrow(() -> new IllegalStateException("no short value was found"));
    }

    /** Nothing where the only way leads through a shape that is being looked for, or too deep. */
    private Optional<String> find(Shape shape) {
        String text = known.get(shape);
        if (text != null) {
            return Optional.of(text);
        }
        Work.spend(1);
        if (underWay.size() >= DEEPEST || failed.contains(shape) || !underWay.add(shape)) {
            return Optional.empty();
        }
        Optional<String> best = best(graph.values(shape));
        underWay.remove(shape);
        if (best.isPresent()) {
            known.put(shape, best.get());
            // These may have failed for want of this one only.
            failed.clear();
        } else {
            failed.add(shape);
        }
        return best;
    }

    private Optional<String> best(Forms forms) {
        List<String> candidates = new ArrayList<>();
        Forms.Literals literals = forms.literals();
        if (!forms.numbers().isEmpty()) {
            Automaton texts = forms.numbers().text();
            candidates.add(texts.shortest(texts.start()));
        }
        for (StringForm form : forms.strings()) {
            candidates.add(string(form));
        }
        if (literals.hasNull()) {
            candidates.add("null");
        }
        if (literals.hasTrue()) {
            candidates.add("true");
        }
        if (literals.hasFalse()) {
            candidates.add("false");
        }
        for (ArrayForm form : forms.arrays()) {
            array(form).ifPresent(candidates::add);
        }
        for (ObjectForm form : forms.objects()) {
            object(form).ifPresent(candidates::add);
        }
        return candidates.stream().reduce((one, two) -> two.length() < one.length() ? two : one);
    }

    private static String string(StringForm form) {
        return "\"" + JsonText.escape(Words.shortest(form)) + "\"";
    }

    private Optional<String> array(ArrayForm form) {
        long[] held = new long[form.contained().size()];
        StringBuilder text = new StringBuilder("[");
        Shape left = form.item(0);
        boolean roomy = ArrayPlan.isRoomy(form, graph);
        Set<String> strings = new HashSet<>();
        for (long i = 0; i < form.least() || isWanting(form, held); i++) {
            if (i >= form.most()) {
                return Optional.empty();
            }
            Shape open = form.unique() ? left : form.item(i);
            Shape item = counted(form, i, open, held);
            Optional<String> found = find(item);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            boolean another = roomy && found.get().startsWith("\"");
            String value = another ? another(form.rest(), strings) : found.get();
            text.append(i > 0 ? "," : "");
            append(text, value);
            if (form.unique() && !another) {
                String bytes =
                        new String(
                                value.getBytes(StandardCharsets.UTF_8),
                                StandardCharsets.ISO_8859_1);
                left = graph.without(left, SchemaPlans.scalar(bytes));
            }
        }
        return Optional.of(text.append(']').toString());
    }

    /** A short string that is none of those before; of such there is always another. */
    private String another(Shape shape, Set<String> before) {
        StringForm form =
                graph.values(shape).strings().stream()
                        .min(Comparator.comparing(each -> Words.shortest(each).length()))
                        .orElseThrow();
        Automaton language = form.language();
        String word = Words.shortest(form);
        for (int i = 1; !before.add(word); i++) {
            word = Words.another(language, language.start(), form.least(), form.most(), i);
        }
        return "\"" + JsonText.escape(word) + "\"";
    }

    private static boolean isWanting(ArrayForm form, long[] held) {
        for (int wish = 0; wish < held.length; wish++) {
            if (held[wish] < form.contained().get(wish).least()) {
                return true;
            }
        }
        return false;
    }

    /** The item at a place, of what is wished for wherever that can be; arrays are read so, too. */
    private Shape counted(ArrayForm form, long place, Shape item, long[] held) {
        Shape counted = item;
        for (int wish = 0; wish < held.length; wish++) {
            ArrayForm.Contained wanted = form.contained().get(wish);
            boolean settled = held[wish] >= wanted.least() && wanted.most() == Long.MAX_VALUE;
            if (place >= wanted.from() && !settled) {
                Shape both = graph.and(counted, wanted.shape());
                boolean counts = held[wish] < wanted.most() && !graph.isEmpty(both);
                counted = counts ? both : graph.and(counted, graph.not(wanted.shape()));
                held[wish] += counts ? 1 : 0;
            }
        }
        return counted;
    }

    private Optional<String> object(ObjectForm form) {
        StringBuilder text = new StringBuilder("{");
        Set<String> names = chosen(form);
        for (Map.Entry<String, Shape> each : form.names().entrySet()) {
            if (names.contains(each.getKey())) {
                Optional<String> found = find(each.getValue());
                if (found.isEmpty()) {
                    return Optional.empty();
                }
                append(text, each.getKey(), found.get());
            }
        }
        boolean enough = names.size() >= form.least() || fill(form, text, names.size());
        return enough ? Optional.of(text.append('}').toString()) : Optional.empty();
    }

    /** The names that must be there, and as many more as are wanted. */
    private Set<String> chosen(ObjectForm form) {
        Set<String> chosen = new HashSet<>(form.required());
        for (Map.Entry<String, Shape> each : form.names().entrySet()) {
            String name = each.getKey();
            if (chosen.size() < form.least()
                    && !chosen.contains(name)
                    && !form.implied().containsKey(name)
                    && find(each.getValue()).isPresent()) {
                chosen.add(name);
            }
        }
        return chosen;
    }

    /** Adds properties that are no names until there are enough. */
    private boolean fill(ObjectForm form, StringBuilder text, int before) {
        int written = before;
        for (KeyClass each : form.classes()) {
            Optional<String> found = find(each.value());
            Automaton keys = each.keys().minus(Automaton.oneOf(form.names().keySet()));
            while (found.isPresent() && written < form.least() && !keys.isEmpty()) {
                String key = keys.shortest(keys.start());
                append(text, key, found.get());
                written++;
                keys = keys.minus(Automaton.literal(key));
            }
        }
        return written >= form.least();
    }

    private static void append(StringBuilder text, String key, String value) {
        text.append(text.length() > 1 ? ",\"" : "\"").append(JsonText.escape(key)).append("\":");
        append(text, value);
    }

    private static void append(StringBuilder text, String value) {
        Work.spend(1 + value.length() / CHARS_A_STEP);
        if (text.length() + value.length() > LONGEST) {
            throw new IllegalStateException(
                    "the shortest value has more than " + LONGEST + " characters");
        }
        text.append(value);
    }
}
