package tramontane.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.Json;
import tramontane.grammar.parser.GrammarCompiler;

/** Tests which texts each keyword accepts, and what is refused. Texts are read byte by byte. */
class JsonSchemaTest {
    private static final GrammarCompiler COMPILER = new GrammarCompiler(JsonTokenizer.create());

    /** Single quotes stand for double quotes, in the schema and in the texts. */
    private static void check(String schema, List<String> valid, List<String> invalid)
            throws SchemaException {
        Constraint start =
                COMPILER.reading(
                        new Grammar.Json(JsonSchema.compile(Json.read(schema.replace('\'', '"')))));
        for (String text : valid) {
            assertThat(reads(start, bytes(text))).as("%s under %s", text, schema).isTrue();
        }
        for (String text : invalid) {
            assertThat(reads(start, bytes(text))).as("%s under %s", text, schema).isFalse();
        }
    }

    private static byte[] bytes(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    /** The first 256 tokens of the vocabulary are the bytes. */
    private static boolean reads(Constraint start, byte[] text) {
        Constraint at = start;
        for (byte each : text) {
            int token = each & 0xFF;
            if (!at.allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }

    private static void refused(String schema, String pointer, String reason) {
        Object plain = Json.read(schema.replace('\'', '"'));
        SchemaException refusal =
                catchThrowableOfType(SchemaException.class, () -> JsonSchema.compile(plain));
        assertThat(refusal).as(schema).isNotNull();
        assertThat(refusal.refusals())
                .as(schema)
                .anySatisfy(each -> {
                    assertThat(each.pointer()).isEqualTo(pointer);
                    assertThat(each.reason()).contains(reason);
                });
    }

    @Test
    void textIsJsonAndNothingElse() throws SchemaException {
        check(
                "true",
                List.of("1", " { } ", "[1 , 2]", "'\\u00e9\\n\\ud83d\\ude00'", "-0.5e-3", "1e20"),
                List.of(
                        "",
                        "01",
                        "+1",
                        ".5",
                        "1.",
                        "'",
                        "{,}",
                        "[1,]",
                        "nul",
                        "'\\x'",
                        "{'a':1 'b':2}"));
        check(
                "true",
                List.of("'\\\\u'"),
                List.of("'\\ud83d'", "'\\ude00\\ud83d'", "'\t'", "1e309"));
        Constraint any = COMPILER.reading(new Grammar.Json(JsonSchema.compile(true)));
        assertThat(reads(any, new byte[] {'"', (byte) 0xC3, (byte) 0xA9, '"'})).isTrue();
        assertThat(reads(any, new byte[] {'"', (byte) 0xC3, '"'})).isFalse();
        assertThat(reads(any, new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'})).isFalse();
        assertThat(reads(any, new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}))
                .isFalse();
        assertThat(reads(any, new byte[] {'"', (byte) 0xFF, '"'})).isFalse();
    }

    @Test
    void aKeyMayOccurOnlyOnceInAnySpelling() throws SchemaException {
        check(
                "{'type':'object'}",
                List.of("{'a':1,'b':1}", "{'a':{'a':1}}"),
                List.of("{'a':1,'a':2}", "{'a':1,'\\u0061':2}", "{'x':1,'a':1,'x':1}"));
        check(
                "{'properties':{'a/b':{'type':'integer'}},'additionalProperties':false}",
                List.of("{'a/b':1}"),
                List.of("{'a/b':1,'a\\/b':1}", "{'a/c':1}"));
    }

    @Test
    void numbersAreComparedByValue() throws SchemaException {
        check("{'type':'integer'}", List.of("1", "-7", "1.0"), List.of("1.5", "1e-1", "'1'"));
        check(
                "{'minimum':1.5,'maximum':2}",
                List.of("1.5", "2", "2.0", "'x'"),
                List.of("1.49", "2.01"));
        check(
                "{'exclusiveMinimum':0,'exclusiveMaximum':1,'type':'number'}",
                List.of("0.1"),
                List.of("0", "1", "0.0"));
        check(
                "{'$schema':'http://json-schema.org/draft-04/schema#','type':'number','minimum':3,"
                        + "'exclusiveMinimum':true}",
                List.of("3.1", "4"),
                List.of("3", "3.0"));
        check("{'type':'number','multipleOf':0.25}", List.of("0", "0.5", "-1.75"), List.of("0.3"));
    }

    @Test
    void upToDraft4TypeIntegerDependsOnTheSpelling() throws SchemaException {
        String draft4 = "{'$schema':'http://json-schema.org/draft-04/schema#',";
        check(draft4 + "'type':'integer'}", List.of("1", "-7"), List.of("1.0", "1e2", "1.5"));
        check(draft4 + "'enum':[1.0,2]}", List.of("1", "1.0", "2", "2.00"), List.of("1.5", "3"));
        check(draft4 + "'multipleOf':2}", List.of("4", "4.0", "'x'"), List.of("3", "3.0"));
        check(draft4 + "'type':['integer','string'],'enum':[1,'x']}", List.of("1"), List.of("1.0"));
        check(
                draft4 + "'type':'number','not':{'type':'integer'}}",
                List.of("1.0", "1.5"),
                List.of("1", "-2"));
    }

    @Test
    void schemasNestedTooDeepAreRefusedWithoutRecursion() {
        Object schema = true;
        for (int i = 0; i < 100_000; i++) {
            schema = Map.of("items", schema);
        }
        Object deep = schema;
        SchemaException refusal =
                catchThrowableOfType(SchemaException.class, () -> JsonSchema.compile(deep));
        assertThat(refusal.refusals().getFirst().reason()).contains("nested more than");
    }

    @Test
    void combinationsBeyondTheWorkLimitAreRefused() {
        refused(
                "{'allOf':["
                        + "{'contains':{'pattern':'a1'}},{'contains':{'pattern':'a2'}},"
                        + "{'contains':{'pattern':'a3'}},{'contains':{'pattern':'a4'}},"
                        + "{'contains':{'pattern':'a5'}},{'contains':{'pattern':'a6'}},"
                        + "{'contains':{'pattern':'a7'}},{'contains':{'pattern':'a8'}}]}",
                "",
                "too much work");
    }

    @Test
    void stringsAreCountedInCodePoints() throws SchemaException {
        check(
                "{'type':'string','minLength':2,'maxLength':2}",
                List.of("'é😀'", "'\\ud83d\\ude00a'"),
                List.of("'a'", "'abc'"));
        check("{'type':'string','pattern':'a+b'}", List.of("'xaab!'"), List.of("'b'", "'a'"));
        check(
                "{'type':'string','format':'date'}",
                List.of("'2024-02-29'"),
                List.of("'2023-02-29'"));
    }

    @Test
    void objectKeywordsAreEnforced() throws SchemaException {
        check(
                "{'type':'object','required':['a'],'properties':{'a':{'type':'integer'}}}",
                List.of("{'b':[],'a':1}"),
                List.of("{}", "{'a':'x'}"));
        check(
                "{'type':'object','patternProperties':{'^x':{'type':'integer'}},'additionalProperties':false}",
                List.of("{}", "{'xa':1,'x':2}"),
                List.of("{'xa':'1'}", "{'y':1}"));
        check(
                "{'type':'object','propertyNames':{'maxLength':2},'minProperties':1,'maxProperties':2}",
                List.of("{'a':1}", "{'a':1,'bb':2}"),
                List.of("{}", "{'abc':1}", "{'a':1,'b':1,'c':1}"));
        check(
                "{'type':'object','dependentRequired':{'a':['b']}}",
                List.of("{}", "{'b':1}", "{'a':1,'b':1}", "{'b':1,'a':1}"),
                List.of("{'a':1}"));
        check(
                "{'type':'object','dependentSchemas':{'a':{'required':['b']}}}",
                List.of("{'b':1}", "{'a':1,'b':1}"),
                List.of("{'a':1}"));
    }

    @Test
    void arrayKeywordsAreEnforced() throws SchemaException {
        check(
                "{'type':'array','items':{'type':'integer'},'minItems':1,'maxItems':2}",
                List.of("[1]", "[1,2]"),
                List.of("[]", "['a']", "[1,2,3]"));
        check(
                "{'type':'array','prefixItems':[{'type':'string'}],'items':{'type':'integer'}}",
                List.of("[]", "['a']", "['a',1]"),
                List.of("[1]", "['a','b']"));
        check(
                "{'type':'array','contains':{'type':'string'},'minContains':2,'maxContains':2}",
                List.of("['a',1,'b']"),
                List.of("['a']", "['a','b','c']"));
        check(
                "{'type':'array','items':{'type':['integer','string']},'uniqueItems':true}",
                List.of("[1,'1',2]"),
                List.of("[1,1]", "[1,1.0]", "['a','\\u0061']"));
    }

    @Test
    void combiningKeywordsAreEnforced() throws SchemaException {
        check(
                "{'allOf':[{'minimum':1},{'maximum':3}],'type':'integer'}",
                List.of("1", "3"),
                List.of("0", "4"));
        check(
                "{'oneOf':[{'type':'integer'},{'minimum':2}]}",
                List.of("1", "2.5", "'a'"),
                List.of("2", "1.5"));
        check("{'not':{'type':'integer'}}", List.of("'a'", "1.5", "{}"), List.of("1", "2.0"));
        check(
                "{'if':{'type':'string'},'then':{'minLength':1},'else':{'const':7}}",
                List.of("'a'", "7", "7.0"),
                List.of("''", "8"));
        check(
                "{'type':'object','allOf':[{'properties':{'a':true}}],'unevaluatedProperties':false}",
                List.of("{}", "{'a':1}"),
                List.of("{'b':1}"));
        check(
                "{'enum':[1,'a',{'b':[2]}]}",
                List.of("1", "1.0", "'a'", "{'b':[2]}"),
                List.of("2", "{'b':[]}"));
    }

    @Test
    void referencesFollowTheRulesOfTheirDraft() throws SchemaException {
        check(
                "{'properties':{'n':{'$ref':'#'}},'additionalProperties':false}",
                List.of("{}", "{'n':{'n':{}}}"),
                List.of("{'n':{'m':1}}"));
        check(
                "{'$defs':{'a':{'type':'integer'}},'$ref':'#/$defs/a','minimum':3}",
                List.of("3"),
                List.of("2", "'a'"));
        check(
                "{'$schema':'http://json-schema.org/draft-07/schema#','definitions':{'a':{'type':'integer'}},"
                        + "'properties':{'x':{'$ref':'#/definitions/a','minimum':3}}}",
                List.of("{'x':2}"),
                List.of("{'x':'a'}"));
    }

    /** An option is not empty because it needs the one that was looked at first. */
    @Test
    void optionsThatNeedEachOtherCanBeWritten() throws SchemaException {
        check(
                "{'$defs':{'a':{'type':'object','required':['x'],'properties':{'x':{'$ref':'#/$defs/b'}}},"
                        + "'b':{'anyOf':[{'type':'object','required':['x'],'properties':{'x':{'$ref':'#/$defs/a'}}},"
                        + "{'type':'object','maxProperties':0}]}},"
                        + "'type':'object','required':['b'],'properties':{'b':{'$ref':'#/$defs/b'}}}",
                List.of("{'b':{}}", "{'b':{'x':{'x':{}}}}"),
                List.of("{'b':{'x':null}}", "{'b':{'x':{}}}"));
    }

    @Test
    void refusalsNameThePointerAndTheReason() {
        refused(
                "{'properties':{'a':{'$ref':'http://example.com/x'}}}",
                "/properties/a/$ref",
                "not in this document");
        refused("{'items':{'pattern':'(a)\\\\1'}}", "/items/pattern", "");
        refused("{'properties':{'a':{'type':'text'}}}", "/properties/a/type", "'text' is no type");
        refused("{'dependentSchemas':['a']}", "/dependentSchemas", "must be an object");
        refused("{'dependencies':3}", "/dependencies", "must be an object");
        refused("{'$dynamicRef':'#a'}", "/$dynamicRef", "dynamic references");
        refused("{'type':'string','minLength':-1}", "/minLength", "non-negative");
        refused("{'type':'integer','minimum':3,'maximum':2}", "", "no value satisfies it");
        refused(
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}",
                "",
                "no value satisfies it");
        refused(
                "{'type':'array','items':{'type':'array'},'uniqueItems':true,'maxItems':9}",
                "",
                "not arrays or objects");
    }

    /** Without the work budget, each would run forever or use up the memory. */
    @Test
    void hostileSchemasAreRefused() {
        refused("{'pattern':'(a|b)*a(a|b){25}'}", "/pattern", "states");
        refused("{'$ref':'#'}", "", "endlessly");
        refused("{'minItems':1000000000,'items':{'type':'string'}}", "", "at least");
        refused("{'minLength':999999999}", "", "at least");
        refused("{'minProperties':2000}", "", "properties");
        refused(
                "{'type':'array','uniqueItems':true,'minItems':2000,'items':{'type':'integer'}}",
                "",
                "different items");
        StringBuilder patterns = new StringBuilder("{'patternProperties':{'a':{'type':'null'}");
        for (char letter = 'b'; letter < 'k'; letter++) {
            patterns.append(",'").append(letter).append("':{'minLength':1}");
        }
        refused(patterns + "}}", "/patternProperties", "combinations");
        refused(nested("{'type':'array','minItems':1000,'items':", 4), "", "characters");
        String oneOf = "{'anyOf':[{'required':['a%d']},{'required':['b%d']},{'required':['c%d']}]}";
        StringBuilder all = new StringBuilder("{'allOf':[" + oneOf.replace("%d", "0"));
        for (int i = 1; i < 12; i++) {
            all.append(',').append(oneOf.replace("%d", Integer.toString(i)));
        }
        refused(all + "]}", "", "alternatives");
    }

    private static String nested(String outer, int levels) {
        return outer.repeat(levels) + "{'type':'string'}" + "}".repeat(levels);
    }
}
