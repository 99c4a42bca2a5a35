package tramontane.completion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.backend.Caller;
import tramontane.backend.Inspection;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.ModelState;
import tramontane.backend.Projectors;
import tramontane.engine.MemoryPlan;
import tramontane.image.ImageHosts;
import tramontane.image.ImageIntake;
import tramontane.model.ModelException;
import tramontane.pool.ModelPool;
import tramontane.pool.PoolSettings;
import tramontane.pool.PooledModel;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.MistralVocabulary;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;

/** A tiny model with a tiny image encoder reads pictures of requests. */
class ImagesTest {
    /** Like the templates of Pixtral and later models. */
    private static final String TEMPLATE =
            "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST]"
                    + "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
                    + "{% for block in message['content'] %}{% if block['type'] == 'text' %}"
                    + "{{ block['text'] }}{% elif block['type'] in ['image', 'image_url'] %}[IMG]"
                    + "{% endif %}{% endfor %}{% endif %}[/INST]{% elif message['role'] == 'system' %}"
                    + "[SYSTEM_PROMPT]{{ message['content'] }}[/SYSTEM_PROMPT]{% else %}"
                    + "{{ message['content'] }}{{ eos_token }}{% endif %}{% endfor %}";

    private static final String PNG = "rgb.png";
    private static final String JPEG = "turned-6.jpg";

    @TempDir private static Path folder;
    private static ModelBackend backend;
    private static Completions completions;

    @BeforeAll
    static void load() throws IOException {
        model(folder.resolve("tiny.gguf"));
        TinyVision.ofMerging().write(folder.resolve("mmproj-tiny.gguf"));
        backend = open(folder.resolve("tiny.gguf"), Projectors.FOUND);
        completions = TinyCompletions.of(backend);
    }

    private static void model(Path path) {
        GgufWriter file = TinyModel.of(Architecture.LLAMA).gguf();
        MistralVocabulary.putWithImages(file).put("tokenizer.chat_template", TEMPLATE).write(path);
    }

