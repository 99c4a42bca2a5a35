package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Images of messages: attached, checked, sent, shown and stored. */
class ImagesPageTest {
    private static final PageServer SERVER = PageServer.seeing();
    private static final Map<String, String> SHORT = Map.of("max_tokens", "6", "random_seed", "5");

    private static void attach(Tab tab, Hands hands, FilePayload... files) {
        FileChooser chooser =
                tab.page.waitForFileChooser(() -> hands.press(tab, tab.button("Attach images")));
        chooser.setFiles(files);
    }

    private static Locator previews(Tab tab) {
        return tab.page.locator(".composer .attachments li");
    }

    private static Locator shown(Tab tab) {
        return tab.page.locator(".message.user .picture img");
    }

    /** The content of the last message of a request. */
    private static JsonArray content(Request request) {
        JsonArray messages =
                JsonParser.parseString(request.postData())
                        .getAsJsonObject()
                        .getAsJsonArray("messages");
        return messages.get(messages.size() - 1).getAsJsonObject().getAsJsonArray("content");
    }

    private static JsonObject text(String text) {
        JsonObject chunk = new JsonObject();
        chunk.addProperty("type", "text");
        chunk.addProperty("text", text);
        return chunk;
    }

    private static JsonObject image(byte[] png) {
        JsonObject chunk = new JsonObject();
        chunk.addProperty("type", "image_url");
        chunk.addProperty("image_url", Pictures.url(png));
        return chunk;
    }

    private static JsonArray contentOf(JsonObject... chunks) {
        JsonArray content = new JsonArray();
        for (JsonObject chunk : chunks) {
            content.add(chunk);
        }
        return content;
    }

    private static Request sent(Tab tab, Runnable action) {
        return tab.page.waitForRequest("**/v1/chat/completions", action);
    }

    @ParameterizedTest
    @EnumSource
    void attachedImagesAreSentAndShown(Hands hands) throws IOException {
        byte[] red = Pictures.png(0xff0000);
        byte[] blue = Pictures.png(0xff);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            attach(tab, hands, Pictures.file("red.png", red), Pictures.file("blue.jpg", blue));
            assertThat(previews(tab)).hasCount(2);
            assertThat(tab.page.locator(".composer [role=status]")).hasText("2 images attached");
            hands.write(tab, tab.message(), "What is it?");
            Request request = sent(tab, () -> hands.submit(tab));
            // The name said JPEG, and the bytes said PNG.
            assertThat(content(request))
                    .isEqualTo(contentOf(text("What is it?"), image(red), image(blue)));
            assertThat(tab.answer()).isNotNull();
            assertThat(tab.answers().locator(".facts-line")).isVisible();
            assertThat(previews(tab)).hasCount(0);
            assertThat(shown(tab)).hasCount(2);
            assertThat(shown(tab).first().evaluate("(img) => img.naturalWidth")).isEqualTo(40);

            hands.press(tab, tab.button("Enlarge: Image 2 of this message"));
            assertThat(tab.page.locator("dialog.enlarged img")).isVisible();
            hands.press(tab, tab.page.locator("dialog.enlarged button"));
            assertThat(tab.page.locator("dialog.enlarged")).isHidden();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anImageIsRemovedOrReadInLowDetail(Hands hands) throws IOException {
        byte[] second = Pictures.png(2);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            attach(
                    tab,
                    hands,
                    Pictures.file("a.png", Pictures.png(1)),
                    Pictures.file("b.png", second));
            hands.press(tab, tab.button("Remove image 1"));
            assertThat(previews(tab)).hasCount(1);
            assertThat(tab.message()).isFocused();
            hands.choose(tab, tab.field("Detail of image 1"), "low");
            // Without a text, too.
            Request request = sent(tab, () -> hands.submit(tab));
            JsonObject chunk = content(request).get(0).getAsJsonObject();
            assertThat(content(request).size()).isEqualTo(1);
            assertThat(new Gson().toJson(chunk))
                    .isEqualTo(
                            new Gson()
                                    .toJson(
                                            JsonParser.parseString(
                                                    "{\"type\":\"image_url\",\"image_url\":{\"url\":\""
                                                            + Pictures.url(second)
                                                            + "\",\"detail\":\"low\"}}")));
            tab.awaitAnswer();
            assertThat(tab.page.locator("figcaption")).hasText("detail low");
        }
    }

