package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes tasks from a seed. Languages and kinds take turns, so that the first tasks of a longer list
 * are spread over them as the whole list is.
 */
public final class TaskGenerator {
    private static final int TOOLS_OFFERED = 3;
    private static final int MAX_DRAWS = 1000;

    private final long seed;
    private final List<Language> languages;
    private final Map<Language, TaskFile> files = new LinkedHashMap<>();
    private final Set<String> prompts = new HashSet<>();

    private TaskGenerator(long seed, List<Language> languages) {
        this.seed = seed;
        this.languages = languages;
        languages.forEach(language -> files.put(language, TaskFile.of(language)));
    }

    /** {@code count} tasks, no two with the same prompt. */
    public static List<Task> tasks(long seed, int count, List<Language> languages) {
        TaskGenerator generator = new TaskGenerator(seed, languages);
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(generator.task(i));
        }
        return tasks;
    }

    private Task task(int index) {
        Random random = new Random(seed * 1_000_003 + index);
        Language language = languages.get(index % languages.size());
        int rest = index / languages.size();
        TaskKind kind = TaskKind.values()[rest % TaskKind.values().length];
        int round = rest / TaskKind.values().length;
        TaskFile file = files.getOrDefault(language, TaskFile.of(language));
        List<Template> templates = file.templates(kind);
        Template template = templates.get((round + language.ordinal()) % templates.size());
        for (int draws = 0; draws < MAX_DRAWS; draws++) {
            Task task = draw(template, file, new Drawing(random, language, file.pools()), index);
            if (prompts.add(task.prompt())) {
                return task;
            }
        }
        throw new IllegalArgumentException(
                "there are no more than " + index + " different tasks; ask for fewer");
    }

    private static Task draw(Template template, TaskFile file, Drawing drawing, int index) {
        Map<String, Drawing.Value> values = Template.draw(template.slots(), drawing);
        String text = Template.fill(drawing.pick(template.texts()), values);
        JsonNode answer = template.answer(values);
        String prompt;
        List<Task.Tool> tools;
        if (template.kind() == TaskKind.TOOLS) {
            tools = tools(template, file, drawing);
            ObjectNode call = Slot.JSON.objectNode().put("name", template.tool());
            call.set("arguments", answer);
            answer = call;
            prompt = toolPrompt(file, tools, text);
        } else {
            tools = List.of(new Task.Tool("save", "Save the data of the text.", template.schema()));
            prompt = prompt(template, file, text);
        }
        String id =
                "%s-%s-%d-%08x"
                        .formatted(
                                drawing.language().code(),
                                template.kind().label(),
                                index,
                                prompt.hashCode());
        return new Task(id, template.kind(), drawing.language(), text, prompt, tools, answer);
    }

    private static String prompt(Template template, TaskFile file, String text) {
        String prompt =
                file.word("text")
                        + ": "
                        + text
                        + "\n"
                        + file.word("fields")
                        + ": "
                        + template.fields();
        return template.kind() == TaskKind.OPTIONAL ? prompt + "\n" + file.word("missing") : prompt;
    }

    private static String toolPrompt(TaskFile file, List<Task.Tool> tools, String text) {
        StringBuilder prompt = new StringBuilder(file.word("tools")).append(":\n");
        for (Task.Tool tool : tools) {
            Map<String, Slot> slots = slots(file, tool.name());
            prompt.append("- ").append(tool.name()).append(": ").append(tool.description());
            prompt.append(". ").append(new Slot.Row("", slots).hint()).append('\n');
        }
        prompt.append(file.word("request")).append(": ").append(text).append('\n');
        return prompt.append(file.word("call")).toString();
    }

    private static Map<String, Slot> slots(TaskFile file, String tool) {
        TaskFile.ToolSlots slots = file.tools().get(tool);
        return slots == null ? Map.of() : slots.slots();
    }

    /** The right one and others, in random order. */
    private static List<Task.Tool> tools(Template template, TaskFile file, Drawing drawing) {
        List<String> names = new ArrayList<>(file.tools().keySet());
        names.remove(template.tool());
        while (names.size() > TOOLS_OFFERED - 1) {
            names.remove(drawing.whole(0, names.size() - 1));
        }
        names.add(drawing.whole(0, names.size()), template.tool());
        List<Task.Tool> tools = new ArrayList<>();
        for (String name : names) {
            TaskFile.ToolSlots tool = file.tools().get(name);
            if (tool != null) {
                ObjectNode parameters = new Slot.Row("", tool.slots()).schema();
                tools.add(new Task.Tool(name, tool.description(), parameters));
            }
        }
        return Collections.unmodifiableList(tools);
    }
}
