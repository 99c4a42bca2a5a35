package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Axe finds nothing on any page, in light and dark, wide and narrow; and pictures of all of them.
 */
class LooksPageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");
    private static final Path PICTURES = PageServer.ROOT.resolve("target/test/screenshots");
    private static final String QUESTION =
            "Write a Python function that reverses a string, and explain it in a short list.";

    private final List<String> violations = new ArrayList<>();

    @ParameterizedTest(name = "{0}")
    @CsvSource({"light, 1400, 900, LIGHT", "dark, 1400, 900, DARK", "phone, 390, 844, LIGHT"})
    void everyPageIsAccessible(String name, int width, int height, ColorScheme colors) {
        try (Tab tab = Tab.open(SERVER, "/", width, height, colors)) {
            boolean narrow = width < 900;
            check(tab, name, "empty");
            if (narrow) {
                tab.button("Request").click();
            }
            tab.set(
                    Hands.MOUSE,
                    Map.of(
                            "max_tokens",
                            "60",
                            "random_seed",
                            "21",
                            "n",
                            "2",
                            "temperature",
                            "0.8"));
            tab.page.locator("#parameter-temperature").scrollIntoViewIfNeeded();
            Hands.MOUSE.go(tab, "Tools");
            tab.button("Add a tool").click();
            Hands.MOUSE.go(tab, "Schema");
            tab.page.getByLabel("Form of the answer").selectOption("json_schema");
            assertThat(tab.page.getByText("Enforced whole, token by token.")).isVisible();
            check(tab, name, "schema");
            tab.page.getByLabel("Form of the answer").selectOption("text");
            Hands.MOUSE.go(tab, "Tools");
            check(tab, name, "tools");
            tab.page.locator("[aria-label='Remove get_weather']").click();
            if (narrow) {
                tab.button("Back to the conversation").click();
            }
            tab.page.getByLabel("Token probabilities").check();
            tab.ask(Hands.MOUSE, QUESTION);
            check(tab, name, "columns");
            tab.page
                    .locator(".answer.chosen")
                    .getByText(
                            "Tokens",
                            new com.microsoft.playwright.Locator.GetByTextOptions().setExact(true))
                    .click();
            check(tab, name, "tokens");
            for (String panel : List.of("Parameters", "JSON", "Code", "Prompt", "Stream")) {
                if (narrow) {
                    tab.button("Request").click();
                }
                Hands.MOUSE.go(tab, panel);
                check(tab, name, panel.toLowerCase(java.util.Locale.ROOT));
                if (narrow) {
                    tab.button("Back to the conversation").click();
                }
            }
            for (String page : List.of("Compare", "Variables", "Fill in", "Requests")) {
                Hands.MOUSE.go(tab, page);
                check(tab, name, page.toLowerCase(java.util.Locale.ROOT).replace(' ', '-'));
            }
            tab.button("Help").click();
            check(tab, name, "help");
        }
        assertThat(violations).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"light, 1400, 900, LIGHT", "dark, 1400, 900, DARK", "phone, 390, 844, LIGHT"})
    void imagesAreAccessible(String name, int width, int height, ColorScheme colors)
            throws IOException {
        try (Tab tab = Tab.open(PageServer.seeing(), "/", width, height, colors)) {
            FileChooser chooser =
                    tab.page.waitForFileChooser(() -> tab.button("Attach images").click());
            chooser.setFiles(
                    new FilePayload[] {
                        Pictures.file("a-long-name-of-a-photograph-of-a-street.png", Pictures.png(99)),
                        Pictures.svg()
                    });
            assertThat(tab.page.locator(".not-taken")).isVisible();
            tab.button("By address").click();
            assertThat(tab.page.locator(".attachments img")).isVisible();
            check(tab, name, "attached");
            if (width < 900) {
                tab.button("Request").click();
            }
            tab.set(Hands.MOUSE, Map.of("max_tokens", "30"));
            if (width < 900) {
                tab.button("Back to the conversation").click();
            }
            tab.ask(Hands.MOUSE, "What is it?");
            check(tab, name, "image");
            tab.button("Enlarge: Image 1 of this message").click();
            check(tab, name, "enlarged");
            tab.page.keyboard().press("Escape");
            tab.page.locator(".message.user").getByText("Edit").click();
            check(tab, name, "edited");
        }
        try (Tab tab = Tab.open(SERVER, "/", width, height, colors)) {
            tab.button("Attach images")
                    .click(new com.microsoft.playwright.Locator.ClickOptions().setForce(true));
            assertThat(tab.page.locator(".not-taken")).isVisible();
            check(tab, name, "blind");
        }
        assertThat(violations).isEmpty();
    }

    private void check(Tab tab, String theme, String view) {
        tab.page.screenshot(
                new Page.ScreenshotOptions()
                        .setPath(PICTURES.resolve(theme + "-" + view + ".png")));
        if (!Boolean.TRUE.equals(
                tab.run("document.documentElement.scrollWidth <= window.innerWidth"))) {
            violations.add(theme + " " + view + ": wider than the screen");
        }
        for (Rule rule : new AxeBuilder(tab.page).analyze().getViolations()) {
            violations.add(
                    theme
                            + " "
                            + view
                            + ": "
                            + rule.getId()
                            + " "
                            + rule.getHelp()
                            + " "
                            + rule.getNodes().stream()
                                    .map(each -> each.getHtml() + " " + each.getFailureSummary())
                                    .limit(2)
                                    .toList());
        }
    }
}
