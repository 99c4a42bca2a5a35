package tramontane.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A chat template of Mistral's family: short ones in the forms of each version, always at hand, and
 * real ones out of the reference data, where that is.
 */
record MistralTemplate(String name, String source) {
    private static final List<String> REAL =
            List.of(
                    "mistralai-Mistral-Nemo-Instruct-2407",
                    "Mistral-Small-3.2-24B-Instruct-2506",
                    "mistralai-Ministral-3-14B-Reasoning-2512");

    /** Versions 3 and 7 write all calls in one list. */
    private static final String LIST =
            "[TOOL_CALLS][{% for c in m.tool_calls %}{{ ', ' if not loop.first }}"
                    + "{\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments|tojson }},"
                    + " \"id\": \"{{ c.id }}\"}{% endfor %}]";

    private static final String NAMED =
            "{% for c in m.tool_calls %}[TOOL_CALLS]{{ c.function.name }}%s"
                    + "[ARGS]{{ c.function.arguments|tojson }}{% endfor %}";

    private static final String THOUGHTS =
            "{% for b in m.content %}{% if b['type'] == 'thinking' %}[THINK]{{ b['thinking'] }}[/THINK]"
                    + "{% else %}{{ b['text'] }}{% endif %}{% endfor %}";

    boolean thinks() {
        return source.contains("[THINK]");
    }

    static List<MistralTemplate> all() throws IOException, InterruptedException {
        String id = "[CALL_ID]{{ c.id }}";
        List<MistralTemplate> all = new ArrayList<>();
        all.add(new MistralTemplate("version 7", source(LIST, "", "")));
        all.add(new MistralTemplate("version 11", source(NAMED.replace("%s", id), "", "")));
        all.add(new MistralTemplate("version 13", source(NAMED.replace("%s", ""), "", "")));
        String reasoning = "Think between [THINK] and [/THINK].";
        all.add(
                new MistralTemplate(
                        "reasoning", source(NAMED.replace("%s", ""), reasoning, THOUGHTS)));
        all.addAll(real());
        return all;
    }

    private static String source(String calls, String system, String thoughts) {
        String content =
                thoughts.isEmpty()
                        ? "{{ m.content }}"
                        : "{% if m.content is string %}{{ m.content }}{% else %}"
                                + thoughts
                                + "{% endif %}";
        return "{{ bos_token }}{% if messages[0].role == 'system' %}{% set system = messages[0].content %}"
                + "{% set turns = messages[1:] %}{% else %}{% set system = '"
                + system
                + "' %}{% set turns = messages %}{% endif %}"
                + "{% if system %}[SYSTEM_PROMPT]{{ system }}[/SYSTEM_PROMPT]{% endif %}"
                + "{% if tools %}[AVAILABLE_TOOLS]{{ tools|tojson }}[/AVAILABLE_TOOLS]{% endif %}"
                + "{% for m in turns %}{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]"
                + "{% elif m.role == 'tool' %}[TOOL_RESULTS]{{ m.tool_call_id }}[TOOL_CONTENT]{{ m.content }}[/TOOL_RESULTS]"
                + "{% else %}"
                + content
                + "{% if m.tool_calls %}"
                + calls
                + "{% endif %}{{ eos_token }}{% endif %}{% endfor %}";
    }

    /** The real templates; none where the reference data is not. */
    static List<MistralTemplate> real() throws IOException, InterruptedException {
        Path file = shared().resolve("data").resolve("chat-templates.json.xz");
        if (!Files.exists(file)) {
            return List.of();
        }
        List<MistralTemplate> found = new ArrayList<>();
        for (JsonNode entry : JsonMapper.shared().readTree(unpacked(file)).get("templates")) {
            String name = entry.get("name").stringValue();
            if (REAL.contains(name)) {
                found.add(new MistralTemplate(name, entry.get("template").stringValue()));
            }
        }
        return found;
    }

    private static String unpacked(Path file) throws IOException, InterruptedException {
        Process xz = new ProcessBuilder("xz", "-dc", file.toString()).start();
        String text = new String(xz.getInputStream().readAllBytes(), UTF_8);
        assertThat(xz.waitFor()).as("the xz command reads %s", file).isZero();
        return text;
    }

    private static Path shared() {
        String given = System.getProperty("tramontane.shared", "");
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        Path root = Path.of("").toAbsolutePath();
        while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
            root = root.getParent();
        }
        return root.resolveSibling("shared");
    }
}