    private static ModelBackend open(Path file, Projectors projectors) throws IOException {
        return ModelBackend.load(
                file,
                new ModelCard.Names("tiny", List.of()),
                TinyCompletions.options(projectors),
                TinyCompletions.machine());
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    private static JsonNode body(String content, String fields) throws ApiException {
        String ask =
                "{'model':'tiny','random_seed':3,'messages':[{'role':'user','content':["
                        + content
                        + "]}]"
                        + (fields.contains("max_tokens") ? "" : ",'max_tokens':10")
                        + fields
                        + "}";
        return JsonBody.parse(ask.replace('\'', '"').getBytes(UTF_8));
    }

    private static ObjectNode whole(String content, String fields) throws Exception {
        return TinyCompletions.whole(completions, body(content, fields));
    }

    /** As text, since a written and a parsed tree of the same JSON differ. */
    private static String choices(String content, String fields) throws Exception {
        return whole(content, fields).get("choices").toString();
    }

    private static int promptTokens(String content) throws Exception {
        return whole(content, "").get("usage").get("prompt_tokens").asInt();
    }

    private static final String TEXT = "{'type':'text','text':'{'}";

    @Test
    void theCardSaysVision() throws Exception {
        assertThat(capabilities(backend.models().getFirst())).isTrue();
        ModelBackend.Outline outline =
                ModelBackend.outline(
                        folder.resolve("tiny.gguf"),
                        new ModelCard.Names("tiny", List.of()),
                        TinyCompletions.options(Projectors.FOUND),
                        TinyCompletions.machine());
        assertThat(capabilities(outline.card())).isTrue();
        assertThat(outline.memory()).isEqualTo(backend.memory());
    }

    private static boolean capabilities(ModelCard card) {
        return card.toJson("tiny").get("capabilities").get("vision").booleanValue();
    }

    /** 45 x 31 pixels are 2 x 2 cells of 28, so 4 tokens, a break and an end. */
    @Test
    void tokensOfPicturesCount() throws Exception {
        int text = promptTokens(TEXT);
        assertThat(promptTokens(TEXT + "," + TinyCompletions.imageChunk(PNG))).isEqualTo(text + 6);
        assertThat(
                        promptTokens(
                                TinyCompletions.imageChunk(PNG)
                                        + ","
                                        + TEXT
                                        + ","
                                        + TinyCompletions.imageChunk(JPEG)))
                .isEqualTo(text + 12);
    }

    @Test
    void anAnswerDependsOnThePictureAndNotOnTheCache() throws Exception {
        String fields = ",'logprobs':true";
        String first = TinyCompletions.imageChunk(PNG) + "," + TEXT;
        String answer = choices(first, fields);
        assertThat(choices(first, fields)).isEqualTo(answer);
        String other = choices(TinyCompletions.imageChunk(JPEG) + "," + TEXT, fields);
        assertThat(other).isNotEqualTo(answer);
        assertThat(choices(first, fields)).isEqualTo(answer);
        try (ModelBackend fresh = open(folder.resolve("tiny.gguf"), Projectors.FOUND)) {
            assertThat(
                            TinyCompletions.whole(TinyCompletions.of(fresh), body(first, fields))
                                    .get("choices"))
                    .hasToString(answer);
        }
        // The same pixels in another file.
        String same = TinyCompletions.imageChunk("interlaced.png") + "," + TEXT;
        assertThat(choices(same, fields)).isEqualTo(answer);
    }

    @Test
    void otherFieldsWorkWithPictures() throws Exception {
        String content = TinyCompletions.imageChunk(PNG) + "," + TEXT;
        assertThat(whole(content, ",'n':2").get("choices").size()).isEqualTo(2);
        String json =
                whole(content, ",'response_format':{'type':'json_object'}")
                        .at("/choices/0/message/content")
                        .stringValue();
        assertThat(JsonBody.parse(json.getBytes(UTF_8)).isObject()).isTrue();
        ObjectNode calling =
                whole(
                        content,
                        ",'tools':[{'type':'function','function':{'name':'f','parameters':"
                                + "{'type':'object','properties':{},'additionalProperties':false}}}],"
                                + "'tool_choice':'any','max_tokens':60");
        assertThat(calling.at("/choices/0/message/tool_calls/0/function/name").asString(""))
                .isEqualTo("f");
        JsonNode prefixed =
                JsonBody.parse(
                        body(content, "")
                                .toString()
                                .replace(
                                        "]}]",
                                        "]},{\"role\":\"assistant\",\"content\":\"{\",\"prefix\":true}]")
                                .getBytes(UTF_8));
        assertThat(
                        TinyCompletions.whole(completions, prefixed)
                                .at("/choices/0/message/content")
                                .stringValue())
                .startsWith("{");
    }

    @Test
    void lowDetailTakesNoMoreTokens() throws Exception {
        String low =
                "{'type':'image_url','image_url':{'url':'"
                        + TinyCompletions.image(PNG)
                        + "','detail':'low'}}";
        assertThat(promptTokens(low)).isEqualTo(promptTokens(TinyCompletions.imageChunk(PNG)));
    }

    @Test
    void inspectionShowsTheTokens() throws Exception {
        ChatCompletionRequest request =
                ChatCompletionRequest.parse(
                        body(TinyCompletions.imageChunk(PNG) + "," + TEXT, ""), FieldSet.MISTRAL);
        Inspection inspection = backend.inspect(backend.models().getFirst(), request, Caller.LOCAL);
        assertThat(inspection.refusal()).isEmpty();
        assertThat(inspection.prompt().orElseThrow().spellings())
                .containsSubsequence(
                        "[INST]", "[IMG]", "[IMG]", "[IMG_BREAK]", "[IMG]", "[IMG]", "[IMG_END]");
    }

    @Test
    void errorsNameThePicture() {
        assertRefused("{'type':'image_url','image_url':'data:image/png;base64,AAAA'}", "PNG, JPEG");
        assertRefused("{'type':'image_url','image_url':'https://a.test/b.png'}", "--image-hosts");
        assertThatThrownBy(() ->
                        whole(
                                (TinyCompletions.imageChunk(PNG) + ",").repeat(8)
                                        + TinyCompletions.imageChunk(PNG),
                                ""))
                .hasMessageContaining("may have 8 images, this one has 9");
    }

    private static void assertRefused(String chunk, String why) {
        assertThatThrownBy(() -> whole(TEXT + "," + chunk, ""))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> {
                            assertThat(refused.getMessage()).contains(why);
                            assertThat(refused.code().status()).isEqualTo(422);
                            assertThat(refused.body().get("param").stringValue())
                                    .isEqualTo("messages.0.user.content.1.image_url");
                        });
    }

