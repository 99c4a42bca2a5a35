package tramontane.grammar.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.Json;

/**
 * Which shapes have no value, with and without recursion. Single quotes stand for double quotes.
 */
class EmptinessTest {
    private static SchemaReader reader(String schema) {
        return new SchemaReader(Json.read(schema.replace('\'', '"')));
    }

    private static void check(String schema, boolean empty) {
        SchemaReader reader = reader(schema);
        assertThat(reader.shapes().isEmpty(reader.shapeAt(reader.root())))
                .as(schema)
                .isEqualTo(empty);
    }

    @Test
    void setsWithoutRecursion() {
        check("true", false);
        check("false", true);
        check("{'type':'string','minLength':3,'maxLength':2}", true);
        check("{'type':'string','pattern':'^a$','minLength':2}", true);
        check("{'type':'integer','minimum':0.1,'maximum':0.9}", true);
        check("{'type':'number','minimum':0.1,'maximum':0.9}", false);
        check("{'type':'array','minItems':2,'maxItems':1}", true);
        check("{'type':'array','items':false}", false);
        check("{'type':'array','items':false,'minItems':1}", true);
        check("{'type':'array','prefixItems':[false],'minItems':1}", true);
        check("{'type':'array','prefixItems':[true,false],'minItems':1}", false);
        check("{'type':'array','contains':false}", true);
        check("{'type':'array','contains':{'const':1},'items':{'const':2}}", true);
        check("{'type':'array','contains':true,'minContains':2,'maxItems':1}", true);
        check("{'type':'object','required':['a'],'properties':{'a':false}}", true);
        check("{'type':'object','required':['a','b'],'maxProperties':1}", true);
        check(
                "{'type':'object','properties':{'a':true},'additionalProperties':false,'minProperties':2}",
                true);
        check(
                "{'type':'object','patternProperties':{'^[ab]$':true},'additionalProperties':false,'minProperties':2}",
                false);
    }

    @Test
    void aShapeThatRequiresItselfIsEmpty() {
        check("{'type':'object','required':['a'],'properties':{'a':{'$ref':'#'}}}", true);
        check("{'type':'object','properties':{'a':{'$ref':'#'}}}", false);
        check("{'type':'array','items':{'$ref':'#'},'minItems':1}", true);
        check("{'type':'array','items':{'$ref':'#'}}", false);
        check(
                "{'anyOf':[{'type':'null'},{'type':'array','items':{'$ref':'#'},'minItems':1}]}",
                false);
    }

    /** The answer for a shape must not depend on which one is asked for first. */
    @Test
    void shapesThatRequireEachOtherAreEmptyUnlessOneHasAnAlternative() {
        String needs =
                "{'type':'object','required':['x'],'properties':{'x':{'$ref':'#/$defs/%s'}}}";
        for (boolean hasAlternative : new boolean[] {true, false}) {
            String last = needs.formatted("a");
            String schema =
                    "{'$defs':{'a':%s,'b':%s,'c':%s,'d':%s}}"
                            .formatted(
                                    needs.formatted("b"),
                                    "{'anyOf':["
                                            + needs.formatted("a")
                                            + ","
                                            + needs.formatted("c")
                                            + "]}",
                                    hasAlternative
                                            ? "{'anyOf':[" + last + ",{'type':'null'}]}"
                                            : last,
                                    needs.formatted("d"));
            for (List<String> order :
                    List.of(
                            List.of("a", "b", "c", "d"),
                            List.of("b", "d", "a", "c"),
                            List.of("c", "b", "a", "d"))) {
                SchemaReader reader = reader(schema);
                for (String name : order) {
                    Shape shape = reader.shapeAt(reader.referred(reader.root(), "#/$defs/" + name));
                    boolean empty = name.equals("d") || !hasAlternative;
                    assertThat(reader.shapes().isEmpty(shape))
                            .as("%s of %s, in order %s", name, schema, order)
                            .isEqualTo(empty);
                }
            }
        }
    }

    @Test
    void aShapeDefinedByItselfIsRefused() {
        SchemaReader reader = reader("{'allOf':[{'$ref':'#'}]}");
        assertThatThrownBy(() -> reader.shapes().isEmpty(reader.shapeAt(reader.root())))
                .isInstanceOf(SelfReferenceException.class);
    }
}
