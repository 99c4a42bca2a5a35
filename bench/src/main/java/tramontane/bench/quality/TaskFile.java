package tramontane.bench.quality;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The templates, tools and words of one language, from {@code tasks-LANGUAGE.json}.
 *
 * @param words labels of the prompt
 * @param pools lists of words to draw from
 */
record TaskFile(
        Map<String, String> words,
        Map<String, List<String>> pools,
        List<Template> templates,
        Map<String, ToolSlots> tools) {

    /** A tool, and how its arguments are drawn. */
    record ToolSlots(String description, Map<String, Slot> slots) {}

    static TaskFile of(Language language) {
        String name = "tasks-" + language.code() + ".json";
        try (InputStream in = TaskFile.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return read(JsonMapper.shared().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TaskFile read(JsonNode json) {
        Map<String, String> words = new LinkedHashMap<>();
        json.path("words")
                .properties()
                .forEach(e -> words.put(e.getKey(), e.getValue().asString()));
        Map<String, List<String>> pools = new LinkedHashMap<>();
        json.path("pools")
                .properties()
                .forEach(e -> pools.put(e.getKey(), SlotReader.strings(e.getValue())));
        Map<String, ToolSlots> tools = new LinkedHashMap<>();
        json.path("tools")
                .properties()
                .forEach(e ->
                        tools.put(
                                e.getKey(),
                                new ToolSlots(
                                        e.getValue().path("description").asString(),
                                        SlotReader.all(e.getValue().path("slots")))));
        List<Template> templates = new ArrayList<>();
        json.path("templates").forEach(each -> templates.add(template(each, tools)));
        return new TaskFile(words, pools, templates, tools);
    }

    private static Template template(JsonNode json, Map<String, ToolSlots> tools) {
        String name = json.path("tool").asString("");
        ToolSlots tool = tools.get(name);
        Map<String, Slot> slots = tool == null ? SlotReader.all(json.path("slots")) : tool.slots();
        return new Template(
                TaskKind.of(json.path("kind").asString()),
                name,
                SlotReader.strings(json.path("texts")),
                slots,
                json.has("answer") ? json.path("answer") : Template.flat(slots));
    }

    List<Template> templates(TaskKind kind) {
        return templates.stream().filter(template -> template.kind() == kind).toList();
    }

    String word(String name) {
        return words.getOrDefault(name, name);
    }
}
