package tramontane.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tramontane.chat.jinja.JinjaTemplate;
import tramontane.chat.jinja.Json;
import tramontane.chat.jinja.TemplateException;
import tramontane.chat.jinja.TemplateLimits;
import tramontane.chat.jinja.Text;
import tramontane.token.Span;

/** Templates of many real models render the same bytes as Python's jinja2. */
class ChatTemplateOracleTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 7, 4, 12, 34, 56);

    @FunctionalInterface
    private interface Rendering {
        String of(String template, Map<String, Object> conversation);
    }

    @Test
    void plainVariablesRenderAsInPython() throws IOException, InterruptedException {
        Map<String, Object> oracle = TemplateCases.read();
        check(
                oracle,
                (template, conversation) -> {
                    Map<String, Object> variables = new LinkedHashMap<>(conversation);
                    Json.object(oracle, "context")
                            .forEach((name, value) ->
                                    variables.put(
                                            name,
                                            value instanceof String token
                                                    ? Text.trusted(token)
                                                    : value));
                    return JinjaTemplate.compile(template)
                            .render(variables, NOW, TemplateLimits.forInput(1000))
                            .toString();
                });
    }

    @Test
    void messagesAndToolsRenderAsInPython() throws IOException, InterruptedException {
        check(
                TemplateCases.read(),
                (template, conversation) ->
                        ChatTemplate.compile(template).render(input(conversation)).text());
    }

    /**
     * Replaces every letter of the callers by characters that no template has. None of them may be
     * trusted in the prompt.
     */
    @Test
    void noCharacterOfACallerIsTrusted() throws IOException, InterruptedException {
        Map<String, Object> oracle = TemplateCases.read();
        Map<String, Object> conversations = Json.object(oracle, "conversations");
        int rendered = 0;
        for (Map<String, Object> entry : Json.objects(oracle, "templates")) {
            ChatTemplate template = ChatTemplate.compile(Json.string(entry, "template"));
            for (String name : conversations.keySet()) {
                Map<String, Object> marked = marked(Json.object(conversations, name));
                RenderedPrompt prompt;
                try {
                    prompt = template.render(input(marked));
                } catch (TemplateException refused) {
                    continue;
                }
                assertThat(prompt.text()).containsPattern("[\uE000-\uE07F]");
                assertThat(prompt.spans().stream().filter(Span::trusted).map(Span::text))
                        .as(entry.get("name") + ", " + name)
                        .noneMatch(text -> text.chars().anyMatch(c -> c >= 0xE000 && c < 0xE080));
                rendered++;
            }
        }
        assertThat(rendered).isGreaterThan(100);
    }

    private static Map<String, Object> marked(Map<String, Object> object) {
        Map<String, Object> marked = new LinkedHashMap<>();
        Set<String> callers = Set.of("content", "name", "description", "city", "unit");
        object.forEach((key, value) -> marked.put(key, marked(value, callers.contains(key))));
        return marked;
    }

    @SuppressWarnings("unchecked")
    private static Object marked(Object value, boolean isCallers) {
        return switch (value) {
            case String text when isCallers -> {
                StringBuilder moved = new StringBuilder();
                text.chars()
                        .forEach(c ->
                                moved.append(
                                        (char)
                                                (c < 128 && Character.isLetter(c)
                                                        ? c + 0xE000
                                                        : c)));
                yield moved.toString();
            }
            case Map<?, ?> map -> marked((Map<String, Object>) map);
            case List<?> list -> list.stream().map(item -> marked(item, false)).toList();
            default -> value;
        };
    }

    private static TemplateInput input(Map<String, Object> conversation) {
        return new TemplateInput(
                Conversations.messages(conversation),
                Conversations.tools(conversation),
                true,
                "<s>",
                "</s>",
                Map.of("pad_token", "<pad>", "unk_token", "<unk>"),
                NOW);
    }

    private static void check(Map<String, Object> oracle, Rendering rendering) {
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (Map<String, Object> entry : Json.objects(oracle, "templates")) {
            Map<String, Object> expected = Json.object(entry, "expected");
            for (String name : expected.keySet()) {
                Map<String, Object> conversation =
                        Json.object(Json.object(oracle, "conversations"), name);
                // The messages of errors differ from Python's; only the error itself is compared.
                String want = (String) Json.object(expected, name).getOrDefault("ok", "raises");
                String got = rendered(rendering, Json.string(entry, "template"), conversation);
                if (!got.equals(want) && !(want.equals("raises") && got.startsWith("raises"))) {
                    wrong.add(entry.get("name") + ", " + name + ": " + got);
                }
                checked++;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(checked).isGreaterThan(100);
    }

    private static String rendered(
            Rendering rendering, String template, Map<String, Object> conversation) {
        try {
            return rendering.of(template, conversation);
        } catch (TemplateException failure) {
            return "raises " + failure.getMessage();
        }
    }
}
