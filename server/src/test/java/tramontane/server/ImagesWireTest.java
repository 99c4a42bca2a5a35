package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyRing;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.endpoint.Gate;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.ledger.Ledger;
import tramontane.limit.RateLimits;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.MistralVocabulary;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;

/** Pictures over HTTP, with a tiny model and a tiny image encoder. */
class ImagesWireTest {
    /** Writes the placeholder of pictures as Mistral's templates do. */
    private static final String TEMPLATE =
            "{{ bos_token }}{% for message in messages %}[INST]"
                    + "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
                    + "{% for block in message['content'] %}{% if block['type'] == 'text' %}"
                    + "{{ block['text'] }}{% else %}[IMG]{% endif %}{% endfor %}{% endif %}[/INST]"
                    + "{% endfor %}";

    /** Two by two tokens, a break and an end. */
    private static final int TOKENS = 6;

    /** Encodes nothing until the test lets it; the text model does not use this operation. */
    private static final class Held extends ScalarKernels {
        final CountDownLatch began = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);
        final AtomicInteger encoded = new AtomicInteger();

        @Override
        public void gelu(MemorySegment x, long count) {
            encoded.incrementAndGet();
            began.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            super.gelu(x, count);
        }
    }

    private static Backend open(Path folder, Machine machine, TinyVision encoder)
            throws IOException {
        Path file = folder.resolve("tiny.gguf");
        GgufWriter model = TinyModel.of(Architecture.LLAMA).gguf();
        MistralVocabulary.putWithImages(model).put("tokenizer.chat_template", TEMPLATE).write(file);
        encoder.write(folder.resolve("mmproj-tiny.gguf"));
        return ModelBackend.load(
                file,
                new ModelCard.Names("tiny", List.of()),
                new RunOptions(Optional.of(2), Optional.of(512), Optional.of(4)),
                machine);
    }

    private static ServerUnderTest serve(Kernels kernels) throws IOException {
        return serve(kernels, TinyVision.ofMerging());
    }

    private static ServerUnderTest serve(Kernels kernels, TinyVision encoder) throws IOException {
        return ServerUnderTest.with(
                (folder, machine) -> open(folder, machine, encoder), () -> kernels);
    }

    /** A picture in one colour. */
    private static byte[] png(int rgb) throws IOException {
        BufferedImage picture = new BufferedImage(45, 31, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 45 * 31; i++) {
            picture.setRGB(i % 45, i / 45, rgb);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", bytes);
        return bytes.toByteArray();
    }

    private static String chunk(byte[] file) {
        return "{'type':'image_url','image_url':'data:image/png;base64,"
                + Base64.getEncoder().encodeToString(file)
                + "'}";
    }

    private static String request(String content) {
        return "{'model':'tiny','random_seed':3,'max_tokens':8,'messages':[{'role':'user','content':["
                + "{'type':'text','text':'What is it?'}"
                + content
                + "]}]}";
    }

    private static String seeing(int rgb) throws IOException {
        return request("," + chunk(png(rgb)));
    }

    private static int promptTokens(HttpResponse<String> answer) {
        return ServerUnderTest.json(answer).at("/usage/prompt_tokens").intValue();
    }

    @Test
    void theAnswerToAPictureIsTheSameWholeAndStreamed() throws Exception {
        try (ServerUnderTest server = serve(KernelChoice.of(""))) {
            int text = promptTokens(server.complete(request("")));
            for (int rgb : new int[] {0xff0000, 0x00ff80}) {
                assertThat(Answers.both(server, seeing(rgb))).hasSize(1);
                assertThat(promptTokens(server.complete(seeing(rgb)))).isEqualTo(text + TOKENS);
            }
            JsonNode card = ServerUnderTest.json(server.get("/v1/models/tiny"));
            assertThat(card.at("/capabilities/vision").booleanValue()).isTrue();
        }
    }

    @Test
    void errorsNameThePicture() throws Exception {
        byte[] damaged = png(0xff);
        // Within the compressed pixels, which are read after the header.
        for (int i = 43; i < damaged.length - 16; i++) {
            damaged[i] = (byte) 0xff;
        }
        try (ServerUnderTest server = serve(KernelChoice.of(""))) {
            assertRefused(server.complete(request("," + chunk(damaged))), "damaged");
            String text = request("," + chunk(new byte[] {1, 2, 3}));
            assertRefused(server.complete(text), "PNG, JPEG");
            assertRefused(server.complete(text.replace("'max_", "'stream':true,'max_")), "PNG");
            String address = "{'type':'image_url','image_url':'https://images.invalid/a.png'}";
            assertRefused(server.complete(request("," + address)), "--image-hosts");
        }
    }

    private static void assertRefused(HttpResponse<String> answer, String why) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        JsonNode error = ServerUnderTest.json(answer);
        assertThat(error.get("param").stringValue())
                .isEqualTo("messages.0.user.content.1.image_url");
        assertThat(answer.body()).contains(why);
    }

    @Test
    void othersAreAnsweredWhilePicturesAreEncoded() throws Exception {
        Held kernels = new Held();
        try (ServerUnderTest server = serve(kernels);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> seeing = new java.util.ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String body = seeing(i) + " ".repeat(i == 0 ? 300_000 : 0);
                seeing.add(clients.submit(() -> server.complete(body)));
            }
            kernels.began.await();
            server.awaitInFlight(3);
            // A small body, and one that is read in the turn of large ones.
            assertThat(server.complete(request("")).statusCode()).isEqualTo(200);
            assertThat(server.complete(request("") + " ".repeat(300_000)).statusCode())
                    .isEqualTo(200);
            kernels.released.countDown();
            for (Future<HttpResponse<String>> each : seeing) {
                assertThat(each.get().statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void aClientThatLeavesIsNoticedWhileItsPictureIsEncoded() throws Exception {
        Held kernels = new Held();
        try (ServerUnderTest server = serve(kernels)) {
            try (Socket socket = server.connect()) {
                RawHttp.write(socket, RawHttp.request(seeing(1)));
                kernels.began.await();
            }
            // Nothing is released before: the client is noticed meanwhile.
            server.awaitNobodyInFlight();
            kernels.released.countDown();
            assertThat(server.complete(seeing(1)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aShutdownEndsTheEncoding() throws Exception {
        Held kernels = new Held();
        try (ServerUnderTest server = serve(kernels);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<HttpResponse<String>> answer = clients.submit(() -> server.complete(seeing(1)));
            kernels.began.await();
            server.backend.endAnswers();
            assertThat(answer.get().statusCode()).isEqualTo(503);
            assertThat(server.complete(seeing(2)).statusCode()).isEqualTo(503);
        }
    }

    @Test
    void theLedgerCountsTheTokensOfPictures(@TempDir Path folder) throws Exception {
        DatabaseUrl url = new DatabaseUrl.Sqlite(folder.resolve("ledger.db"));
        Gate gate =
                new Gate(
                        new KeyRing(List.of(), List.of(), ServerUnderTest.CLOCK),
                        new FailedAttempts(System::nanoTime),
                        new RateLimits(ServerUnderTest.CLOCK, System::nanoTime, Optional.empty()));
        try (Ledger ledger = tramontane.ledger.SmallLedger.start(url, true, 100);
                ServerUnderTest server =
                        ServerUnderTest.with(
                                (directory, machine) ->
                                        open(directory, machine, TinyVision.ofMerging()),
                                gate,
                                ledger)) {
            int tokens = promptTokens(server.complete(seeing(7)));
            assertThat(Rows.of(url, "SELECT * FROM ledger"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("prompt_tokens=" + tokens);
        }
    }

    @Test
    void serversWithOtherEncodersHaveOtherFingerprints() throws Exception {
        String first = fingerprint(TinyVision.ofMerging());
        assertThat(fingerprint(TinyVision.ofMerging())).isEqualTo(first);
        assertThat(fingerprint(TinyVision.ofMerging().withMerge(1))).isNotEqualTo(first);
    }

    private static String fingerprint(TinyVision encoder) throws Exception {
        try (ServerUnderTest server = serve(KernelChoice.of(""), encoder)) {
            return TinyFiles.fingerprint(server.backend, server.backend.models().getFirst())
                    .orElseThrow();
        }
    }
}
