package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens, the prompt, replay, live figures, schemas and tools. */
class AnswersPageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");

    @ParameterizedTest
    @EnumSource
    void aTokenShowsAlternativesAndABranchBeginsThere(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "10", "random_seed", "5"));
            hands.press(tab, tab.page.getByLabel("Token probabilities"));
            tab.ask(hands, "Name a colour.");
            hands.press(tab, tab.button("Tokens"));
            assertThat(tab.page.locator(".token")).hasCount(tab.page.locator(".token").count());
            hands.pick(tab, 2);
            Locator rows = tab.page.locator(".alternatives tbody tr");
            assertThat(rows.first()).containsText("taken");
            String before =
                    tab.page.locator(".token").nth(0).textContent()
                            + tab.page.locator(".token").nth(1).textContent();
            hands.press(tab, tab.button("Branch here").first());
            assertThat(tab.page.getByText("2 / 2")).isVisible();
            assertThat(tab.answer()).startsWith(before.strip());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReplayWithTheSameSeedIsIdentical(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "12", "temperature", "1.2"));
            tab.ask(hands, "Tell me something.");
            hands.press(tab, tab.button("Replay"));
            assertThat(tab.page.getByText(Pattern.compile("^Identical, with seed \\d+$")))
                    .isVisible();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReplayOfAnEditedAnswerNamesTheFirstTokenThatDiffers(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "12", "random_seed", "3"));
            tab.ask(hands, "Tell me something.");
            String answer = tab.answer();
            // The tree of the page holds another text than the server gave.
            tab.run(
                    "import('/playground/state/session.js').then(({tree}) => { const node = Object.values(tree.value.nodes).find((each) => each.facts);"
                            + " tree.value = {...tree.value, nodes: {...tree.value.nodes, [node.id]: {...node, message: {...node.message,"
                            + " content: node.message.content.slice(0, 8) + 'CHANGED'}}}}; })");
            assertThat(tab.answers().locator(".md")).containsText("CHANGED");
            hands.press(tab, tab.button("Replay"));
            assertThat(
                            tab.page.getByText(
                                    Pattern.compile(
                                            "^Token \\d+ differs with seed 3: \"CHANGED\" became")))
                    .isVisible();
            assertThat(answer).doesNotContain("CHANGED");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theEnginesFiguresAndTheEventsAreShown(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "20"));
            tab.ask(hands, "Name some animals and where they live.");
            hands.go(tab, "Stream");
            for (String tile :
                    new String[] {
                        "in the queue", "to the first token", "tokens/s", "prompt tokens computed"
                    }) {
                assertThat(
                                tab.page
                                        .locator(
                                                ".tile",
                                                new com.microsoft.playwright.Page.LocatorOptions()
                                                        .setHasText(tile))
                                        .locator("b")
                                        .first())
                        .hasText(Pattern.compile("\\d.*"));
            }
            assertThat(tab.page.locator(".events [role=option]").first())
                    .containsText("\"role\":\"assistant\"");
            assertThat(tab.page.locator(".events [role=option]").last()).containsText("[DONE]");
            hands.chooseEvent(tab, 0);
            assertThat(tab.page.locator(".event-text"))
                    .containsText("\"object\": \"chat.completion.chunk\"");
            assertThat(tab.page.locator(".events time").first())
                    .hasText(Pattern.compile("[\\d.]+ ms"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void thePromptIsShownWithItsSourcesTokensAndCachedPart(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "2"));
            tab.ask(
                    hands,
                    "Where does the wind called tramontane come from, and why do people say so?");
            hands.go(tab, "Prompt");
            assertThat(tab.page.locator(".prompt .span.message"))
                    .hasText(
                            "Where does the wind called tramontane come from, and why do people say so?");
            assertThat(tab.page.locator(".prompt .span.template").first())
                    .containsText("<|im_start|>");
            hands.press(tab, tab.page.getByLabel("Show tokens"));
            assertThat(tab.page.locator(".token-box.cached").first()).hasText("<|im_start|>");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSchemaIsJudgedWhileItIsWrittenAndKept(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "200", "random_seed", "1"));
            hands.write(tab, tab.message(), "Describe Lyon.");
            hands.go(tab, "Schema");
            hands.choose(tab, tab.page.getByLabel("Form of the answer"), "json_schema");
            assertThat(tab.page.getByText("Enforced whole, token by token.")).isVisible();
            hands.write(
                    tab,
                    tab.editor("JSON Schema"),
                    "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/nowhere\"},\"b\":{\"type\":\"string\",\"pattern\":\"a(\"}}}");
            Locator verdict = tab.page.locator(".notice.bad");
            assertThat(verdict).containsText("/properties/a/$ref");
            assertThat(verdict).containsText("/properties/b/pattern");
            assertThat(tab.page.locator("json-editor .cm-lintRange-error").first()).isVisible();

            hands.press(
                    tab,
                    tab.page.locator(
                            "summary",
                            new com.microsoft.playwright.Page.LocatorOptions()
                                    .setHasText("From an example")));
            hands.write(tab, tab.editor("Example object"), "{\"city\": \"Lyon\", \"rivers\": 2}");
            hands.press(tab, tab.button("Derive the schema"));
            assertThat(tab.page.getByText("Enforced whole, token by token.")).isVisible();
            hands.submit(tab);
            assertThat(tab.answer().strip())
                    .matches("(?s)\\{\\s*\"city\":.*\"rivers\":\\s*-?\\d+\\s*\\}");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aToolIsCalledAndItsResultTypedIn(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "80", "random_seed", "2"));
            hands.choose(tab, tab.parameter("tool_choice"), "any");
            hands.choose(tab, tab.parameter("parallel_tool_calls"), "false");
            hands.go(tab, "Tools");
            hands.press(tab, tab.button("Add a tool"));
            hands.write(tab, tab.page.getByLabel("What it does"), "Tells the weather");
            assertThat(
                            tab.page
                                    .getByText("Enforced whole, token by token.")
                                    .or(tab.page.getByText("tool_choice")))
                    .not()
                    .hasCount(0);
            tab.ask(hands, "What is the weather in Nice?");
            Locator card = tab.page.locator(".call");
            assertThat(card.locator("h4")).hasText("get_weather");
            assertThat(card.locator("pre")).containsText("\"city\"");
            hands.write(tab, card.locator("textarea"), "{\"sky\": \"clear\"}");
            hands.go(tab, "Parameters");
            hands.choose(tab, tab.parameter("tool_choice"), "none");
            hands.press(tab, tab.button("Send the result"));
            assertThat(tab.page.locator(".message.tool .plain")).hasText("{\"sky\": \"clear\"}");
            assertThat(tab.answer()).isNotBlank();
        }
    }
}
