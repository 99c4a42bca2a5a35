package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Measures the first paint, and how the page keeps up with a fast stream: a tiny random model
 * writes some thousand tokens a second. The figures are printed; what is checked does not depend on
 * the machine.
 */
class SpeedPageTest {
    private static final String MEASURE =
            """
            () => {
                const frames = []; const tasks = []; let last = performance.now();
                const tick = (now) => { frames.push(now - last); last = now; window.measuring && requestAnimationFrame(tick); };
                window.measuring = true;
                new PerformanceObserver((list) => tasks.push(...list.getEntries().map((each) => each.duration))).observe({entryTypes: ['longtask']});
                requestAnimationFrame(tick);
                window.measured = () => { window.measuring = false; return {frames: frames.slice(1), tasks}; };
            }\
            """;

    @Test
    void thePagePaintsAndKeepsUp() {
        String model = System.getProperty("page.tiny");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                model != null, "tools/page-test.sh makes the model");
        try (PageServer server = PageServer.start(model, PageServer.freePort())) {
            firstPaint(server);
            try (Tab tab = Tab.open(server)) {
                tab.set(
                        Hands.MOUSE,
                        Map.of("max_tokens", "6000", "min_tokens", "6000", "random_seed", "3"));
                Hands.MOUSE.write(tab, tab.message(), "go");
                tab.page.evaluate(MEASURE);
                Hands.MOUSE.submit(tab);
                assertThat(tab.answers().locator(".facts-line").first())
                        .containsText("6,000 tokens");
                tab.awaitAnswer();
                @SuppressWarnings("unchecked")
                Map<String, java.util.List<Number>> found =
                        (Map<String, java.util.List<Number>>)
                                tab.page.evaluate("window.measured()");
                double[] frames =
                        found.get("frames").stream().mapToDouble(Number::doubleValue).toArray();
                Arrays.sort(frames);
                System.out.printf(
                        "   stream: %s; %d frames, median %.1f ms, p99 %.1f ms, over 34 ms %d, long tasks %d%n",
                        tab.answers().locator(".facts-line").first().textContent(),
                        frames.length,
                        frames[frames.length / 2],
                        frames[frames.length * 99 / 100],
                        Arrays.stream(frames).filter(each -> each > 34).count(),
                        found.get("tasks").size());
                assertThat(frames.length).isGreaterThan(10);
            }
        }
    }

    private static void firstPaint(PageServer server) {
        double[] paints =
                IntStream.range(0, 7)
                        .mapToDouble(i -> {
                            try (Tab tab = Tab.open(server)) {
                                return ((Number)
                                                tab.run(
                                                        "performance.getEntriesByName('first-contentful-paint')[0].startTime"))
                                        .doubleValue();
                            }
                        })
                        .sorted()
                        .toArray();
        System.out.printf(
                "   first paint: median %.0f ms of %s%n", paints[3], Arrays.toString(paints));
    }
}