    @ParameterizedTest
    @CsvSource({"paste, '#message'", "drop, '.messages'"})
    void imagesAreTakenFromTheClipboardAndByDragging(String event, String target)
            throws IOException {
        byte[] png = Pictures.png(0x123456);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(Hands.MOUSE, SHORT);
            tab.page.evaluate(
                    "([event, target, base64]) => { const data = new DataTransfer();"
                            + " const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));"
                            + " data.items.add(new File([bytes], 'a.png', {type: 'image/png'}));"
                            + " const options = {bubbles: true, cancelable: true};"
                            + " const made = event === 'paste' ? new ClipboardEvent(event, {...options, clipboardData: data})"
                            + " : new DragEvent(event, {...options, dataTransfer: data});"
                            + " const on = document.querySelector(target);"
                            + " if (event === 'drop') on.dispatchEvent(new DragEvent('dragover', {...options, dataTransfer: data}));"
                            + " on.dispatchEvent(made); if (!made.defaultPrevented) throw new Error('the browser takes it'); }",
                    new String[] {event, target, Base64.getEncoder().encodeToString(png)});
            assertThat(previews(tab)).hasCount(1);
            assertThat(tab.page.locator(".chat.dragged")).hasCount(0);
            Hands.MOUSE.write(tab, tab.message(), "What is it?");
            Request request = sent(tab, () -> Hands.MOUSE.submit(tab));
            assertThat(content(request)).isEqualTo(contentOf(text("What is it?"), image(png)));
            tab.awaitAnswer();
        }
    }

    @Test
    void whatTheServerWouldRefuseIsRefusedBeforeItIsSent() throws IOException {
        try (Tab tab = Tab.open(SERVER)) {
            Locator alert = tab.page.locator(".composer .not-taken");
            attach(tab, Hands.MOUSE, Pictures.svg());
            assertThat(alert)
                    .containsText(
                            "“drawing.png” is not an image in one of these formats: PNG, JPEG, GIF, WebP.");
            attach(
                    tab,
                    Hands.MOUSE,
                    Pictures.file("large.png", Pictures.padded(Pictures.png(1), (10 << 20) + 1)),
                    Pictures.file("wide.png", Pictures.header(20_000, 10)));
            assertThat(alert).containsText("“large.png” has 10,485,761 bytes; the server takes 10,485,760.");
            assertThat(alert).containsText("“wide.png” has 20000 x 10 pixels");
            assertThat(previews(tab)).hasCount(0);

            attach(
                    tab,
                    Hands.MOUSE,
                    IntStream.range(0, 9)
                            .mapToObj(i -> Pictures.file(i + ".png", headed(i)))
                            .toArray(FilePayload[]::new));
            assertThat(alert)
                    .containsText("A request may have 8 images, this one would have 9.");
            assertThat(previews(tab)).hasCount(8);
            Hands.MOUSE.go(tab, "JSON");
            assertThat(tab.page.getByText("The server would accept this request.")).isVisible();
        }
    }

    private static byte[] headed(int rgb) {
        try {
            return Pictures.png(rgb);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void imagesThatAreTooMuchTogetherAreRefused() throws IOException {
        // Three bytes a pixel, and four characters for three bytes: 9.4 MiB as text.
        byte[] large = Pictures.noise(1550);
        try (Tab tab = Tab.open(SERVER)) {
            for (int i = 0; i < 4; i++) {
                // The browser is given the files one by one: each is 7 MiB.
                attach(tab, Hands.MOUSE, Pictures.file(i + ".png", large));
                assertThat(previews(tab).or(tab.page.locator(".not-taken")).last()).isVisible();
                assertThat(previews(tab)).hasCount(Math.min(3, i + 1));
            }
            assertThat(tab.page.locator(".not-taken")).containsText("for a whole request");
        }
    }

    @ParameterizedTest
    @EnumSource
    void addressesAreSentAndNeverLoadedByThePage(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            hands.press(tab, tab.button("By address"));
            Locator field = tab.page.locator(".address input");
            hands.write(tab, field, "https://elsewhere.example/a.png");
            hands.press(tab, tab.button("Add"));
            assertThat(tab.page.locator(".not-taken"))
                    .containsText("only from images.example.com:443");
            hands.write(tab, field, "https://images.example.com/a.png");
            hands.press(tab, tab.button("Add"));
            assertThat(previews(tab)).hasCount(1);
            hands.write(tab, tab.message(), "What is it?");
            Request request = sent(tab, () -> hands.submit(tab));
            assertThat(content(request).get(1).getAsJsonObject().get("image_url").getAsString())
                    .isEqualTo("https://images.example.com/a.png");
            // The test server cannot reach that host, and says so; the page has not tried.
            assertThat(tab.page.locator(".message.assistant .notice.bad")).isVisible();
            assertThat(tab.page.locator(".message.user .picture.elsewhere"))
                    .hasText("https://images.example.com/a.png");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aModelThatReadsNoImagesSaysSo(Hands hands) {
        try (Tab tab = Tab.open(PageServer.of("smollm2-135m"))) {
            Locator button = tab.button("Attach images");
            assertThat(button).hasAttribute("aria-disabled", "true");
            assertThat(button).hasAccessibleDescription(
                    java.util.regex.Pattern.compile("smollm2-135m reads no images"));
            if (hands == Hands.MOUSE) {
                // Playwright would wait until it is enabled.
                button.click(new Locator.ClickOptions().setForce(true));
            } else {
                hands.press(tab, button);
            }
            assertThat(tab.page.locator(".not-taken")).containsText("--mmproj");
        }
    }

    @ParameterizedTest
    @EnumSource
    void imagesStayInEditsAndOtherAnswers(Hands hands) throws IOException {
        byte[] red = Pictures.png(0xff0000);
        byte[] blue = Pictures.png(0xff);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            attach(tab, hands, Pictures.file("red.png", red), Pictures.file("blue.png", blue));
            tab.ask(hands, "What is it?");
            Request again = sent(tab, () -> hands.press(tab, tab.button("Regenerate")));
            assertThat(content(again))
                    .isEqualTo(contentOf(text("What is it?"), image(red), image(blue)));
            tab.awaitAnswer();

            hands.press(tab, tab.page.locator(".message.user").getByText("Edit"));
            hands.press(tab, tab.page.locator(".message.user").getByText("Remove").first());
            hands.write(tab, tab.page.locator(".message.user textarea"), "And now?");
            Request edited = sent(tab, () -> hands.press(tab, tab.button("Save and send")));
            assertThat(content(edited)).isEqualTo(contentOf(text("And now?"), image(blue)));
            tab.awaitAnswer();
            assertThat(shown(tab)).hasCount(1);
            hands.press(tab, tab.button("Previous branch").first());
            assertThat(shown(tab)).hasCount(2);
        }
    }

    @Test
    void aPrefixContinuesAnAnswerToAnImage() throws IOException {
        byte[] png = Pictures.png(7);
        try (Tab tab = Tab.open(SERVER)) {
            Hands.MOUSE.go(tab, "JSON");
            JsonArray content = contentOf(text("What is it?"), image(png));
            Hands.MOUSE.write(
                    tab,
                    tab.editor("Request as JSON"),
                    "{\"model\":\"seeing-tiny\",\"max_tokens\":4,\"random_seed\":1,\"messages\":[{\"role\":\"user\",\"content\":"
                            + content
                            + "},{\"role\":\"assistant\",\"prefix\":true,\"content\":\"It is \"}]}");
            Request request = sent(tab, () -> Hands.MOUSE.press(tab, tab.button("Send")));
            assertThat(request.postData()).contains(Pictures.url(png), "\"prefix\":true");
            assertThat(tab.answer()).startsWith("It is");
            Request again = sent(tab, () -> Hands.MOUSE.press(tab, tab.button("Regenerate")));
            assertThat(again.postData()).contains(Pictures.url(png), "\"prefix\":true");
            tab.awaitAnswer();
        }
    }

    @Test
    void imagesAreStoredOnceAndExported(@TempDir Path folder) throws IOException {
        byte[] png = Pictures.noise(100);
        String url = Pictures.url(png);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(Hands.MOUSE, SHORT);
            attach(tab, Hands.MOUSE, Pictures.file("a.png", png));
            tab.ask(Hands.MOUSE, "What is it?");
            tab.ask(Hands.MOUSE, "Are you sure?");
            Path file = folder.resolve("conversation.json");
            Download download =
                    tab.page.waitForDownload(() -> tab.button("Export").click());
            download.saveAs(file);
            String exported = Files.readString(file);
            assertThat(exported.indexOf(url)).isPositive();
            assertThat(exported.indexOf(url)).isEqualTo(exported.lastIndexOf(url));

            Locator list = tab.page.locator(".chat-bar select");
            assertThat(list.locator("option")).containsText(new String[] {"", "What is it?"});
            assertThat(storedCharacters(tab)).isLessThan(2L * url.length());
            tab.page.reload();
            assertThat(list.locator("option")).containsText(new String[] {"", "What is it?"});
            list.selectOption("What is it?");
            assertThat(shown(tab)).hasAttribute("src", url);
            Request again = sent(tab, () -> tab.button("Regenerate").last().click());
            assertThat(again.postData()).contains(url);
            tab.awaitAnswer();

            tab.button("New").click();
            FileChooser chooser = tab.page.waitForFileChooser(() -> tab.button("Import").click());
            chooser.setFiles(file);
            assertThat(shown(tab)).hasAttribute("src", url);
            Request imported = sent(tab, () -> tab.button("Regenerate").last().click());
            assertThat(imported.postData()).contains(url);
            tab.awaitAnswer();
        }
    }

    private static long storedCharacters(Tab tab) {
        return ((Number)
                        tab.run(
                                "new Promise((resolve) => { indexedDB.open('tramontane').onsuccess = (e) => {"
                                        + " e.target.result.transaction('conversations').objectStore('conversations').getAll().onsuccess = (all) => {"
                                        + " e.target.result.close(); resolve(JSON.stringify(all.target.result).length); }; }; })"))
                .longValue();
    }

    @Test
    void aFullStorageIsToldAndLosesNothingShown() throws IOException {
        byte[] png = Pictures.noise(400);
        try (Tab tab = Tab.open(SERVER)) {
            JsonObject quota = origin();
            quota.addProperty("quotaSize", 100_000);
            tab.context.newCDPSession(tab.page).send("Storage.overrideQuotaForOrigin", quota);
            tab.set(Hands.MOUSE, SHORT);
            attach(tab, Hands.MOUSE, Pictures.file("a.png", png));
            tab.ask(Hands.MOUSE, "What is it?");
            assertThat(tab.page.locator(".chat > .notice.bad"))
                    .containsText("the storage of this browser for this page is full");
            assertThat(shown(tab)).hasAttribute("src", Pictures.url(png));
            tab.context
                    .newCDPSession(tab.page)
                    .send("Storage.overrideQuotaForOrigin", origin());
            tab.ask(Hands.MOUSE, "And now?");
            assertThat(tab.page.locator(".chat > .notice.bad")).hasCount(0);
        }
    }

    /** Another conversation has nearly all that the images of all may take. */
    @Test
    void imagesBeyondTheLimitOfAllConversationsAreTold() throws IOException {
        byte[] png = Pictures.noise(100);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(Hands.MOUSE, SHORT);
            changeSummaries(
                    tab,
                    "put({id: 'other', title: 'Other', changed: 1, imageCharacters: 256 * 1024 * 1024 - 1000})");
            attach(tab, Hands.MOUSE, Pictures.file("a.png", png));
            tab.ask(Hands.MOUSE, "What is it?");
            assertThat(tab.page.locator(".chat > .notice.bad"))
                    .hasText(
                            "The conversation “What is it?” is not stored since its last change: the images of all"
                                    + " conversations would take more than 256 MiB. Export it before you leave it, or"
                                    + " delete others to make room.");
            assertThat(shown(tab)).hasAttribute("src", Pictures.url(png));
            assertThat(storedCharacters(tab)).isEqualTo("[]".length());
            changeSummaries(tab, "delete('other')");
            tab.ask(Hands.MOUSE, "And now?");
            assertThat(tab.page.locator(".chat > .notice.bad")).hasCount(0);
            assertThat(storedCharacters(tab)).isGreaterThan(Pictures.url(png).length());
        }
    }

    private static void changeSummaries(Tab tab, String change) {
        Object unused =
                tab.run(
                        "new Promise((resolve) => { indexedDB.open('tramontane').onsuccess = (e) => {"
                                + " e.target.result.transaction('summaries', 'readwrite').objectStore('summaries')."
                                + change
                                + ".onsuccess = () => { e.target.result.close(); resolve(1); }; }; })");
        assertThat(unused).isEqualTo(1);
    }

    private static JsonObject origin() {
        JsonObject origin = new JsonObject();
        origin.addProperty("origin", SERVER.url());
        return origin;
    }

    @Test
    void theJsonIsShortAndItsCopyWhole() throws IOException {
        byte[] png = Pictures.noise(60);
        String url = Pictures.url(png);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(Hands.MOUSE, SHORT);
            attach(tab, Hands.MOUSE, Pictures.file("a.png", png));
            Hands.MOUSE.write(tab, tab.message(), "What is it?");
            Hands.MOUSE.go(tab, "JSON");
            Locator editor = tab.editor("Request as JSON");
            assertThat(editor).containsText("data:image/png;base64,… (");
            assertThat(editor.textContent().length()).isLessThan(600);
            tab.page.locator(".side-body").getByText("Copy", exactly()).click();
            assertThat((String) tab.run("navigator.clipboard.readText()")).contains(url);

            // A label that stays stands for its image, when the text around it is edited.
            String edited =
                    ((String) tab.run("document.querySelector('json-editor').text"))
                            .replace("What is it?", "What colour is it?");
            Hands.MOUSE.write(tab, editor, edited);
            assertThat(tab.message()).hasValue("What colour is it?");
            assertThat(previews(tab)).hasCount(1);
            assertThat(previews(tab).locator(".file-name")).hasText("a.png");
            assertThat(tab.page.getByText("The server would accept this request.")).isVisible();
            Request request = sent(tab, () -> Hands.MOUSE.submit(tab));
            assertThat(content(request))
                    .isEqualTo(contentOf(text("What colour is it?"), image(png)));
            tab.awaitAnswer();

            Hands.MOUSE.go(tab, "Code");
            for (String language : new String[] {"Python", "TypeScript", "curl"}) {
                Hands.MOUSE.go(tab, language);
                assertThat(tab.page.locator(".code code")).containsText("base64,… (");
                tab.page.locator(".side-body").getByText("Copy", exactly()).click();
                assertThat((String) tab.run("navigator.clipboard.readText()")).contains(url);
            }
        }
    }

    private static Locator.GetByTextOptions exactly() {
        return new Locator.GetByTextOptions().setExact(true);
    }

    @Test
    void panesAskAboutTheSameImage() throws IOException {
        byte[] png = Pictures.png(9);
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(Hands.MOUSE, SHORT);
            attach(tab, Hands.MOUSE, Pictures.file("a.png", png));
            Hands.MOUSE.go(tab, "Compare");
            tab.page.getByLabel("Prompt").first().fill("And this?");
            Request request =
                    tab.page.waitForRequest(
                            each -> each.postData() != null && each.postData().contains("And this"),
                            () -> tab.button("Run all").click());
            assertThat(content(request)).isEqualTo(contentOf(text("And this?"), image(png)));
            assertThat(tab.page.locator("[aria-busy=true]")).hasCount(0);
        }
    }

    /** A preview has its size before its image is decoded, so nothing moves. */
    @Test
    void aPreviewHasTheSizeOfAnyOther() throws IOException {
        try (Tab tab = Tab.open(SERVER)) {
            attach(
                    tab,
                    Hands.MOUSE,
                    Pictures.file("a.png", Pictures.noise(300)),
                    Pictures.file("broken.png", Pictures.header(5, 5000)));
            Locator boxes = tab.page.locator(".composer .picture");
            assertThat(boxes).hasCount(2);
            assertThat(boxes.first().boundingBox().height)
                    .isEqualTo(boxes.last().boundingBox().height);
            assertThat(boxes.first().boundingBox().width)
                    .isEqualTo(boxes.last().boundingBox().width);
        }
    }
}
