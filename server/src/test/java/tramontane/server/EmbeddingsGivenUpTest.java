package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.kernel.Kernels;
import tramontane.ledger.Ledger;
import tramontane.ledger.SmallLedger;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;

/** Requests for embeddings whose clients hang up. */
class EmbeddingsGivenUpTest {
    @TempDir Path folder;

    private static ServerUnderTest serve(Kernels kernels, Optional<Ledger> ledger)
            throws IOException {
        return ServerUnderTest.embedding(Gates.of(List.of()), kernels, ledger);
    }

    private static HttpResponse<String> embed(ServerUnderTest server) throws Exception {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/embeddings"))
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"model\":\"mistral-embed\",\"input\":\"a\"}")));
    }

    /**
     * Sends 1001 texts, the first of 3 tokens and the others of 152, and hangs up in the first
     * step.
     */
    private static void hangUp(ServerUnderTest server, HeldKernels kernels) throws Exception {
        String body =
                "{\"model\":\"tiny\",\"input\":[\"a\""
                        + (",\"" + "a ".repeat(150) + "\"").repeat(1000)
                        + "]}";
        try (Socket socket = server.connect()) {
            RawHttp.write(
                    socket,
                    "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                            + body.getBytes(StandardCharsets.UTF_8).length
                            + "\r\n\r\n"
                            + body);
            kernels.began.await();
        }
        while (!server.get("/tramontane/requests").body().contains("\"state\":\"left\"")) {
            Thread.sleep(5);
        }
        kernels.released.countDown();
    }

    @Test
    void whatWasGivenUpCountsWithTheTokensThatWereStarted() throws Exception {
        DatabaseUrl url = new DatabaseUrl.Sqlite(folder.resolve("ledger.db"));
        HeldKernels kernels = new HeldKernels();
        try (Ledger ledger = SmallLedger.start(url, true, 100);
                ServerUnderTest server = serve(kernels, Optional.of(ledger))) {
            hangUp(server, kernels);
            // The rows before that of a finished answer are written with it.
            assertThat(embed(server).statusCode()).isEqualTo(200);
            assertThat(Rows.of(url, "SELECT * FROM ledger WHERE outcome = 'cancelled'"))
                    .singleElement(InstanceOfAssertFactories.map(String.class, String.class))
                    .as("a step has at most 512 tokens")
                    .containsEntry("prompt_tokens", Integer.toString(3 + 3 * 152));
        }
    }

    @Test
    void aClientThatHangsUpEndsItsWork() throws Exception {
        HeldKernels kernels = new HeldKernels();
        try (ServerUnderTest server = serve(kernels, Optional.empty())) {
            hangUp(server, kernels);
            while (server.backend.occupancy().totals().busyNanos() == 0
                    || server.backend.occupancy().running() > 0) {
                Thread.onSpinWait();
            }
            assertThat(server.backend.occupancy().totals().computedTokens())
                    .as("the step in progress was abandoned, and no other was begun")
                    .isZero();
            assertThat(embed(server).statusCode()).isEqualTo(200);
        }
    }
}
