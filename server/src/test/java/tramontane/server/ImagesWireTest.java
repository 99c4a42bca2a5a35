package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tramontane.server.TinyPictures.chunk;
import static tramontane.server.TinyPictures.png;
import static tramontane.server.TinyPictures.request;
import static tramontane.server.TinyPictures.seeing;
import static tramontane.server.TinyPictures.serve;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tramontane.access.FailedAttempts;
import tramontane.access.KeyRing;
import tramontane.endpoint.Gate;
import tramontane.kernel.choice.KernelChoice;
import tramontane.ledger.Ledger;
import tramontane.limit.RateLimits;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;
import tramontane.testkit.TinyVision;

/** Pictures over HTTP, with a tiny model and a tiny image encoder. */
class ImagesWireTest {
    private static int promptTokens(HttpResponse<String> answer) {
        return TinyPictures.promptTokens(ServerUnderTest.json(answer));
    }

    @Test
    void theAnswerToAPictureIsTheSameWholeAndStreamed() throws Exception {
        try (ServerUnderTest server = serve(KernelChoice.of(""))) {
            int text = promptTokens(server.complete(request("")));
            for (int rgb : new int[] {0xff0000, 0x00ff80}) {
                assertThat(Answers.both(server, seeing(rgb))).hasSize(1);
                assertThat(promptTokens(server.complete(seeing(rgb))))
                        .isEqualTo(text + TinyPictures.TOKENS);
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
        HeldKernels kernels = new HeldKernels();
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
        HeldKernels kernels = new HeldKernels();
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
        HeldKernels kernels = new HeldKernels();
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
                                        TinyPictures.open(
                                                directory, machine, TinyVision.ofMerging()),
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
