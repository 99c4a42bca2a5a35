package tramontane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.backend.CompletionEvent;

/**
 * What nobody foresaw, here a scheme that no setting can have, ends no thread and so not the
 * server.
 */
class UpstreamSafetyTest {
    private static final URI IMPOSSIBLE = URI.create("http://127.0.0.1:99999");

    private static UpstreamModel model(URI address) {
        Duration time = Duration.ofMinutes(5);
        return new UpstreamModel(
                "m",
                UpstreamKind.VLLM,
                List.of(address),
                "m",
                Optional.empty(),
                Optional.empty(),
                new UpstreamTimes(time, time, time, time));
    }

    /** The trouble that the first check finds. */
    private static Optional<String> firstCheck(URI uri) throws InterruptedException {
        UpstreamModel model = model(uri);
        Address address = new Address("m", uri, System::nanoTime);
        CountDownLatch first = new CountDownLatch(1);
        try (UpstreamClient client = new UpstreamClient(model)) {
            UpstreamCheck check = new UpstreamCheck(model, client, address, _ -> {});
            Thread thread =
                    Thread.ofVirtual()
                            .uncaughtExceptionHandler((_, _) -> first.countDown())
                            .start(() -> check.run(first));
            first.await();
            thread.interrupt();
            thread.join();
        }
        return address.trouble();
    }

    @Test
    void aCheckThatThrowsIsATroubleOfTheAddress() throws InterruptedException {
        assertThat(firstCheck(IMPOSSIBLE))
                .contains("its check failed with IllegalArgumentException");
    }

    /** Without a bound it would wait for ever, and the address would stay up. */
    @Test
    void aCheckWhoseReplyStopsInItsBodyEnds() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual()
                    .start(() -> {
                        try (Socket socket = listener.accept()) {
                            socket.getOutputStream()
                                    .write(
                                            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"
                                                    .getBytes(StandardCharsets.US_ASCII));
                            while (socket.getInputStream().read() >= 0) {}
                        } catch (IOException e) {
                            // The test is over.
                        }
                    });
            assertThat(firstCheck(URI.create("http://127.0.0.1:" + listener.getLocalPort())))
                    .contains("it does not answer in time");
        }
    }

    @Test
    void anAnswerThatThrowsFailsAlone() throws Exception {
        UpstreamModel model = model(IMPOSSIBLE);
        Addresses addresses = new Addresses(model, System::nanoTime);
        addresses.all().forEach(address -> address.checked(Optional.empty()));
        byte[] body =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                        .getBytes(StandardCharsets.UTF_8);
        CountDownLatch over = new CountDownLatch(1);
        Addresses.Load load = new Addresses.Load(5, PromptPrefixes.NONE);
        try (UpstreamClient client = new UpstreamClient(model);
                UpstreamCompletion completion =
                        new UpstreamCompletion(
                                new UpstreamCompletion.Parts(
                                        model, client, addresses, System::nanoTime),
                                new UpstreamCompletion.Sending(
                                        ChatCompletionRequest.parse(
                                                JsonBody.parse(body), FieldSet.MISTRAL),
                                        body,
                                        5,
                                        load,
                                        new AnswerLimits(1 << 20, 1 << 20, 1 << 20),
                                        1,
                                        "id"),
                                addresses.enter(load, Set.of()),
                                _ -> over.countDown())) {
            completion.start();
            over.await();
            assertThat(completion.poll(Duration.ZERO))
                    .get()
                    .isInstanceOfSatisfying(
                            CompletionEvent.Failed.class,
                            failed ->
                                    assertThat(failed.cause())
                                            .hasMessageContaining("could not be processed"));
            assertThat(addresses.all().getFirst().requests()).isZero();
        }
    }
}
