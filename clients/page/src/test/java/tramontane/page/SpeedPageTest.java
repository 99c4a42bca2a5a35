package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitUntilState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The first paint, and how the page keeps up with a fast stream: a tiny random model writes some
 * thousand tokens a second. The figures are printed; what is checked holds on any machine.
 */
class SpeedPageTest {
    private static final int PAINTS = 9;
    private static final int TOKENS = 4_000;

    private static final int SLOWER_TOKENS_PER_SECOND = 1_000;

    /** Rows of events in the page, be there ever so many events. */
    private static final int MAX_ROWS = 60;

    private static PageServer server;

    @BeforeAll
    static void start() {
        String model = System.getProperty("page.tiny");
        assumeTrue(model != null, "tools/page-test.sh makes the model");
        server = PageServer.start(model, PageServer.freePort());
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void theFirstPaintWaitsForOneStyleSheetAndNoScript() {
        try (BrowserContext context = Tab.context(1400, 900, ColorScheme.LIGHT)) {
            Page page = context.newPage();
            page.route(
                    "**/playground/**",
                    route -> {
                        // Everything else is never answered.
                        if (route.request().url().endsWith("/style/base.css")) {
                            route.resume(new Route.ResumeOptions());
                        }
                    });
            page.navigate(
                    server.url(), new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
            awaitFirstPaint(page);
            assertThat(page.locator(".top")).isVisible();
            assertThat(page.getByText("Test the endpoints live")).isVisible();
        }
    }

    @Test
    void firstPaintsBesideThoseOfAPageWithoutAnything() {
        double[] playground = new double[PAINTS];
        double[] bare = new double[PAINTS];
        for (int i = 0; i < PAINTS; i++) {
            bare[i] = firstPaint("/health");
            playground[i] = firstPaint("/");
        }
        Arrays.sort(playground);
        Arrays.sort(bare);
        System.out.printf(
                "   first paint: median %.0f ms, best %.0f ms; of a bare page: median %.0f ms, best %.0f ms%n",
                playground[PAINTS / 2], playground[0], bare[PAINTS / 2], bare[0]);
    }

    /** Asks again and again from here: a function that polls in the page needs eval at times. */
    private static void awaitFirstPaint(Page page) {
        while ((int) page.evaluate(
                        "performance.getEntriesByName('first-contentful-paint').length")
                == 0) {
            page.waitForTimeout(10);
        }
    }

    private static double firstPaint(String path) {
        try (BrowserContext context = Tab.context(1400, 900, ColorScheme.LIGHT)) {
            Page page = context.newPage();
            page.navigate(server.url() + path);
            awaitFirstPaint(page);
            return ((Number)
                            page.evaluate(
                                    "performance.getEntriesByName('first-contentful-paint')[0].startTime"))
                    .doubleValue();
        }
    }

    /** Counts frames, and changes to blocks of the answer that were complete. */
    private static final String MEASURE =
            """
            () => {
                const frames = []; let last = performance.now(), on = true, rows = 0, redrawn = 0;
                const tick = (now) => {
                    frames.push(now - last); last = now;
                    rows = Math.max(rows, document.querySelectorAll('.events [role=option]').length);
                    on && requestAnimationFrame(tick);
                };
                requestAnimationFrame(tick);
                const seen = new MutationObserver((changes) => {
                    for (const change of changes) {
                        const text = change.target.closest?.('.md');
                        const at = text && [...text.children].findIndex((each) => each.contains(change.target));
                        redrawn += text && change.target !== text && at < text.children.length - 8 ? 1 : 0;
                    }
                });
                seen.observe(document.body, {childList: true, subtree: true});
                window.measured = () => { on = false; seen.disconnect(); return {frames: frames.slice(1), rows, redrawn}; };
            }\
            """;

    /** Reads a stream with the page's own module, and draws nothing of it. */
    private static final String READ =
            """
            async ([model, tokens]) => {
                const {complete} = await import('/playground/server/completions.js');
                await complete('/v1/chat/completions', {model, min_tokens: tokens, max_tokens: tokens, random_seed: 3,
                    messages: [{role: 'user', content: 'go'}]}, () => {}, new AbortController().signal);
            }\
            """;

    /**
     * However fast a stream is, the page redraws only its last blocks and a bounded number of rows.
     * Late frames are printed beside those of a stream that is read and not shown: how many there
     * are depends on the machine.
     */
    @Test
    void aFastStreamRedrawsNoCompleteBlock() {
        try (Tab tab = Tab.open(server)) {
            String tokens = Integer.toString(TOKENS);
            tab.set(
                    Hands.MOUSE,
                    Map.of("max_tokens", tokens, "min_tokens", tokens, "random_seed", "3"));
            Hands.MOUSE.go(tab, "Stream");
            tab.page.evaluate(MEASURE);
            tab.page.evaluate(READ, List.of(tab.field("Model").inputValue(), TOKENS));
            Frames bare = Frames.of(tab);
            System.out.printf("   read without being shown: %s%n", bare);
            check(tab, "as fast as the model");
            slowDown(tab, SLOWER_TOKENS_PER_SECOND);
            check(tab, "at " + SLOWER_TOKENS_PER_SECOND + " tokens/s");
        }
    }

    private static void check(Tab tab, String how) {
        Frames shown = shown(tab);
        System.out.printf(
                "   stream %s: %s; %s%n",
                how, tab.answers().locator(".facts-line").textContent(), shown);
        assertThat(shown.redrawn).as("changes to complete blocks").isZero();
        assertThat(shown.rows).isPositive().isLessThan(MAX_ROWS);
    }

    /** Lets the network carry so many tokens a second, by the size of the stream just read. */
    private static void slowDown(Tab tab, int tokensPerSecond) {
        double bytes =
                ((Number)
                                tab.page.evaluate(
                                        "performance.getEntriesByType('resource').filter((each) =>"
                                            + " each.name.endsWith('/chat/completions')).at(-1).transferSize"))
                        .doubleValue();
        JsonObject network = new JsonObject();
        network.addProperty("offline", false);
        network.addProperty("latency", 0);
        network.addProperty("downloadThroughput", bytes / TOKENS * tokensPerSecond);
        network.addProperty("uploadThroughput", -1);
        tab.context.newCDPSession(tab.page).send("Network.emulateNetworkConditions", network);
    }

    private static Frames shown(Tab tab) {
        tab.button("New").click();
        Hands.MOUSE.write(tab, tab.message(), "go");
        tab.page.evaluate(MEASURE);
        Hands.MOUSE.submit(tab);
        assertThat(tab.answers().locator(".facts-line")).containsText("4,000 tokens");
        tab.awaitAnswer();
        return Frames.of(tab);
    }

    /** Times between frames, in milliseconds and in order. */
    private record Frames(double[] millis, int rows, int redrawn) {
        /** Two frames of a screen with 60 of them a second, and some. */
        private static final double LATE_MILLIS = 34;

        @SuppressWarnings("unchecked")
        static Frames of(Tab tab) {
            Map<String, Object> found = (Map<String, Object>) tab.page.evaluate("measured()");
            double[] millis =
                    ((List<Number>) found.get("frames"))
                            .stream().mapToDouble(Number::doubleValue).sorted().toArray();
            return new Frames(
                    millis,
                    ((Number) found.get("rows")).intValue(),
                    ((Number) found.get("redrawn")).intValue());
        }

        long late() {
            return Arrays.stream(millis).filter(each -> each > LATE_MILLIS).count();
        }


        @Override
        public String toString() {
            return "%d frames, %d late, p99 %.0f ms"
                    .formatted(millis.length, late(), millis[millis.length * 99 / 100]);
        }
    }
}
