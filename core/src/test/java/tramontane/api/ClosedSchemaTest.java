package tramontane.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.JsonLine;

/** Which objects of a schema get no properties but those they name; single quotes here. */
class ClosedSchemaTest {
    private static void check(String schema, String closed) throws ApiException {
        ObjectNode node = (ObjectNode) JsonBody.parse(schema.replace('\'', '"').getBytes(UTF_8));
        assertThat(JsonLine.of(ClosedSchema.of(PlainJson.map(node))))
                .isEqualTo(closed.replace('\'', '"'));
    }

    private static void checkLeft(String schema) throws ApiException {
        check(schema, schema);
    }

    @Test
    void objectsThatNameTheirPropertiesAreClosed() throws ApiException {
        check(
                "{'type': 'object', 'properties': {}}",
                "{'type': 'object', 'properties': {}, 'additionalProperties': false}");
        check(
                "{'properties': {'a': {'items': {'properties': {'b': {}}}}, 'properties': {'type': 'string'}}, 'required': ['a']}",
                "{'properties': {'a': {'items': {'properties': {'b': {}}, 'additionalProperties': false}}, 'properties': {'type': 'string'}},"
                        + " 'required': ['a'], 'additionalProperties': false}");
        check(
                "{'anyOf': [{'properties': {'a': {}}}, {'$ref': '#/$defs/x'}], '$defs': {'x': {'properties': {'b': {}}}}}",
                "{'anyOf': [{'properties': {'a': {}}, 'additionalProperties': false}, {'$ref': '#/$defs/x'}],"
                        + " '$defs': {'x': {'properties': {'b': {}}, 'additionalProperties': false}}}");
    }

    @Test
    void whatMayNeedMoreIsLeftOpen() throws ApiException {
        checkLeft("{'type': 'object'}");
        checkLeft("{'properties': {'a': {}}, 'additionalProperties': true}");
        checkLeft("{'properties': {'a': {}}, 'required': ['b']}");
        checkLeft("{'properties': {'a': {}}, 'patternProperties': {'^x': {}}}");
        checkLeft("{'properties': {'a': {}}, 'minProperties': 2}");
        checkLeft("{'enum': [{'properties': {'a': 1}}]}");
    }

    @Test
    void schemasThatReadTheirPartsOtherwiseAreLeftWhole() throws ApiException {
        checkLeft("{'allOf': [{'properties': {'a': {}}}, {'properties': {'b': {}}}]}");
        checkLeft("{'properties': {'a': {'not': {'properties': {'b': {}}}}}}");
        checkLeft("{'oneOf': [{'properties': {'a': {}}}, {'properties': {'b': {}}}]}");
        checkLeft("{'$ref': '#/$defs/x', 'properties': {'a': {}}, '$defs': {'x': {}}}");
        checkLeft("{'anyOf': [{'required': ['b']}], 'properties': {'a': {}}}");
    }
}
