package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The playground in a tab of Chromium. When it is closed, it fails if the page has broken its
 * content security policy, talked to another machine, or met an error that nobody caught.
 */
final class Tab implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final Playwright PLAYWRIGHT =
            Playwright.create(
                    new Playwright.CreateOptions()
                            .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    private static final Browser BROWSER =
            PLAYWRIGHT
                    .chromium()
                    .launch(
                            new BrowserType.LaunchOptions()
                                    .setExecutablePath(Path.of(System.getProperty("page.chromium")))
                                    .setArgs(List.of("--no-sandbox")));

    final PageServer server;
    final BrowserContext context;
    final Page page;
    private final List<String> faults = new ArrayList<>();

    private Tab(PageServer server, BrowserContext context, String path) {
        this.server = server;
        this.context = context;
        context.setDefaultTimeout(PATIENCE_MILLIS);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        page = context.newPage();
        page.onRequest(request -> {
            if (!request.url().startsWith(server.url()) && !request.url().startsWith("blob:")) {
                faults.add("a request to " + request.url());
            }
        });
        page.onPageError(error -> faults.add("an error: " + error));
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                faults.add(message.text());
            }
        });
        page.onDialog(dialog -> {
            faults.add("a dialog: " + dialog.message());
            dialog.dismiss();
        });
        page.addInitScript(
                "document.addEventListener('securitypolicyviolation', (e) => console.error('Content Security Policy: ' + e.violatedDirective + ' ' + e.sourceFile))");
        page.navigate(server.url() + path);
        assertThat(page.locator("#message")).isVisible();
    }

    /** Waits until the server has named its models. */
    private Tab awaitModel() {
        assertThat(field("Model")).not().hasValue("");
        return this;
    }

    /** On a server that keeps its models from callers without a key. */
    static Tab withoutModel(PageServer server) {
        return new Tab(server, context(1400, 900, ColorScheme.LIGHT), "/");
    }

    static Tab open(PageServer server) {
        return open(server, "/");
    }

    static Tab open(PageServer server, String path) {
        return open(server, path, 1400, 900, ColorScheme.LIGHT);
    }

    static Tab open(PageServer server, String path, int width, int height, ColorScheme colors) {
        return new Tab(server, context(width, height, colors), path).awaitModel();
    }

    static BrowserContext context(int width, int height, ColorScheme colors) {
        return BROWSER.newContext(
                new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(colors)
                        .setPermissions(List.of("clipboard-read", "clipboard-write")));
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator tab(String name) {
        return page.getByRole(
                AriaRole.TAB, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator field(String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    Locator parameter(String name) {
        return page.locator("#parameter-" + name);
    }

    Locator message() {
        return page.locator("#message");
    }

    Locator answers() {
        return page.locator(".message.assistant");
    }

    Locator editor(String label) {
        return page.locator("json-editor[aria-label='" + label + "'] .cm-content");
    }

    /** Waits until the last answer is complete. */
    void awaitAnswer() {
        assertThat(button("Send")).isVisible();
        assertThat(page.locator("[aria-busy=true]")).hasCount(0);
    }

    /** The text of the last answer. */
    String answer() {
        awaitAnswer();
        return answers().last().locator(".md").last().textContent();
    }

    /** Sets parameters by hand. */
    void set(Hands hands, Map<String, String> parameters) {
        hands.go(this, "Parameters");
        parameters.forEach((name, value) -> hands.write(this, parameter(name), value));
    }

    /** Asks and waits for the answer. */
    void ask(Hands hands, String text) {
        hands.write(this, message(), text);
        hands.submit(this);
        awaitAnswer();
    }

    Object run(String script) {
        return page.evaluate(script);
    }

    @Override
    public void close() {
        // What the page has logged arrives before the answer to this.
        Object unused = page.evaluate("1");
        context.close();
        assertThat(faults).isEmpty();
        assertThat(unused).isEqualTo(1);
    }
}
