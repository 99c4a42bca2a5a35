package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The served description of the API, and whether answers agree with it. */
final class ApiDescription {
    final JsonNode json;
    private final SchemaRegistry registry =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<String, com.networknt.schema.Schema> compiled = new HashMap<>();

    ApiDescription(String text) {
        json = JsonMapper.shared().readTree(text);
    }

    List<String> paths() {
        return List.copyOf(json.get("paths").propertyNames());
    }

    JsonNode properties(String schema) {
        return json.at("/components/schemas/" + schema + "/properties");
    }

    /** Fails unless the status, the type and the body of an answer are described. */
    void check(String method, String path, HttpResponse<String> answer) {
        String where = method + " " + path + " " + answer.statusCode();
        JsonNode described =
                resolve(
                        json.path("paths")
                                .path(path)
                                .path(method.toLowerCase(java.util.Locale.ROOT))
                                .path("responses")
                                .path("" + answer.statusCode()));
        assertThat(described.isMissingNode()).as(where + " is described").isFalse();
        String type = answer.headers().firstValue("content-type").orElse("").replaceAll(";.*", "");
        JsonNode content = described.path("content").path(type);
        assertThat(content.isMissingNode()).as(where + " may be " + type).isFalse();
        if (type.equals("application/json")) {
            assertThat(faults(content.get("schema"), answer.body()))
                    .as(where + " " + answer.body())
                    .isEmpty();
        }
    }

    void checkChunk(String data) {
        assertThat(
                        faults(
                                JsonMapper.shared()
                                        .readTree(
                                                "{\"$ref\":\"#/components/schemas/ChatCompletionChunk\"}"),
                                data))
                .as(data)
                .isEmpty();
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? json.at(node.get("$ref").stringValue().substring(1)) : node;
    }

    private List<String> faults(JsonNode schema, String body) {
        com.networknt.schema.Schema compiledSchema =
                compiled.computeIfAbsent(
                        schema.toString(),
                        _ -> {
                            ObjectNode whole = ((ObjectNode) schema).deepCopy();
                            whole.set("components", json.get("components"));
                            return registry.getSchema(whole);
                        });
        return compiledSchema.validate(JsonMapper.shared().readTree(body)).stream()
                .map(Object::toString)
                .toList();
    }
}
