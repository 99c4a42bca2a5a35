package tramontane.bench.quality;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A prompt with one right answer.
 *
 * @param text the text from which the answer can be read
 * @param prompt the user message: the text and the names of the fields
 * @param tools those to choose from; of other kinds than {@code TOOLS}, one that takes the answer
 * @param answer the value; of {@code TOOLS}, an object with {@code name} and {@code arguments}
 */
public record Task(
        String id,
        TaskKind kind,
        Language language,
        String text,
        String prompt,
        List<Tool> tools,
        JsonNode answer) {
    static final String SYSTEM =
            "You read a text and return its data as one JSON object. Copy values exactly as they"
                    + " stand in the text. Write dates as YYYY-MM-DD. Answer with the JSON object"
                    + " only.";

    /** A tool, with the schema of its arguments. */
    record Tool(String name, String description, ObjectNode parameters) {}

    /** The schema of the answer. */
    ObjectNode schema() {
        if (kind != TaskKind.TOOLS) {
            return tools.getFirst().parameters().deepCopy();
        }
        ObjectNode schema = Slot.JSON.objectNode();
        ArrayNode options = schema.putArray("anyOf");
        for (Tool tool : tools) {
            Map<String, JsonNode> properties = new LinkedHashMap<>();
            properties.put("name", Slot.JSON.objectNode().put("const", tool.name()));
            properties.put("arguments", tool.parameters());
            options.add(Template.object(properties));
        }
        return schema;
    }
}
