package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The request as a form and as JSON, its faults in both, and links. */
class RequestPageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");

    @ParameterizedTest
    @EnumSource
    void whatIsUnsetIsNotSent(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "3", "temperature", "0.5", "stop", "END"));
            hands.choose(tab, tab.parameter("safe_prompt"), "true");
            hands.write(tab, tab.parameter("temperature"), "");
            hands.write(tab, tab.message(), "Hello");
            Request sent =
                    tab.page.waitForRequest("**/v1/chat/completions", () -> hands.submit(tab));
            assertThat(sent.postData())
                    .contains(
                            "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]",
                            "\"max_tokens\":3",
                            "\"stop\":[\"END\"]",
                            "\"safe_prompt\":true",
                            "\"stream\":true")
                    .doesNotContain("temperature", "top_p", "\"n\"", "null");
            tab.awaitAnswer();
        }
    }

    @ParameterizedTest
    @EnumSource
    void faultsAreMarkedAtTheirFieldInBothForms(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("temperature", "7"));
            tab.set(hands, Map.of("top_p", "words"));
            hands.write(tab, tab.message(), "Hello");
            assertThat(tab.page.locator("#parameter-temperature-fault"))
                    .hasText("Input should be less than or equal to 1.5");
            assertThat(tab.parameter("temperature")).hasAttribute("aria-invalid", "true");
            assertThat(tab.parameter("top_p")).hasAttribute("aria-invalid", "true");
            assertThat(tab.parameter("top_k")).hasAttribute("aria-invalid", "false");

            hands.go(tab, "JSON");
            assertThat(tab.page.locator("json-editor .cm-lintRange-error"))
                    .hasText(new String[] {"\"temperature\": 7", "\"top_p\": \"words\""});
            hands.submit(tab);
            assertThat(tab.page.locator(".composer [role=alert]")).containsText("422");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConversationWithNothingToAnswerIsNoError(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            hands.press(tab, tab.button("Begin with a system message"));
            tab.set(hands, Map.of("temperature", "7"));
            // The server has judged the request, and has found this and nothing else.
            assertThat(tab.page.locator("#parameter-temperature-fault")).isVisible();
            assertThat(tab.page.locator(".side .notice.bad")).hasCount(0);
            hands.write(tab, tab.parameter("temperature"), "");
            assertThat(tab.page.locator("#parameter-temperature-fault")).hasCount(0);
            assertThat(tab.page.locator(".side .notice.bad")).hasCount(0);
            hands.go(tab, "JSON");
            assertThat(tab.page.getByText("The conversation has no message to answer yet."))
                    .isVisible();
            hands.go(tab, "Compare");
            assertThat(tab.button("Run all")).isDisabled();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theJsonChangesTheFormAndTheConversation(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            hands.go(tab, "JSON");
            hands.write(
                    tab,
                    tab.editor("Request as JSON"),
                    "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                            + "{\"role\":\"user\",\"content\":\"Hi there\"}],\"max_tokens\":4,\"top_k\":3}");
            assertThat(tab.message()).hasValue("Hi there");
            assertThat(tab.page.locator(".message.system .plain")).hasText("Be brief.");
            hands.go(tab, "Parameters");
            assertThat(tab.parameter("max_tokens")).hasValue("4");
            assertThat(tab.parameter("top_k")).hasValue("3");
            assertThat(tab.parameter("temperature")).hasValue("");
            hands.submit(tab);
            assertThat(tab.answer()).isNotBlank();
        }
    }

    @ParameterizedTest
    @EnumSource
    void textThatIsNoJsonIsMarkedAndChangesNothing(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "9"));
            hands.go(tab, "JSON");
            hands.write(tab, tab.editor("Request as JSON"), "{\"model\": nonsense}");
            assertThat(tab.page.getByText("JSON decode error")).isVisible();
            hands.go(tab, "Parameters");
            assertThat(tab.parameter("max_tokens")).hasValue("9");
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesThatAreNoListAreJudgedByTheServer(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            hands.go(tab, "JSON");
            String odd =
                    "{\"model\":\"smollm2-135m\",\"messages\":[null,{\"role\":\"user\",\"content\":\"a\"}]}";
            hands.write(tab, tab.editor("Request as JSON"), odd);
            assertThat(tab.page.locator(".side .faults")).containsText("messages.0");
            assertThat(tab.editor("Request as JSON")).hasText(odd);
            hands.go(tab, "Code");
            for (String language : new String[] {"Python", "TypeScript", "Java (LangChain4j)"}) {
                hands.go(tab, language);
                assertThat(tab.page.locator(".code code")).not().isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void jsonThatEndsWithAnAnswerStaysAsItIsTyped(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            hands.go(tab, "JSON");
            String open =
                    "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}";
            hands.write(tab, tab.editor("Request as JSON"), open);
            assertThat(tab.answers().locator(".md")).hasText("b");
            assertThat(tab.page.getByText("The conversation has no message to answer yet."))
                    .isVisible();
            assertThat(tab.editor("Request as JSON")).hasText(open);
        }
    }

    @Test
    void aLinkCarriesModelAndParametersAndSendsNothing() {
        String link;
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(
                    Hands.MOUSE,
                    Map.of("max_tokens", "6", "temperature", "0.25", "stop", "secret stop"));
            Hands.MOUSE.write(tab, tab.message(), "a secret prompt");
            tab.button("Copy link").click();
            link = (String) tab.run("navigator.clipboard.readText()");
        }
        assertThat(link)
                .contains("model=smollm2-135m", "temperature=0.25")
                .doesNotContain("secret");
        try (Tab tab = Tab.open(SERVER, link.substring(SERVER.url().length()))) {
            assertThat(tab.parameter("temperature")).hasValue("0.25");
            assertThat(tab.parameter("max_tokens")).hasValue("6");
            assertThat(tab.message()).hasValue("");
            assertThat(tab.answers()).hasCount(0);
        }
    }

    @Test
    void aLinkWithTextsOpensWithoutThem() {
        try (Tab tab =
                Tab.open(
                        SERVER,
                        "/#temperature=0.5&messages=[{\"role\":\"user\",\"content\":\"x\"}]&prediction=p&stop=s&no_such=1")) {
            Hands.MOUSE.go(tab, "JSON");
            assertThat(tab.editor("Request as JSON")).containsText("\"temperature\": 0.5");
            assertThat(tab.editor("Request as JSON").textContent())
                    .contains("\"messages\": []")
                    .doesNotContain("prediction", "stop", "no_such");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theModelHasACard(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            hands.press(tab, tab.button("Card"));
            assertThat(tab.page.getByText("8,192 tokens")).isVisible();
            hands.press(tab, tab.button("Close").first());
        }
    }

    @Test
    void aKeyStaysInMemoryUnlessItIsToBeKept() {
        try (PageServer locked =
                        PageServer.start(
                                "smollm2-135m",
                                PageServer.freePort(),
                                "--api-key",
                                "a-secret-key");
                Tab tab = Tab.withoutModel(locked)) {
            assertThat(tab.page.getByText("This server asks for a key")).isVisible();
            enterKey(tab, false);
            assertThat(tab.field("Model")).hasValue("smollm2-135m");
            assertThat(stored(tab)).doesNotContain("a-secret-key");
            enterKey(tab, true);
            assertThat(tab.run("Object.keys(sessionStorage)")).isEqualTo(List.of("tramontane-key"));
            tab.page.reload();
            assertThat(tab.field("Model")).hasValue("smollm2-135m");
        }
    }

    private static void enterKey(Tab tab, boolean keep) {
        tab.page.locator("button:has-text('Key')").click();
        tab.field("Key").fill("a-secret-key");
        tab.page.locator("input[name=keep]").setChecked(keep);
        tab.button("Use it").click();
    }

    private static String stored(Tab tab) {
        return (String)
                tab.run(
                        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])");
    }
}
