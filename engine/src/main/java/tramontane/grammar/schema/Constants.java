package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tramontane.chat.JsonNull;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.number.NumberSet;
import tramontane.grammar.schema.NormalForms.Literals;

/** The normal forms of constant values, for {@code enum} and {@code const}. */
final class Constants {
    private Constants() {}

    static NormalForms oneOf(List<?> values, Shapes shapes) {
        List<String> texts = new ArrayList<>();
        List<BigDecimal> numbers = new ArrayList<>();
        NormalForms others = NormalForms.NONE;
        for (Object value : values) {
            switch (value) {
                case String text -> texts.add(text);
                case Number number -> numbers.add(new BigDecimal(number.toString()));
                default -> others = others.or(one(value, shapes), shapes);
            }
        }
        List<StringForm> strings =
                texts.isEmpty()
                        ? List.of()
                        : List.of(new StringForm(Automaton.oneOf(texts), 0, Long.MAX_VALUE));
        return others.withStrings(strings).withNumbers(Numbers.of(NumberSet.oneOf(numbers)));
    }

    static NormalForms one(Object value, Shapes shapes) {
        return switch (value) {
            case String text -> oneOf(List.of(text), shapes);
            case Number number -> oneOf(List.of(number), shapes);
            case Boolean word -> NormalForms.NONE.withLiterals(new Literals(false, word, !word));
            case JsonNull none -> NormalForms.NONE.withLiterals(new Literals(true, false, false));
            case List<?> items -> {
                List<Shape> prefix = new ArrayList<>();
                for (Object item : items) {
                    prefix.add(shapes.ofForms(one(item, shapes)));
                }
                int size = prefix.size();
                yield NormalForms.NONE.withArrays(
                        List.of(
                                new ArrayForm(
                                        prefix, shapes.none(), size, size, false, List.of())));
            }
            case Map<?, ?> object -> {
                Map<String, Shape> names = new LinkedHashMap<>();
                object.forEach((name, item) ->
                        names.put((String) name, shapes.ofForms(one(item, shapes))));
                yield NormalForms.NONE.withObjects(
                        List.of(ObjectForm.of(shapes.none()).with(names, names.keySet())));
            }
            default -> throw new IllegalArgumentException("no JSON value: " + value.getClass());
        };
    }
}
