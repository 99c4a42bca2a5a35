package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What goes wrong between a page and its server, and what is very long. */
class RobustPageTest {
    private static final String MODEL = "smollm2-135m";
    private static final int LONG_CHARS = 200_000;

    @Test
    void aServerThatDiesInMidStreamIsSaidAndItsTextKept() {
        int port = PageServer.freePort();
        PageServer first = PageServer.start(MODEL, port);
        try (Tab tab = Tab.open(first)) {
            tab.set(Hands.MOUSE, Map.of("min_tokens", "4000", "random_seed", "1"));
            Hands.MOUSE.write(tab, tab.message(), "Tell a long story about the wind.");
            Hands.MOUSE.submit(tab);
            assertThat(tab.answers().locator(".md"))
                    .hasText(Pattern.compile(".{40,}", Pattern.DOTALL));
            first.kill();
            tab.awaitAnswer();
            assertThat(tab.answers().locator("[role=alert]")).isVisible();
            assertThat(tab.answers().locator(".md"))
                    .hasText(Pattern.compile(".{40,}", Pattern.DOTALL));

            try (PageServer again = PageServer.start(MODEL, port)) {
                tab.set(Hands.MOUSE, Map.of("min_tokens", "", "max_tokens", "6"));
                tab.button("Regenerate").click();
                assertThat(tab.page.getByText("2 / 2")).isVisible();
                assertThat(tab.answer()).isNotBlank();
                assertThat(again.port).isEqualTo(port);
            }
        }
    }

    @Test
    void aRequestThatWaitsInTheQueueSaysSo() throws Exception {
        int port = PageServer.freePort();
        try (PageServer server = PageServer.start(MODEL, port, "--parallel", "1");
                Tab tab = Tab.open(server)) {
            String busy =
                    "{\"model\":\"smollm2-135m\",\"min_tokens\":6000,\"max_tokens\":6000,\"stream\":true,"
                            + "\"messages\":[{\"role\":\"user\",\"content\":\"Count.\"}]}";
            try (var answer = server.open("/v1/chat/completions", busy)) {
                // Its first byte: it is being answered, and nothing else can be.
                assertThat(answer.read()).isNotNegative();
                tab.set(Hands.MOUSE, Map.of("max_tokens", "4"));
                Hands.MOUSE.write(tab, tab.message(), "Hello");
                Hands.MOUSE.submit(tab);
                assertThat(tab.answers().locator(".waiting"))
                        .hasText(
                                Pattern.compile(
                                        "Waiting in the server’s queue for \\d+ s\\. One other request is being answered\\."));
            }
            tab.awaitAnswer();
            assertThat(tab.answers().locator(".facts-line")).containsText("4 tokens");
            assertThat(tab.answers().locator(".waiting")).hasCount(0);
        }
    }

    @Test
    void theRequestLogIsFollowedAgainAfterARestart() throws Exception {
        int port = PageServer.freePort();
        PageServer first = PageServer.start(MODEL, port);
        try (Tab tab = Tab.open(first)) {
            Hands.MOUSE.go(tab, "Requests");
            assertThat(
                            tab.page.getByText(
                                    "live",
                                    new com.microsoft.playwright.Page.GetByTextOptions()
                                            .setExact(true)))
                    .isVisible();
            first.kill();
            assertThat(tab.page.getByText("not connected")).isVisible();
            try (PageServer again = PageServer.start(MODEL, port)) {
                assertThat(
                                tab.page.getByText(
                                        "live",
                                        new com.microsoft.playwright.Page.GetByTextOptions()
                                                .setExact(true)))
                        .isVisible();
                again.post(
                        "/v1/chat/completions",
                        "{\"model\":\"nobody\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}");
                assertThat(tab.page.locator(".log tbody tr")).hasCount(1);
            }
        }
    }

    @Test
    void aSlowNetworkOnlyTakesLonger() {
        PageServer server = PageServer.of(MODEL);
        try (Tab tab = Tab.open(server)) {
            CDPSession devtools = tab.context.newCDPSession(tab.page);
            devtools.send("Network.enable");
            JsonObject slow = new JsonObject();
            slow.addProperty("offline", false);
            slow.addProperty("latency", 600);
            slow.addProperty("downloadThroughput", 4_000);
            slow.addProperty("uploadThroughput", 4_000);
            devtools.send("Network.emulateNetworkConditions", slow);
            tab.set(Hands.MOUSE, Map.of("max_tokens", "24", "random_seed", "8"));
            tab.ask(Hands.MOUSE, "Count to ten.");
            // White space after a paragraph comes from its rendering.
            String slowly = tab.answer().strip();
            slow.addProperty("latency", 0);
            slow.addProperty("downloadThroughput", -1);
            slow.addProperty("uploadThroughput", -1);
            devtools.send("Network.emulateNetworkConditions", slow);
            tab.button("Regenerate").click();
            assertThat(tab.page.getByText("2 / 2")).isVisible();
            assertThat(tab.answer().strip()).isEqualTo(slowly);
        }
    }

    @Test
    void anAnswerOfTwoHundredThousandCharactersIsShownWhole() {
        PageServer server = PageServer.of(MODEL);
        try (Tab tab = Tab.open(server)) {
            String text = longText();
            Hands.MOUSE.go(tab, "JSON");
            // The answer begins with the prefix again, and goes on for some tokens.
            tab.page.evaluate(
                    "async (content) => { const {takeRequest} = await import('/playground/state/session.js');"
                            + " takeRequest({model: 'smollm2-135m', max_tokens: 12, messages: [{role: 'user', content: 'a'}, {role: 'assistant', content, prefix: true}]}); }",
                    text);
            tab.button("Send").click();
            assertThat(tab.answers().locator(".facts-line")).containsText("tokens/s");
            tab.awaitAnswer();
            String shown =
                    (String)
                            tab.run(
                                    "document.querySelector('.message.assistant:last-of-type .md').textContent");
            assertThat(count(shown, '=')).isGreaterThanOrEqualTo(count(text, '='));
            assertThat(tab.page.locator(".md h2")).hasCount(10);
            // It can still be worked with.
            Hands.MOUSE.go(tab, "Stream");
            Hands.MOUSE.go(tab, "Parameters");
            Hands.MOUSE.write(tab, tab.parameter("max_tokens"), "3");
            assertThat(new Gson().toJson(text).length()).isGreaterThan(LONG_CHARS);
        }
    }

    /** Headings, lists and code of equals signs, of which a token has 64. */
    private static String longText() {
        StringBuilder text = new StringBuilder();
        String line = "=".repeat(1_000);
        for (int part = 0; part < 10; part++) {
            text.append("## Part ").append(part).append("\n\n- a *list*\n- of `two`\n\n```text\n");
            for (int i = 0; i < 20; i++) {
                text.append(line).append('\n');
            }
            text.append("```\n\n");
        }
        return text.append("The end: ").toString();
    }

    private static long count(String text, char wanted) {
        return text.chars().filter(each -> each == wanted).count();
    }
}
