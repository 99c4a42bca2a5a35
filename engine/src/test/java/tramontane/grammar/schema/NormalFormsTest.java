package tramontane.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tramontane.chat.JsonNull;
import tramontane.chat.jinja.Json;
import tramontane.grammar.automaton.Automaton;

/**
 * Operations on normal forms, judged value by value: a value is in A and B if it is in both, in not
 * A if it is not in A. Single quotes stand for double quotes.
 */
class NormalFormsTest {
    private static final List<String> SCHEMAS =
            List.of(
                    "{'type':'string','minLength':2}",
                    "{'type':'string','maxLength':1}",
                    "{'pattern':'b'}",
                    "{'type':'integer'}",
                    "{'minimum':2}",
                    "{'enum':['a',1,true]}",
                    "{'required':['a']}",
                    "{'properties':{'a':{'type':'integer'}}}",
                    "{'properties':{'a':true},'additionalProperties':false}",
                    "{'patternProperties':{'^b':{'type':'string'}}}",
                    "{'minProperties':1}",
                    "{'maxProperties':1}",
                    "{'dependentRequired':{'a':['b']}}",
                    "{'items':{'type':'integer'}}",
                    "{'prefixItems':[{'type':'string'}]}",
                    "{'contains':{'const':1}}",
                    "{'contains':{'const':1},'minContains':2,'maxContains':2}",
                    "{'contains':{'const':1},'minContains':0,'maxContains':0}",
                    "{'minItems':1}",
                    "{'maxItems':1}");

    private static final List<Object> VALUES =
            List.of(
                    JsonNull.NULL,
                    true,
                    false,
                    new BigDecimal("1"),
                    new BigDecimal("1.5"),
                    new BigDecimal("-3"),
                    new BigDecimal("20"),
                    "",
                    "a",
                    "b",
                    "abc",
                    List.of(),
                    List.of(new BigDecimal("1")),
                    List.of("a"),
                    List.of("a", new BigDecimal("1")),
                    List.of(new BigDecimal("1"), new BigDecimal("1")),
                    List.of(new BigDecimal("1"), new BigDecimal("2"), new BigDecimal("1")),
                    Map.of(),
                    Map.of("a", new BigDecimal("1")),
                    Map.of("a", "x"),
                    Map.of("b", "x"),
                    Map.of("b", true),
                    Map.of("a", new BigDecimal("1"), "b", "x"),
                    Map.of("a", "x", "c", true));

    @Test
    void aValueIsInTheIntersectionIfItIsInBoth() {
        for (String one : SCHEMAS) {
            for (String two : SCHEMAS) {
                String both = "{'allOf':[" + one + "," + two + "]}";
                SchemaReader reader = reader(both);
                for (Object value : VALUES) {
                    assertThat(holds(reader, value))
                            .as("%s under %s", value, both)
                            .isEqualTo(holds(reader(one), value) && holds(reader(two), value));
                }
            }
        }
    }

    @Test
    void aValueIsInTheUnionIfItIsInOne() {
        for (String one : SCHEMAS) {
            for (String two : SCHEMAS) {
                String either = "{'anyOf':[" + one + "," + two + "]}";
                SchemaReader reader = reader(either);
                for (Object value : VALUES) {
                    assertThat(holds(reader, value))
                            .as("%s under %s", value, either)
                            .isEqualTo(holds(reader(one), value) || holds(reader(two), value));
                }
            }
        }
    }

    @Test
    void aValueIsInTheComplementIfItIsNotInTheSet() {
        for (String schema : SCHEMAS) {
            String not = "{'not':" + schema + "}";
            String twice = "{'not':" + not + "}";
            for (Object value : VALUES) {
                boolean in = holds(reader(schema), value);
                assertThat(holds(reader(not), value))
                        .as("%s under %s", value, not)
                        .isNotEqualTo(in);
                assertThat(holds(reader(twice), value))
                        .as("%s under %s", value, twice)
                        .isEqualTo(in);
            }
        }
    }

    private static SchemaReader reader(String schema) {
        return new SchemaReader(Json.read(schema.replace('\'', '"')));
    }

    private static boolean holds(SchemaReader reader, Object value) {
        return holds(reader.shapeAt(reader.root()), value, reader.shapes());
    }

    /** Whether a value is in a shape, by the definition of its normal forms. */
    private static boolean holds(Shape shape, Object value, Shapes shapes) {
        NormalForms forms = shapes.forms(shape);
        return switch (value) {
            case JsonNull none -> forms.literals().hasNull();
            case Boolean word -> word ? forms.literals().hasTrue() : forms.literals().hasFalse();
            case BigDecimal number -> forms.numbers().bare().contains(number);
            case String text -> forms.strings().stream().anyMatch(form -> form.matches(text));
            case List<?> items ->
                    forms.arrays().stream().anyMatch(form -> holds(form, items, shapes));
            case Map<?, ?> object ->
                    forms.objects().stream().anyMatch(form -> holds(form, object, shapes));
            default -> throw new IllegalArgumentException(value.toString());
        };
    }

    private static boolean holds(ArrayForm form, List<?> items, Shapes shapes) {
        boolean all = items.size() >= form.min() && items.size() <= form.max();
        for (int i = 0; i < items.size(); i++) {
            all &= holds(form.item(i), items.get(i), shapes);
        }
        for (ArrayForm.Contained wanted : form.contained()) {
            long count =
                    items.stream()
                            .skip(wanted.from())
                            .filter(item -> holds(wanted.shape(), item, shapes))
                            .count();
            all &= count >= wanted.min() && count <= wanted.max();
        }
        return all;
    }

    private static boolean holds(ObjectForm form, Map<?, ?> object, Shapes shapes) {
        boolean all = object.size() >= form.min() && object.size() <= form.max();
        for (Map.Entry<?, ?> each : object.entrySet()) {
            all &= holds(form.value((String) each.getKey()), each.getValue(), shapes);
            all &=
                    object.keySet()
                            .containsAll(form.implied().getOrDefault(each.getKey(), Set.of()));
        }
        for (KeyClass wanted : form.existentials()) {
            Automaton keys = wanted.keys();
            all &=
                    object.entrySet().stream()
                            .anyMatch(each ->
                                    keys.matches((String) each.getKey())
                                            && holds(wanted.value(), each.getValue(), shapes));
        }
        return all && object.keySet().containsAll(form.required());
    }
}