    @Test
    void picturesAreFetchedAfterTheRequestIsTaken() throws Exception {
        Machine fetching =
                TinyCompletions.machine()
                        .withImages(
                                ImageIntake.of(ImageHosts.of(List.of("images.invalid")), 1L << 30));
        String chunk = "{'type':'image_url','image_url':'https://images.invalid/a.png'}";
        try (ModelBackend there =
                ModelBackend.load(
                        folder.resolve("tiny.gguf"),
                        new ModelCard.Names("tiny", List.of()),
                        TinyCompletions.options(Projectors.FOUND),
                        fetching)) {
            JsonNode body = body(TEXT + "," + chunk, "");
            // Nothing is waited for here, where a server's turn for requests is held.
            try (Answering answering = TinyCompletions.of(there).chat(body, Caller.LOCAL)) {
                assertThat(answering.completion().metrics().promptTokens()).isZero();
            }
            assertThatThrownBy(() -> TinyCompletions.whole(TinyCompletions.of(there), body))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            refused ->
                                    assertThat(refused.body().get("param").stringValue())
                                            .isEqualTo("messages.0.user.content.1.image_url"))
                    .hasMessageContaining("host is not known");
            Inspection inspection =
                    there.inspect(
                            there.models().getFirst(),
                            ChatCompletionRequest.parse(body, FieldSet.MISTRAL),
                            Caller.LOCAL);
            assertThat(inspection.refusal().orElseThrow())
                    .hasMessageContaining("fetches no images");
        }
    }

    @Test
    void promptsWithPicturesAreScored() throws Exception {
        String content = TinyCompletions.imageChunk(PNG) + "," + TEXT;
        ObjectNode answer = whole(content, ",'prompt_logprobs':true,'max_tokens':0");
        int tokens = answer.at("/usage/prompt_tokens").asInt();
        assertThat(tokens).isEqualTo(promptTokens(content));
        assertThat(answer.toString().split("\"token_id\"", -1)).hasSize(tokens);
    }

    @Test
    void tokensOfPicturesAreReserved() throws Exception {
        List<Integer> reserved = new ArrayList<>();
        Caller counted = Caller.LOCAL.with(demand -> reserved.add(demand.promptTokens()));
        for (String content : List.of(TEXT, TEXT + "," + TinyCompletions.imageChunk(PNG))) {
            try (Answering answering = completions.chat(body(content, ""), counted)) {
                assertThat(answering.completion().metrics().promptTokens())
                        .isEqualTo(reserved.getLast());
            }
        }
        assertThat(reserved.getLast()).isEqualTo(reserved.getFirst() + 6);
    }

    @Test
    void aPoolNoticesAnotherEncoder(@TempDir Path other) throws Exception {
        model(other.resolve("tiny.gguf"));
        Path encoder = other.resolve("mmproj.gguf");
        TinyVision.ofMerging().withMerge(1).write(encoder);
        PoolSettings settings =
                new PoolSettings(
                        4L << 30,
                        Duration.ofMinutes(1),
                        Optional.of(Duration.ofMillis(1)),
                        Duration.ofMillis(1),
                        Duration.ofMillis(1),
                        8);
        List<PooledModel> models =
                List.of(
                        new PooledModel("first", folder.resolve("tiny.gguf"), true),
                        new PooledModel("tiny", other.resolve("tiny.gguf"), false));
        try (ModelPool pool =
                ModelPool.open(
                        models,
                        TinyCompletions.options(Projectors.FOUND),
                        settings,
                        TinyCompletions.machine())) {
            Completions pooled = TinyCompletions.of(pool);
            JsonNode body = body(TEXT + "," + TinyCompletions.imageChunk(PNG), "");
            int tokens = TinyCompletions.whole(pooled, body).at("/usage/prompt_tokens").asInt();
            ModelCard before = pool.models().getLast();
            while (pool.state(before) instanceof ModelState.Loaded) {
                Thread.onSpinWait();
            }
            assertThat(pool.encoderFiles()).containsEntry("tiny", encoder);
            // It takes more memory than the other one, for which the model was planned.
            TinyVision.ofMerging().write(encoder);
            Files.setLastModifiedTime(
                    encoder, FileTime.from(Instant.ofEpochSecond(4_000_000_000L)));
            MemoryPlan planned = Objects.requireNonNull(pool.plans().get(before));
            // 45 x 31 pixels are 4 x 3 cells of 14, or 2 x 2 of 28.
            assertThat(TinyCompletions.whole(pooled, body).at("/usage/prompt_tokens").asInt())
                    .isEqualTo(tokens - (12 + 2 + 1) + 6);
            ModelCard after = pool.models().getLast();
            assertThat(after.created()).isEqualTo(4_000_000_000L);
            MemoryPlan now = Objects.requireNonNull(pool.plans().get(after));
            assertThat(now.totalBytes()).isGreaterThan(planned.totalBytes());
            assertThat(now.cachedTokens()).isEqualTo(planned.cachedTokens());
        }
    }

    @Test
    void usersCannotWritePlaceholders() throws Exception {
        String typed = "{'type':'text','text':'[IMG]'}";
        int text = promptTokens(typed);
        assertThat(promptTokens(typed + "," + TinyCompletions.imageChunk(PNG))).isEqualTo(text + 6);
    }

    @Test
    void aModelWithoutAnEncoderRefusesPictures() throws Exception {
        try (ModelBackend blind =
                open(
                        folder.resolve("tiny.gguf"),
                        new Projectors(Map.of("tiny", Optional.empty())))) {
            assertThat(capabilities(blind.models().getFirst())).isFalse();
            assertThatThrownBy(() ->
                            TinyCompletions.whole(
                                    TinyCompletions.of(blind),
                                    body(TinyCompletions.imageChunk(PNG), "")))
                    .hasMessageContaining("image_url")
                    .hasMessageContaining("tiny")
                    .hasMessageContaining("--mmproj");
        }
    }

    /** As pulls of two models leave them: each model has its encoder, and other models none. */
    @Test
    void modelsInOneFolderHaveTheirOwnEncoders(@TempDir Path store) throws Exception {
        for (String name : List.of("a", "b")) {
            model(store.resolve(name + ".gguf"));
            TinyVision.ofMerging().write(store.resolve(name + ".mmproj.gguf"));
        }
        model(store.resolve("blind.gguf"));
        for (String name : List.of("a", "b", "blind")) {
            try (ModelBackend each = open(store.resolve(name + ".gguf"), Projectors.FOUND)) {
                assertThat(capabilities(each.models().getFirst()))
                        .as(name)
                        .isEqualTo(!name.equals("blind"));
            }
        }
    }

    /** Mistral Small 4: latent attention and experts. */
    @Test
    void aModelWithLatentAttentionReadsPictures(@TempDir Path store) throws Exception {
        GgufWriter file = TinyModel.of(Architecture.MISTRAL4).gguf();
        Path path = store.resolve("small.gguf");
        MistralVocabulary.putWithImages(file).put("tokenizer.chat_template", TEMPLATE).write(path);
        TinyVision.ofMerging().write(store.resolve("small.mmproj.gguf"));
        try (ModelBackend small = open(path, Projectors.FOUND)) {
            assertThat(capabilities(small.models().getFirst())).isTrue();
            Completions of = TinyCompletions.of(small);
            String fields = ",'logprobs':true";
            String first =
                    TinyCompletions.whole(of, body(TinyCompletions.imageChunk(PNG), fields))
                            .get("choices")
                            .toString();
            String other =
                    TinyCompletions.whole(of, body(TinyCompletions.imageChunk(JPEG), fields))
                            .get("choices")
                            .toString();
            assertThat(other).isNotEqualTo(first);
            assertThat(
                            TinyCompletions.whole(of, body(TinyCompletions.imageChunk(PNG), fields))
                                    .get("choices"))
                    .hasToString(first);
        }
    }

    @Test
    void anEncoderMustFitTheModel(@TempDir Path other) throws Exception {
        Path plain = TinyModel.of(Architecture.LLAMA).write(other.resolve("tiny.gguf"));
        Path encoder = TinyVision.ofMerging().write(other.resolve("mmproj.gguf"));
        try (ModelBackend blind = open(plain, Projectors.FOUND)) {
            assertThat(capabilities(blind.models().getFirst())).isFalse();
        }
        assertThatThrownBy(() -> open(plain, new Projectors(Map.of("tiny", Optional.of(encoder)))))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("[IMG]");
        Files.write(encoder, new byte[100]);
        try (ModelBackend blind = open(plain, Projectors.FOUND)) {
            assertThat(capabilities(blind.models().getFirst())).isFalse();
        }
        Path seeing = other.resolve("seeing.gguf");
        model(seeing);
        for (Path named : List.of(encoder, plain)) {
            assertThatThrownBy(
                            () -> open(seeing, new Projectors(Map.of("tiny", Optional.of(named)))))
                    .isInstanceOf(ModelException.class)
                    .hasMessageStartingWith(named + " cannot read images for this model: ");
        }
    }
}
