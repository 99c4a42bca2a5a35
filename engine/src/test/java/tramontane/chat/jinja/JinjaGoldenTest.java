package tramontane.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Renderings equal those of Python's jinja2, which make.py next to the golden files wrote. */
class JinjaGoldenTest {
    static final LocalDateTime NOW = LocalDateTime.of(2026, 7, 4, 12, 34, 56);
    private static final Path GOLDEN = Path.of("src/test/golden/template");

    @Test
    @SuppressWarnings("unchecked")
    void everySnippetRendersAsInPython() throws IOException {
        Map<String, Object> variables = sample();
        List<String> wrong = new ArrayList<>();
        for (Object snippet : (List<Object>) Json.read(read("snippets.json"))) {
            Map<String, Object> golden = (Map<String, Object>) snippet;
            check(Json.string(golden, "source"), variables, golden, wrong);
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    @SuppressWarnings("unchecked")
    void everyBuiltinRendersAsInPythonForAllTypes() throws IOException {
        Map<String, Object> variables = sample();
        List<String> wrong = new ArrayList<>();
        for (Object row : (List<Object>) Json.read(read("matrix.json"))) {
            List<Object> golden = (List<Object>) row;
            String source = golden.getFirst().toString();
            boolean fails = golden.size() == 1;
            check(source, variables, fails ? Map.of() : Map.of("ok", golden.get(1)), wrong);
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyTemplateRendersAsInPython() throws IOException {
        Map<String, Object> rendered = Json.object(read("rendered.json"));
        List<String> wrong = new ArrayList<>();
        for (String name : rendered.keySet()) {
            if (!name.endsWith(".jinja")) {
                continue;
            }
            Map<String, Object> outcomes = Json.object(rendered, name);
            for (String conversation : outcomes.keySet()) {
                Map<String, Object> variables =
                        new LinkedHashMap<>(Json.object(conversations(), conversation));
                variables.put("add_generation_prompt", true);
                variables.put("bos_token", Text.trusted("<s>"));
                variables.put("eos_token", Text.trusted("</s>"));
                check(read(name), variables, Json.object(outcomes, conversation), wrong);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static Map<String, Object> sample() throws IOException {
        Map<String, Object> tools = Json.object(conversations(), "tools");
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("messages", Json.at(tools, "messages"));
        variables.put("tool", Json.objects(tools, "tools").getFirst());
        return variables;
    }

    /** A value must equal Python's. Of an error, the message is not compared. */
    private static void check(
            String source,
            Map<String, Object> variables,
            Map<String, Object> golden,
            List<String> wrong) {
        String want = Objects.toString(golden.get("ok"), "error");
        String got = "error";
        String said = "";
        try {
            got =
                    JinjaTemplate.compile(source)
                            .render(variables, NOW, TemplateLimits.forInput(0))
                            .toString();
        } catch (TemplateException failure) {
            said = failure.getMessage();
        }
        if (!got.equals(want)) {
            wrong.add(source + "\n  want: " + want + "\n  got:  " + got + " " + said);
        }
    }

    static Map<String, Object> conversations() throws IOException {
        return Json.object(read("conversations.json"));
    }

    static String read(String name) throws IOException {
        return Files.readString(GOLDEN.resolve(name));
    }
}
