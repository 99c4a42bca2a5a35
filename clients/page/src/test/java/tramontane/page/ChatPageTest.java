package tramontane.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Locator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The conversation: sent, stopped, branched, stored. Everything once by mouse and once by keyboard.
 */
class ChatPageTest {
    private static final PageServer SERVER = PageServer.of("smollm2-135m");
    private static final Map<String, String> SHORT = Map.of("max_tokens", "12", "random_seed", "5");

    @ParameterizedTest
    @EnumSource
    void anAnswerStreamsAndIsRegeneratedAsABranch(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            tab.ask(hands, "Name three colours.");
            String first = tab.answer();
            assertThat(first).isNotBlank();
            assertThat(tab.answers().locator(".facts-line")).containsText("tokens/s");

            hands.write(tab, tab.parameter("random_seed"), "6");
            hands.press(tab, tab.button("Regenerate"));
            assertThat(tab.page.getByText("2 / 2")).isVisible();
            tab.awaitAnswer();
            hands.press(tab, tab.button("Previous branch"));
            assertThat(tab.answers().locator(".md")).hasText(first);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMessageIsEditedBesideTheOldOne(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            tab.ask(hands, "Say one.");
            hands.press(tab, tab.page.locator(".message.user").getByText("Edit"));
            hands.write(tab, tab.page.locator(".message.user textarea"), "Say two.");
            hands.press(tab, tab.button("Save and send"));
            assertThat(tab.page.locator(".message.user .plain")).hasText("Say two.");
            tab.awaitAnswer();
            hands.press(tab, tab.button("Previous branch"));
            assertThat(tab.page.locator(".message.user .plain")).hasText("Say one.");
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerIsStopped(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("min_tokens", "2000"));
            hands.write(tab, tab.message(), "Tell a very long story.");
            hands.submit(tab);
            assertThat(tab.answers().locator(".md")).not().isEmpty();
            hands.press(tab, tab.page.getByText("Stop Esc"));
            tab.awaitAnswer();
            assertThat(tab.page.getByText("Stopped.")).isVisible();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConversationThatIsLeftKeepsItsAnswerSoFar(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("min_tokens", "2000"));
            hands.write(tab, tab.message(), "Tell a story of the sea.");
            hands.submit(tab);
            assertThat(tab.answers().locator(".md")).hasText(Pattern.compile(".{8,}"));
            hands.press(tab, tab.button("New"));
            assertThat(tab.answers()).hasCount(0);
            assertThat(tab.button("Send")).isVisible();
            hands.choose(tab, tab.page.locator(".chat-bar select"), storedId(tab));
            assertThat(tab.answers().locator(".md")).hasText(Pattern.compile(".{8,}"));
            assertThat(tab.page.getByText("Stopped.")).isVisible();
            assertThat(tab.button("Send")).isVisible();
        }
    }

    private static String storedId(Tab tab) {
        Locator option = tab.page.locator(".chat-bar option").nth(1);
        assertThat(option).hasText("Tell a story of the sea.");
        return option.getAttribute("value");
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerWhoseQuestionIsDeletedEnds(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("min_tokens", "2000"));
            hands.write(tab, tab.message(), "Tell a story of the sky.");
            hands.submit(tab);
            assertThat(tab.answers().locator(".md")).not().isEmpty();
            hands.press(
                    tab,
                    tab.page
                            .locator(".message.user")
                            .getByText("Delete", new Locator.GetByTextOptions().setExact(true)));
            tab.awaitAnswer();
            assertThat(tab.page.locator(".message")).hasCount(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void severalAnswersStandInColumnsAndOneGoesOn(Hands hands) {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, Map.of("max_tokens", "8", "n", "3"));
            tab.ask(hands, "Say a word.");
            assertThat(tab.page.locator(".columns .answer")).hasCount(3);
            hands.press(tab, tab.button("Go on from this one").last());
            assertThat(tab.page.locator(".columns .answer").nth(2))
                    .hasClass(java.util.regex.Pattern.compile("chosen"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void conversationsAreStoredExportedAndImported(Hands hands, @TempDir Path folder)
            throws IOException {
        try (Tab tab = Tab.open(SERVER)) {
            tab.set(hands, SHORT);
            tab.ask(hands, "Remember the number 42.");
            String answer = tab.answer();
            Download download =
                    tab.page.waitForDownload(() -> hands.press(tab, tab.button("Export")));
            Path file = folder.resolve("conversation.json");
            download.saveAs(file);
            assertThat(Files.readString(file))
                    .contains("Remember the number 42.")
                    .doesNotContain("apiKey");

            hands.press(tab, tab.button("New"));
            assertThat(tab.answers()).hasCount(0);
            FileChooser chooser =
                    tab.page.waitForFileChooser(() -> hands.press(tab, tab.button("Import")));
            chooser.setFiles(file);
            assertThat(tab.answers().locator(".md")).hasText(answer);
            assertThat(tab.parameter("random_seed")).hasValue("5");

            String[] listed = {"", "Remember the number 42."};
            assertThat(tab.page.locator(".chat-bar select option")).containsText(listed);
            tab.page.reload();
            assertThat(tab.page.locator(".chat-bar select option")).containsText(listed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatIsNoConversationIsRefused(Hands hands, @TempDir Path folder) throws IOException {
        try (Tab tab = Tab.open(SERVER)) {
            Path file = folder.resolve("no.json");
            Files.writeString(
                    file,
                    "{\"format\":\"tramontane-conversation\",\"version\":1,\"tree\":{\"nodes\":{\"a\":{\"parent\":\"a\",\"message\":{\"role\":\"user\"}}}}}");
            FileChooser chooser =
                    tab.page.waitForFileChooser(() -> hands.press(tab, tab.button("Import")));
            chooser.setFiles(file);
            assertThat(tab.page.getByText("cannot be imported")).isVisible();
        }
    }
}
