package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.FileChooser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others wrote stays text, wherever the page shows it. */
class InjectionPageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");

    private static final List<String> ATTACKS =
            List.of(
                    "<script>window.hit=1</script>",
                    "<img src=x onerror=window.hit=1>",
                    "<img src=http://elsewhere.example/a.png>",
                    "<svg onload=window.hit=1><circle r=9></svg>",
                    "<svg><use href=\"http://elsewhere.example/a.svg#a\"></use></svg>",
                    "<iframe src=\"javascript:window.hit=1\"></iframe>",
                    "<a href=\"javascript:window.hit=1\">link</a>",
                    "[link](javascript:window.hit=1)",
                    "[link](JaVaScRiPt:window.hit=1)",
                    "[link](data:text/html,<script>window.hit=1</script>)",
                    "[link](vbscript:window.hit=1)",
                    "![picture](http://elsewhere.example/a.png)",
                    "![picture](http://elsewhere.example/a.png \"t\" onerror=window.hit=1)",
                    "<style>@import 'http://elsewhere.example/a.css'; * {display: none}</style>",
                    "<form action=http://elsewhere.example><button>b</button></form>",
                    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=1>",
                    "```html\n<script>window.hit=1</script>\n```",
                    "```\"><img src=x onerror=window.hit=1>\ncode\n```",
                    "<div style=\"background:url(http://elsewhere.example/a)\" onclick=\"window.hit=1\">d</div>",
                    "<base href=http://elsewhere.example/><meta http-equiv=refresh content=\"0;url=http://elsewhere.example\">",
                    "</textarea></pre></div><script>window.hit=1</script>",
                    "| a |\n|---|\n| <img src=x onerror=window.hit=1> |",
                    "[a]: javascript:window.hit=1\n\n[a] <http://elsewhere.example> <javascript:window.hit=1>");

    private static String json(String text) {
        return com.google.gson.JsonParser.parseString("[]").isJsonArray()
                ? new com.google.gson.Gson().toJson(text)
                : "";
    }

    /** A conversation in which every part of a message is an attack. */
    private static String conversation() {
        StringBuilder nodes = new StringBuilder();
        String parent = "";
        int id = 0;
        for (String attack : ATTACKS) {
            String text = json(attack);
            nodes.append(node(id, parent, "{\"role\":\"user\",\"content\":" + text + "}", "null"));
            nodes.append(
                    node(
                            id + 1,
                            "n" + id,
                            "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":"
                                    + text
                                    + "}]},{\"type\":\"text\",\"text\":"
                                    + text
                                    + "}],\"tool_calls\":[{\"id\":\"abcdefghi\",\"function\":{\"name\":"
                                    + text
                                    + ",\"arguments\":"
                                    + text
                                    + "}}]}",
                            "{\"requestId\":"
                                    + text
                                    + ",\"model\":"
                                    + text
                                    + ",\"finishReason\":"
                                    + text
                                    + ",\"tokens\":[{\"token\":"
                                    + text
                                    + ",\"logprob\":-1,\"token_id\":1,\"bytes\":[60],\"top_logprobs\":[{\"token\":"
                                    + text
                                    + ",\"logprob\":-2,\"token_id\":2,\"bytes\":[60]}]}],\"events\":[{\"millis\":1,\"text\":"
                                    + text
                                    + "}],\"eventCount\":1,\"error\":{\"status\":400,\"message\":"
                                    + text
                                    + ",\"faults\":[{\"loc\":[\"body\","
                                    + text
                                    + "],\"msg\":"
                                    + text
                                    + "},{\"loc\":[],\"msg\":"
                                    + text
                                    + "}]}}"));
            nodes.append(
                    node(
                            id + 2,
                            "n" + (id + 1),
                            "{\"role\":\"tool\",\"tool_call_id\":\"abcdefghi\",\"name\":"
                                    + text
                                    + ",\"content\":"
                                    + text
                                    + "}",
                            "null"));
            parent = "n" + (id + 2);
            id += 3;
        }
        nodes.setLength(nodes.length() - 1);
        return "{\"format\":\"tramontane-conversation\",\"version\":1,\"title\":"
                + json(ATTACKS.getFirst())
                + ",\"parameters\":{\"model\":"
                + json("<img src=x onerror=window.hit=1>")
                + ",\"top_k\":"
                + json("\"><script>window.hit=1</script>")
                + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
                + json("<img src=x onerror=window.hit=1>")
                + ",\"parameters\":{\"properties\":{"
                + json("<svg onload=window.hit=1>")
                + ":{}}}}}]},\"tree\":{\"leaf\":\"\",\"nodes\":{"
                + nodes
                + "}}}";
    }

    private static String node(int id, String parent, String message, String facts) {
        return "\"n"
                + id
                + "\":{\"id\":\"n"
                + id
                + "\",\"parent\":\""
                + parent
                + "\",\"message\":"
                + message
                + ",\"facts\":"
                + facts
                + "},";
    }

    @Test
    void importedTextsAreShownAndNeverRun(@TempDir Path folder) throws IOException {
        try (Tab tab = Tab.open(SERVER)) {
            Path file = Files.writeString(folder.resolve("attack.json"), conversation());
            FileChooser chooser = tab.page.waitForFileChooser(() -> tab.button("Import").click());
            chooser.setFiles(file);
            assertThat(tab.answers()).hasCount(ATTACKS.size());
            assertThat(tab.page.locator(".md .code")).hasCount(2);
            for (String panel :
                    List.of("JSON", "Code", "Schema", "Tools", "Prompt", "Stream", "Parameters")) {
                Hands.MOUSE.go(tab, panel);
                if (panel.equals("Code")) {
                    for (String language :
                            List.of("Python", "TypeScript", "Java (LangChain4j)", "curl")) {
                        Hands.MOUSE.go(tab, language);
                    }
                }
            }
            for (int i = 0; i < ATTACKS.size(); i++) {
                tab.answers().nth(i).locator("summary").click();
                tab.answers()
                        .nth(i)
                        .getByText(
                                "Tokens",
                                new com.microsoft.playwright.Locator.GetByTextOptions()
                                        .setExact(true))
                        .click();
            }
            assertThat(tab.page.locator(".token")).hasCount(ATTACKS.size());
            nothingRan(tab);
            for (String page : List.of("Compare", "Variables", "Fill in", "Requests", "Chat")) {
                Hands.MOUSE.go(tab, page);
            }
            nothingRan(tab);
        }
    }

    private static void nothingRan(Tab tab) {
        assertThat(tab.run("window.hit === undefined")).isEqualTo(true);
        // In what the page renders from texts there is nothing that runs or loads.
        assertThat(
                        tab.run(
                                "[...document.querySelectorAll('.messages img')].every((img) => /^data:image\\/(png|jpeg|gif|webp);base64,/.test(img.src))"))
                .isEqualTo(true);
        assertThat(
                        tab.run(
                                "document.querySelectorAll('.messages :is(script, svg, iframe, style, form, base, meta, object, embed, link, math)').length"))
                .isEqualTo(0);
        assertThat(
                        tab.run(
                                "[...document.querySelectorAll('.messages *')].filter((each) => [...each.attributes].some((a) => a.name.startsWith('on') || a.name === 'style')).length"))
                .isEqualTo(0);
        assertThat(
                        tab.run(
                                "[...document.querySelectorAll('.messages a')].every((a) => /^(https?|mailto):/.test(a.href) && a.rel.includes('noopener'))"))
                .isEqualTo(true);
    }

    private static final String PROGRAM =
            "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hit=1'><script>window.hit=1</script>"
                    + "<image href='http://elsewhere.example/a.png'/></svg>";

    /** Addresses of images that are no images, or are elsewhere. */
    private static List<String> addresses() {
        String program = Base64.getEncoder().encodeToString(PROGRAM.getBytes(UTF_8));
        return List.of(
                "data:image/svg+xml;base64," + program,
                "data:image/png;base64," + program,
                "data:IMAGE/SVG+XML," + PROGRAM,
                "data:text/html,<script>window.hit=1</script>",
                "data:image/png;base64,\"><img src=x onerror=window.hit=1>" + "A".repeat(300),
                "javascript:window.hit=1",
                "http://elsewhere.example/a.png",
                "//elsewhere.example/a.png",
                "");
    }

    private static String images() {
        StringBuilder chunks = new StringBuilder();
        for (String address : addresses()) {
            chunks.append(",{\"type\":\"image_url\",\"image_url\":" + json(address) + "}");
            chunks.append(
                    ",{\"type\":\"image_url\",\"image_url\":{\"url\":"
                            + json(address)
                            + ",\"detail\":"
                            + json(PROGRAM)
                            + "}}");
        }
        return "[{\"type\":\"text\",\"text\":\"a\"}" + chunks + "]";
    }

    @Test
    void imagesOfAnyFormRunAndLoadNothing(@TempDir Path folder) throws IOException {
        String stored =
                "{\"format\":\"tramontane-conversation\",\"version\":2,\"title\":\"a\",\"images\":["
                        + String.join(",", addresses().stream().map(InjectionPageTest::json).toList())
                        + "],\"parameters\":{},\"tree\":{\"leaf\":\"n1\",\"nodes\":{"
                        + node(
                                0,
                                "",
                                "{\"role\":\"user\",\"content\":" + images() + "}",
                                "null")
                        + node(
                                1,
                                "n0",
                                "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"tramontane:image\":1}},"
                                        + "{\"type\":\"image_url\",\"image_url\":{\"tramontane:image\":\"length\"}}]}",
                                "null")
                                .replaceAll(",$", "")
                        + "}}}";
        try (Tab tab = Tab.open(PageServer.seeing())) {
            FileChooser chooser = tab.page.waitForFileChooser(() -> tab.button("Import").click());
            chooser.setFiles(Files.writeString(folder.resolve("attack.json"), stored));
            assertThat(tab.page.locator(".messages .picture"))
                    .hasCount(2 * addresses().size() + 2);
            nothingRan(tab);
            tab.button("Enlarge: Image 3 of this message").click();
            assertThat(tab.page.locator("dialog.enlarged")).isVisible();
            tab.page.keyboard().press("Escape");
            tab.page.locator(".message.user").getByText("Edit").click();
            nothingRan(tab);
            for (String panel : List.of("JSON", "Code", "Prompt")) {
                Hands.MOUSE.go(tab, panel);
                nothingRan(tab);
            }

            // A message that is being written has previews of the same.
            tab.button("New").click();
            Hands.MOUSE.go(tab, "JSON");
            Hands.MOUSE.write(
                    tab,
                    tab.editor("Request as JSON"),
                    "{\"model\":\"seeing-tiny\",\"messages\":[{\"role\":\"user\",\"content\":"
                            + images()
                            + "}]}");
            assertThat(tab.page.locator(".composer .picture, .messages .picture"))
                    .not()
                    .hasCount(0);
            nothingRan(tab);

            FileChooser files =
                    tab.page.waitForFileChooser(() -> tab.button("Attach images").click());
            files.setFiles(Pictures.svg());
            assertThat(tab.page.locator(".not-taken")).containsText("is not an image");
            nothingRan(tab);
        }
    }

    @Test
    void whatAModelWritesStaysText() {
        for (String attack : ATTACKS) {
            try (Tab tab = Tab.open(SERVER)) {
                Hands.MOUSE.go(tab, "JSON");
                // The answer begins with the prefix again: so the model writes the attack itself.
                Hands.MOUSE.write(
                        tab,
                        tab.editor("Request as JSON"),
                        "{\"model\":\"smollm2-135m\",\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
                                + "{\"role\":\"assistant\",\"prefix\":true,\"content\":"
                                + json(attack)
                                + "}]}");
                Hands.MOUSE.press(tab, tab.button("Send"));
                tab.awaitAnswer();
                assertThat(tab.answers().last().locator(".facts-line")).isVisible();
                nothingRan(tab);
            }
        }
    }

    @Test
    void errorsOfTheServerStayText() {
        try (Tab tab = Tab.open(SERVER)) {
            Hands.MOUSE.go(tab, "JSON");
            Hands.MOUSE.write(
                    tab,
                    tab.editor("Request as JSON"),
                    "{\"model\":\"<img src=x onerror=window.hit=1>\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"<svg onload=window.hit=1>\":1}");
            Hands.MOUSE.submit(tab);
            assertThat(tab.page.locator(".composer [role=alert]"))
                    .containsText("<svg onload=window.hit=1>");
            assertThat(tab.page.locator("select[aria-label=Model] option").last())
                    .hasText("<img src=x onerror=window.hit=1>");
            nothingRan(tab);
        }
    }
}
