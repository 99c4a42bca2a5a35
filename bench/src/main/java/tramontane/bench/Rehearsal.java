package tramontane.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import tramontane.server.Main;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/**
 * Serves a tiny random model and sends it typical requests, so that the JVM loads the classes that
 * a server needs and stores them for the next start: the launcher runs this with {@code
 * -XX:AOTCacheOutput}.
 */
public final class Rehearsal {
    private static final String QUESTION =
            """
            {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hello"}],
             "max_tokens": 8, "random_seed": 1, "stop": ["never"], "stream": %s}
            """;

    private static final String RECORD =
            """
            {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hello"}],
             "max_tokens": 64, "random_seed": 1, "response_format": {"type": "json_schema", "json_schema":
             {"name": "greeting", "schema": {"type": "object", "properties": {"text": {"type": "string"}},
              "required": ["text"], "additionalProperties": false}}}}
            """;

    private Rehearsal() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path model = Files.createTempFile("rehearsal", ".gguf");
        model.toFile().deleteOnExit();
        TinyModel.of(Architecture.QWEN2).write(model);
        int port = freePort();
        Thread.ofPlatform()
                .start(() ->
                        Main.main(
                                new String[] {
                                    "serve", "--model", model.toString(), "--port", "" + port
                                }));
        String url = "http://127.0.0.1:" + port;
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (!answers(client, url)) {
                Thread.sleep(20);
            }
            for (String stream : new String[] {"false", "true", "maybe"}) {
                post(client, url, QUESTION.formatted(stream));
            }
            post(client, url, RECORD);
            client.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/models")).build(),
                    BodyHandlers.discarding());
        }
        System.exit(0);
    }

    private static void post(HttpClient client, String url, String body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                        .POST(BodyPublishers.ofString(body))
                        .build();
        System.out.println(client.send(request, BodyHandlers.ofString()).body());
    }

    private static boolean answers(HttpClient client, String url) throws InterruptedException {
        try {
            client.send(
                    HttpRequest.newBuilder(URI.create(url + "/health")).build(),
                    BodyHandlers.discarding());
            return true;
        } catch (IOException _) {
            return false; // Not listening yet; if it never does, Main ends this process.
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
