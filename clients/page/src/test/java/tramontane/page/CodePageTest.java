package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Locator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The exported programs are run, and say what the page says. */
class CodePageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");
    private static final Path TEST = PageServer.ROOT.resolve("target/test");

    /** Characters that mean something in one of the languages, or need more than a byte. */
    private static final String AWKWARD =
            "It's \\\"5 > 3\\\" and $HOME, `x`, ${y}, {{z}}, \\\\u0041, \\\\n, */, é, 日本, 😀\\n\\tDone?";

    private static final String PLAIN =
            "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"user\",\"content\":\""
                    + AWKWARD
                    + "\"}],"
                    + "\"max_tokens\":16,\"random_seed\":11,\"temperature\":0.9,\"stop\":[\"XYZ\"],\"presence_penalty\":0.5}";

    private static final String TALK =
            "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"system\",\"content\":\"You are kind.\"},"
                    + "{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello!\"},"
                    + "{\"role\":\"user\",\"content\":\"Who are you?\"}],\"max_tokens\":10,\"random_seed\":4,\"temperature\":1}";

    private static final String JSON =
            "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"user\",\"content\":\"Describe Lyon\"}],\"max_tokens\":90,"
                    + "\"random_seed\":3,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"city\",\"schema\":"
                    + "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"maxLength\":12},\"big\":{\"type\":\"boolean\"}},"
                    + "\"required\":[\"city\",\"big\"],\"additionalProperties\":false}}}}";

    /** Schema keys in an order that no client writes of its own accord: the model reads them. */
    private static final String ORDERED =
            "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"user\",\"content\":\"Describe Nice\"}],\"max_tokens\":90,"
                    + "\"random_seed\":5,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"town\",\"strict\":true,\"schema\":"
                    + "{\"required\":[\"people\",\"name\"],\"additionalProperties\":false,\"description\":\"A town\",\"properties\":"
                    + "{\"people\":{\"minimum\":1,\"type\":\"integer\"},\"name\":{\"description\":\"Its name\",\"type\":\"string\"}},\"type\":\"object\"}}}}";

    private static final String TOOLS =
            "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"user\",\"content\":\"The weather in Nice?\"}],\"max_tokens\":60,"
                    + "\"random_seed\":3,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"The weather\","
                    + "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}],"
                    + "\"tool_choice\":\"any\"}";

    /** With parameters that some clients have no name for. */
    private static final String RARE =
            "{\"model\":\"smollm2-135m\",\"messages\":[{\"role\":\"user\",\"content\":\"Say a word\"}],\"max_tokens\":8,"
                    + "\"random_seed\":6,\"top_k\":5,\"min_tokens\":4,\"repetition_penalty\":1.2,\"n\":2}";

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "curl, PLAIN",
        "curl, TOOLS",
        "curl, RARE",
        "Python, PLAIN",
        "Python, TALK",
        "Python, JSON",
        "Python, TOOLS",
        "Python, RARE",
        "TypeScript, PLAIN",
        "TypeScript, TALK",
        "Python, ORDERED",
        "TypeScript, JSON",
        "TypeScript, ORDERED",
        "TypeScript, TOOLS",
        "TypeScript, RARE",
        "Java (LangChain4j), PLAIN",
        "Java (LangChain4j), TALK",
        "Java (LangChain4j), JSON",
        "Java (LangChain4j), ORDERED",
        "Java (LangChain4j), TOOLS",
    })
    void anExportedProgramSaysWhatThePageSays(String language, String name, @TempDir Path folder)
            throws IOException, InterruptedException {
        try (Tab tab = Tab.open(SERVER)) {
            Hands.MOUSE.go(tab, "JSON");
            Hands.MOUSE.write(tab, tab.editor("Request as JSON"), request(name));
            Hands.MOUSE.submit(tab);
            tab.awaitAnswer();
            String said = said(tab);
            Hands.MOUSE.go(tab, "Code");
            Hands.MOUSE.go(tab, language);
            assertThat(tab.page.locator(".code code")).containsText(start(language));
            String code = tab.page.locator(".code code").textContent();
            assertThat(withoutBlanks(outputOf(language, code, folder)))
                    .isEqualTo(withoutBlanks(said));
        }
    }

    /** The image is longer than an argument of a program, and than a constant of a class. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"curl", "Python", "TypeScript", "Java (LangChain4j)"})
    void anExportedProgramSendsTheImage(String language, @TempDir Path folder)
            throws IOException, InterruptedException {
        try (Tab tab = Tab.open(PageServer.seeing())) {
            tab.set(
                    Hands.MOUSE,
                    Map.of("max_tokens", "16", "random_seed", "11", "temperature", "0.9"));
            FileChooser chooser =
                    tab.page.waitForFileChooser(() -> tab.button("Attach images").click());
            chooser.setFiles(Pictures.file("a.png", Pictures.noise(250)));
            assertThat(tab.page.locator(".attachments li")).hasCount(1);
            tab.ask(Hands.MOUSE, "It's \"what\"?");
            String said = said(tab);
            Hands.MOUSE.go(tab, "Code");
            Hands.MOUSE.go(tab, language);
            assertThat(tab.page.locator(".code code")).containsText(start(language));
            assertThat(tab.page.locator(".code code").textContent().length()).isLessThan(4000);
            tab.page
                    .locator(".side-body")
                    .getByText("Copy", new Locator.GetByTextOptions().setExact(true))
                    .click();
            String code = (String) tab.run("navigator.clipboard.readText()");
            assertThat(withoutBlanks(outputOf(language, code, folder)))
                    .isEqualTo(withoutBlanks(said));
        }
    }

    /** A text that only this language's program has: the page may still show another's. */
    private static String start(String language) {
        return switch (language) {
            case "curl" -> "curl ";
            case "Python" -> "from mistralai";
            case "TypeScript" -> "new Mistral(";
            default -> "public class Ask";
        };
    }

    private static String request(String name) {
        return switch (name) {
            case "PLAIN" -> PLAIN;
            case "TALK" -> TALK;
            case "JSON" -> JSON;
            case "ORDERED" -> ORDERED;
            case "TOOLS" -> TOOLS;
            default -> RARE;
        };
    }

    /** Texts and calls of all choices, as the page holds them. */
    private static String said(Tab tab) {
        return (String)
                tab.page.evaluate(
                        "async () => { const {tree} = await import('/playground/state/session.js');"
                                + " return Object.values(tree.value.nodes).filter((each) => each.facts).map((each) => (each.message.content || '') + '\\n'"
                                + " + (each.message.tool_calls || []).map((call) => call.function.name + ' ' + call.function.arguments).join('\\n')).join('\\n'); }");
    }

    private static String withoutBlanks(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    private static String outputOf(String language, String code, Path folder)
            throws IOException, InterruptedException {
        return switch (language) {
            case "curl" -> texts(output(List.of("bash", write(folder, "ask.sh", code))));
            case "Python" -> {
                Path python = TEST.resolve("venv-3/bin/python");
                assumeTrue(
                        Files.exists(python),
                        "no Python client: python3-venv and a package index are needed");
                yield output(List.of(python.toString(), write(folder, "ask.py", code)));
            }
            case "TypeScript" -> {
                Path node = TEST.resolve("node");
                assumeTrue(
                        Files.exists(node.resolve("installed")),
                        "no TypeScript client: npm is needed");
                yield output(
                        List.of(
                                node.resolve("node_modules/.bin/tsx").toString(),
                                write(node, "ask-exported.mts", code)));
            }
            default ->
                    output(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                    "-cp",
                                    System.getProperty(
                                            "surefire.test.class.path",
                                            System.getProperty("java.class.path")),
                                    write(folder, "Ask.java", code)));
        };
    }

    private static String write(Path folder, String name, String code) throws IOException {
        return Files.writeString(folder.resolve(name), code).toString();
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder program = new ProcessBuilder(command);
        Path errors = Files.createTempFile("exported", ".log");
        program.redirectError(errors.toFile());
        Process process = program.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s", Files.readString(errors)).isZero();
        Files.delete(errors);
        return output;
    }

    private static String texts(String answer) {
        List<String> texts = new ArrayList<>();
        for (JsonElement choice :
                JsonParser.parseString(answer).getAsJsonObject().getAsJsonArray("choices")) {
            JsonObject message = choice.getAsJsonObject().getAsJsonObject("message");
            texts.add(
                    message.get("content").isJsonNull()
                            ? ""
                            : message.get("content").getAsString());
            if (message.has("tool_calls") && !message.get("tool_calls").isJsonNull()) {
                for (JsonElement call : message.getAsJsonArray("tool_calls")) {
                    JsonObject function = call.getAsJsonObject().getAsJsonObject("function");
                    texts.add(
                            function.get("name").getAsString()
                                    + " "
                                    + function.get("arguments").getAsString());
                }
            }
        }
        return String.join("\n", texts);
    }
}
