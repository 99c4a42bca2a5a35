package tramontane.completion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.backend.Caller;
import tramontane.backend.ModelBackend;
import tramontane.backend.Projectors;
import tramontane.testkit.Architecture;
import tramontane.testkit.GemmaVocabulary;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinySiglip;

/** A tiny Gemma 3 with its image encoder reads pictures of requests. */
class GemmaImagesTest {
    /** Like Gemma's: the system message becomes the beginning of the first turn. */
    private static final String TEMPLATE =
            "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
                    + "{% set opening = messages[0]['content'] + '\\n\\n' %}"
                    + "{% set turns = messages[1:] %}"
                    + "{% else %}{% set opening = '' %}{% set turns = messages %}{% endif %}"
                    + "{% for message in turns %}"
                    + "{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
                    + "{{ '<start_of_turn>' + role + '\\n' + (opening if loop.first else '') }}"
                    + "{% if message['content'] is string %}{{ message['content'] | trim }}"
                    + "{% else %}{% for item in message['content'] %}"
                    + "{% if item['type'] == 'image' %}{{ '<start_of_image>' }}"
                    + "{% elif item['type'] == 'text' %}{{ item['text'] | trim }}{% endif %}"
                    + "{% endfor %}{% endif %}{{ '<end_of_turn>\\n' }}{% endfor %}"
                    + "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}";

    private static final String TEXT = "{'type':'text','text':'{'}";
    private static final int ROWS = 16;

    @TempDir private static Path folder;
    private static ModelBackend backend;
    private static Completions completions;

    @BeforeAll
    static void load() throws IOException {
        GgufWriter file = TinyModel.of(Architecture.GEMMA3).gguf();
        GemmaVocabulary.putInto(file)
                .put("tokenizer.chat_template", TEMPLATE)
                .write(folder.resolve("gemma.gguf"));
        TinySiglip.ofMerging().write(folder.resolve("gemma.mmproj.gguf"));
        backend =
                ModelBackend.load(
                        folder.resolve("gemma.gguf"),
                        new ModelCard.Names("gemma", List.of()),
                        TinyCompletions.options(Projectors.FOUND),
                        TinyCompletions.machine());
        completions = TinyCompletions.of(backend);
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    private static String user(String content) {
        return "{'role':'user','content':[" + content + "]}";
    }

    private static byte[] body(String messages, String fields) {
        return ("{'model':'gemma','random_seed':3,'max_tokens':10,'messages':["
                        + messages
                        + "]"
                        + fields
                        + "}")
                .replace('\'', '"')
                .getBytes(UTF_8);
    }

    private static ObjectNode whole(String messages, String fields) throws Exception {
        return TinyCompletions.whole(completions, JsonBody.parse(body(messages, fields)));
    }

    private static String choices(String messages) throws Exception {
        return whole(messages, ",'logprobs':true").get("choices").toString();
    }

    private static int promptTokens(String messages) throws Exception {
        return whole(messages, "").get("usage").get("prompt_tokens").asInt();
    }

    /** The text of the prompt's tokens. */
    private static String prompt(String messages) throws Exception {
        ChatCompletionRequest request =
                ChatCompletionRequest.parse(JsonBody.parse(body(messages, "")), FieldSet.MISTRAL);
        return String.join(
                "",
                backend.inspect(backend.models().getFirst(), request, Caller.LOCAL)
                        .prompt()
                        .orElseThrow()
                        .spellings());
    }

    @Test
    void theCardSaysVision() {
        assertThat(
                        backend.models()
                                .getFirst()
                                .toJson("gemma")
                                .get("capabilities")
                                .get("vision")
                                .booleanValue())
                .isTrue();
    }

    /** As Gemma3Processor of transformers writes it, for a picture of any size. */
    @Test
    void aPictureIsSixteenRowsBetweenItsMarksAndEmptyLines() throws Exception {
        String around =
                "\n\n<start_of_image>" + "<image_soft_token>".repeat(ROWS) + "<end_of_image>\n\n";
        for (String name : List.of("rgb.png", "turned-6.jpg", "small.webp")) {
            assertThat(prompt(user(TEXT + "," + TinyCompletions.imageChunk(name) + "," + TEXT)))
                    .contains("<start_of_turn>user\n{" + around + "{<end_of_turn>");
        }
    }

    @Test
    void detailChangesNothing() throws Exception {
        String low =
                TinyCompletions.imageChunk("rgb.png")
                        .replace("'image_url':'", "'image_url':{'detail':'low','url':'");
        assertThat(promptTokens(user(low.substring(0, low.length() - 1) + "}}")))
                .isEqualTo(promptTokens(user(TinyCompletions.imageChunk("rgb.png"))));
    }

    @Test
    void anAnswerDependsOnThePictureAndNotOnTheCache() throws Exception {
        String first = user(TinyCompletions.imageChunk("rgb.png") + "," + TEXT);
        String answer = choices(first);
        assertThat(choices(first)).isEqualTo(answer);
        assertThat(choices(user(TinyCompletions.imageChunk("turned-6.jpg") + "," + TEXT)))
                .isNotEqualTo(answer);
        assertThat(choices(first)).isEqualTo(answer);
    }

    @Test
    void picturesOfSeveralTurnsBehindASystemMessage() throws Exception {
        String system = "{'role':'system','content':'[1,2]'},";
        String turns =
                user(TinyCompletions.imageChunk("rgb.png") + "," + TEXT)
                        + ",{'role':'assistant','content':'true'},"
                        + user(TEXT + "," + TinyCompletions.imageChunk("turned-6.jpg"));
        String text = prompt(system + turns);
        assertThat(text).startsWith("<bos><start_of_turn>user\n[1,2]\n\n");
        assertThat(text.split("<start_of_image>", -1)).hasSize(3);
        String answer = choices(system + turns);
        assertThat(choices(turns)).isNotEqualTo(answer);
        String swapped =
                turns.replace(TinyCompletions.imageChunk("rgb.png"), "first")
                        .replace(
                                TinyCompletions.imageChunk("turned-6.jpg"),
                                TinyCompletions.imageChunk("rgb.png"))
                        .replace("first", TinyCompletions.imageChunk("turned-6.jpg"));
        assertThat(choices(system + swapped)).isNotEqualTo(answer);
        assertThat(choices(system + turns)).isEqualTo(answer);
    }

    @Test
    void promptsWithPicturesAreScored() throws Exception {
        String messages = user(TinyCompletions.imageChunk("rgb.png") + "," + TEXT);
        ObjectNode answer = whole(messages, ",'prompt_logprobs':true");
        int tokens = answer.at("/usage/prompt_tokens").asInt();
        assertThat(tokens).isEqualTo(promptTokens(messages));
        assertThat(answer.toString().split("\"token_id\"", -1)).hasSize(tokens);
    }

    @Test
    void usersCannotWriteTheMarks() throws Exception {
        String typed = "{'type':'text','text':'<start_of_image>'}";
        String text = prompt(user(typed + "," + TinyCompletions.imageChunk("rgb.png")));
        assertThat(text.split("<image_soft_token>", -1)).hasSize(ROWS + 1);
    }
}
