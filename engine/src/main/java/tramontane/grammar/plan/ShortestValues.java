package tramontane.grammar.plan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.lexer.JsonStrings;
import tramontane.grammar.lexer.ShortestStrings;
import tramontane.grammar.schema.ArrayForm;
import tramontane.grammar.schema.KeyClass;
import tramontane.grammar.schema.NormalForms;
import tramontane.grammar.schema.ObjectForm;
import tramontane.grammar.schema.SchemaGraph;
import tramontane.grammar.schema.Shape;
import tramontane.grammar.schema.StringForm;

/** Finds short texts of values, with which an answer is closed when few tokens are left. */
public final class ShortestValues {
    private static final int MAX_CHARS = 1_000_000;

    /** Upper limit for the nesting of values. */
    private static final int MAX_DEPTH = 500;

    private static final int CHARS_PER_STEP = 2;

    private final SchemaGraph graph;
    private final Map<Shape, String> known = new HashMap<>();
    private final Set<Shape> inProgress = new HashSet<>();

    /**
     * Shapes for which the search failed while the shapes in progress were in progress. They are
     * not searched again on every path that leads to them.
     */
    private final Set<Shape> failed = new HashSet<>();

    public ShortestValues(SchemaGraph graph) {
        this.graph = graph;
    }

    public synchronized String text(Shape shape) {
        int before = -1;
        Optional<String> found = Optional.empty();
        // A shape that failed in one round may succeed in the next, with the texts found in
        // between.
        while (found.isEmpty() && known.size() > before) {
            before = known.size();
            failed.clear();
            inProgress.clear();
            found = find(shape);
        }
        return found.orElseThrow(() -> new IllegalStateException("no short value was found"));
    }

    /** Empty if every value contains a shape in progress or is nested too deep. */
    private Optional<String> find(Shape shape) {
        String text = known.get(shape);
        if (text != null) {
            return Optional.of(text);
        }
        WorkBudget.spend(1);
        if (inProgress.size() >= MAX_DEPTH || failed.contains(shape) || !inProgress.add(shape)) {
            return Optional.empty();
        }
        Optional<String> best = best(graph.values(shape));
        inProgress.remove(shape);
        if (best.isPresent()) {
            known.put(shape, best.get());
            // Shapes that failed may have needed this one.
            failed.clear();
        } else {
            failed.add(shape);
        }
        return best;
    }

    private Optional<String> best(NormalForms forms) {
        List<String> candidates = new ArrayList<>();
        NormalForms.Literals literals = forms.literals();
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
        return "\"" + JsonStrings.escape(ShortestStrings.shortest(form)) + "\"";
    }

    private Optional<String> array(ArrayForm form) {
        long[] counts = new long[form.contained().size()];
        StringBuilder text = new StringBuilder("[");
        Shape left = form.item(0);
        boolean hasUnlimitedStrings = ArrayPlan.hasUnlimitedStrings(form, graph);
        Set<String> strings = new HashSet<>();
        for (long i = 0; i < form.min() || needsMore(form, counts); i++) {
            if (i >= form.max()) {
                return Optional.empty();
            }
            Shape open = form.unique() ? left : form.item(i);
            Shape item = counted(form, i, open, counts);
            Optional<String> found = find(item);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            boolean another = hasUnlimitedStrings && found.get().startsWith("\"");
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

    /** A short string that is not in {@code before}. Such a string always exists here. */
    private String another(Shape shape, Set<String> before) {
        StringForm form =
                graph.values(shape).strings().stream()
                        .min(Comparator.comparing(each -> ShortestStrings.shortest(each).length()))
                        .orElseThrow();
        Automaton language = form.language();
        String word = ShortestStrings.shortest(form);
        for (int i = 1; !before.add(word); i++) {
            word = ShortestStrings.another(language, language.start(), form.min(), form.max(), i);
        }
        return "\"" + JsonStrings.escape(word) + "\"";
    }

    private static boolean needsMore(ArrayForm form, long[] counts) {
        for (int index = 0; index < counts.length; index++) {
            if (counts[index] < form.contained().get(index).min()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Narrows the item at an index to the {@code contains} shapes wherever possible. The parser
     * counts items in the same way.
     */
    private Shape counted(ArrayForm form, long position, Shape item, long[] counts) {
        Shape counted = item;
        for (int index = 0; index < counts.length; index++) {
            ArrayForm.Contained wanted = form.contained().get(index);
            boolean settled = counts[index] >= wanted.min() && wanted.max() == Long.MAX_VALUE;
            if (position >= wanted.from() && !settled) {
                Shape both = graph.and(counted, wanted.shape());
                boolean matching = counts[index] < wanted.max() && !graph.isEmpty(both);
                counted = matching ? both : graph.and(counted, graph.not(wanted.shape()));
                counts[index] += matching ? 1 : 0;
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
        boolean enough = names.size() >= form.min() || fill(form, text, names.size());
        return enough ? Optional.of(text.append('}').toString()) : Optional.empty();
    }

    /**
     * The required names, and further names until the object has its minimum number of properties.
     */
    private Set<String> chosen(ObjectForm form) {
        Set<String> chosen = new HashSet<>(form.required());
        for (Map.Entry<String, Shape> each : form.names().entrySet()) {
            String name = each.getKey();
            if (chosen.size() < form.min()
                    && !chosen.contains(name)
                    && !form.implied().containsKey(name)
                    && find(each.getValue()).isPresent()) {
                chosen.add(name);
            }
        }
        return chosen;
    }

    /** Adds properties with other keys until the object has its minimum number of properties. */
    private boolean fill(ObjectForm form, StringBuilder text, int before) {
        int written = before;
        for (KeyClass each : form.classes()) {
            Optional<String> found = find(each.value());
            Automaton keys = each.keys().minus(Automaton.oneOf(form.names().keySet()));
            while (found.isPresent() && written < form.min() && !keys.isEmpty()) {
                String key = keys.shortest(keys.start());
                append(text, key, found.get());
                written++;
                keys = keys.minus(Automaton.literal(key));
            }
        }
        return written >= form.min();
    }

    private static void append(StringBuilder text, String key, String value) {
        text.append(text.length() > 1 ? ",\"" : "\"").append(JsonStrings.escape(key)).append("\":");
        append(text, value);
    }

    private static void append(StringBuilder text, String value) {
        WorkBudget.spend(1 + value.length() / CHARS_PER_STEP);
        if (text.length() + value.length() > MAX_CHARS) {
            throw new IllegalStateException(
                    "the shortest value has more than " + MAX_CHARS + " characters");
        }
        text.append(value);
    }
}
