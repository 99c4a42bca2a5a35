package tramontane.grammar.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.Json;
import tramontane.grammar.schema.SchemaGraph;

/** Short values that close an answer. Single quotes stand for double quotes. */
class ShortestValuesTest {
    private static void check(String schema, String shortest) {
        SchemaGraph graph = SchemaGraph.of(Json.read(schema.replace('\'', '"')));
        assertThat(graph.faults()).as(schema).isEmpty();
        assertThat(new ShortestValues(graph).text(graph.root()).replace('"', '\''))
                .as(schema)
                .isEqualTo(shortest);
    }

    @Test
    void everyTypeHasAShortestText() {
        check("true", "0");
        check("{'type':'null'}", "null");
        check("{'type':'boolean'}", "true");
        check("{'type':'integer','minimum':12}", "12");
        check("{'type':'string'}", "''");
        check("{'type':'string','minLength':3}", "'aaa'");
        check("{'enum':['seven','six']}", "'six'");
        check("{'type':'array'}", "[]");
        check("{'type':'object'}", "{}");
    }

    @Test
    void arraysHaveTheItemsTheyNeed() {
        check("{'type':'array','minItems':2,'items':{'type':'integer'}}", "[0,0]");
        check("{'type':'array','contains':{'const':7}}", "[7]");
        check(
                "{'type':'array','minItems':3,'uniqueItems':true,'items':{'enum':[1,2,3]}}",
                "[1,2,3]");
        check(
                "{'type':'array','minItems':2,'uniqueItems':true,'items':{'type':'string'}}",
                "['','a']");
    }

    @Test
    void objectsHaveThePropertiesTheyNeed() {
        check(
                "{'type':'object','required':['b'],'properties':{'a':{},'b':{'type':'boolean'}}}",
                "{'b':true}");
        check("{'type':'object','minProperties':2,'properties':{'z':{}}}", "{'z':0,'':0}");
    }

    @Test
    void recursionEndsWithTheShortestAlternative() {
        check(
                "{'type':'object','required':['n'],'properties':"
                        + "{'n':{'anyOf':[{'$ref':'#'},{'type':'null'}]}}}",
                "{'n':null}");
    }
}
