package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Comparison, variables, fill-in-the-middle, and the request log. */
class PagesPageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");

    @ParameterizedTest
    @EnumSource
    void panesAreRunTogetherAndTheirDifferencesMarked(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "12", "random_seed", "1"));
            hands.write(tab, tab.message(), "Say something kind.");
            hands.go(tab, "Compare");
            hands.press(tab, tab.button("Add a pane"));
            Locator panes = tab.page.locator(".pane");
            hands.write(tab, panes.nth(1).getByLabel("random_seed"), "2");
            hands.press(tab, tab.button("Run all"));
            assertThat(panes.nth(2).locator(".output")).containsText("identical to pane 1");
            assertThat(panes.nth(1).locator(".output ins").first()).isVisible();
            assertThat(panes.nth(0).locator(".output")).not().isEmpty();
            hands.press(tab, panes.nth(2).getByText("Remove"));
            assertThat(panes).hasCount(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyRowOfVariablesIsRunAndExported(Hands hands, @TempDir Path folder) throws IOException {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "6"));
            hands.go(tab, "Variables");
            hands.write(
                    tab, tab.page.getByLabel("Prompt with variables"), "Say {{word}}, \"please\".");
            hands.press(tab, tab.button("Add a row"));
            hands.write(tab, tab.page.getByLabel("word of row 1"), "=1+1, {{other}}");
            hands.write(tab, tab.page.getByLabel("word of row 2"), "two");
            hands.write(tab, tab.page.getByLabel("word of row 3"), "three");
            hands.press(tab, tab.button("Run all"));
            assertThat(tab.button("Run all")).isVisible();
            for (int row = 0; row < 3; row++) {
                assertThat(tab.page.locator(".answer-cell").nth(row))
                        .hasText(Pattern.compile("\\S"));
            }
            assertThat(tab.page.locator(".answer-cell .tag")).hasCount(0);
            Download download =
                    tab.page.waitForDownload(() -> hands.press(tab, tab.button("Export CSV")));
            Path file = folder.resolve("answers.csv");
            download.saveAs(file);
            assertThat(Files.readString(file))
                    .startsWith("word,answer\r\n\"'=1+1, {{other}}\",")
                    .contains("\r\ntwo,", "\r\nthree,");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGapIsFilledAndAccepted(Hands hands) {
        try (Tab tab = Tab.open(PageServer.of("qwen2.5-coder-0.5b"))) {
            tab.set(hands, Map.of("max_tokens", "24", "temperature", "0"));
            hands.go(tab, "Fill in");
            hands.write(tab, tab.page.getByLabel("Before the gap"), "def add(a, b):\n    return ");
            hands.write(tab, tab.page.getByLabel("After the gap"), "\n\nprint(add(1, 2))\n");
            hands.press(tab, tab.page.getByText("Fill the gap"));
            assertThat(tab.page.locator(".gap-answer")).containsText("a + b");
            hands.press(tab, tab.button("Accept"));
            assertThat(tab.page.getByLabel("Before the gap"))
                    .hasValue(Pattern.compile("return a \\+ b"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void requestsOfAnyClientAppearAndOpen(Hands hands) throws IOException, InterruptedException {
        try (Tab tab = Tab.open(SERVER)) {
            hands.go(tab, "Requests");
            assertThat(tab.page.locator(".tag.fine").first()).hasText("live");
            String word = "word" + hands;
            assertThat(
                            SERVER.post(
                                            "/v1/chat/completions",
                                            "{\"model\":\"smollm2-135m\",\"max_tokens\":5,\"random_seed\":9,\"messages\":[{\"role\":\"user\",\"content\":\""
                                                    + word
                                                    + "\"}]}")
                                    .statusCode())
                    .isEqualTo(200);
            SERVER.post("/v1/chat/completions", "{\"model\":\"smollm2-135m\",\"messages\":[]}");
            Locator rows = tab.page.locator(".log tbody tr");
            assertThat(rows.first()).containsText("422");
            assertThat(rows.nth(1)).containsText("200");
            assertThat(rows.nth(1)).containsText("Java-http-client");
            hands.press(tab, rows.nth(1).locator("button"));
            hands.press(tab, tab.button("Open in the chat"));
            assertThat(tab.page.locator(".message.user .plain")).hasText(word);
            assertThat(tab.parameter("random_seed")).hasValue("9");
            assertThat(tab.answers()).hasCount(1);
        }
    }

    /** With several models, the list and the card say which would have to be loaded first. */
    @ParameterizedTest
    @EnumSource
    void theStateOfEachModelIsShown(Hands hands) {
        try (PageServer two =
                        PageServer.start(
                                "smollm2-135m",
                                PageServer.freePort(),
                                "--model",
                                "qwen2.5-coder-0.5b");
                Tab tab = Tab.open(two)) {
            Locator other = tab.field("Model").locator("option[value='qwen2.5-coder-0.5b']");
            assertThat(other).hasText("qwen2.5-coder-0.5b (not loaded)");
            tab.set(hands, Map.of("max_tokens", "3"));
            hands.choose(tab, tab.field("Model"), "qwen2.5-coder-0.5b");
            tab.ask(hands, "Hello");
            hands.press(tab, tab.button("Card"));
            assertThat(tab.page.getByRole(AriaRole.DIALOG)).containsText("Stateloaded");
            assertThat(other).hasText("qwen2.5-coder-0.5b");
        }
    }
}
