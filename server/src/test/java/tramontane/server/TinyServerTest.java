package tramontane.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** What tests of server processes for a tiny model share. */
abstract class TinyServerTest {
    static final String QUESTION =
            """
            {"model": "tiny", "messages": [{"role": "user", "content": "%s"}], "max_tokens": 4, "stream": %s}
            """;

    @TempDir Path folder;
    Path model;

    @BeforeEach
    void write() {
        model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
    }

    final Map<String, String> home() {
        return Map.of("HOME", folder.toString());
    }

    /** The options of a server for the tiny model, and more. */
    final String[] serving(String... more) {
        List<String> options =
                new ArrayList<>(List.of("serve", "--model", model.toString(), "--port", "0"));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    static HttpResponse<String> ask(HttpClient client, URI url, String text, boolean stream)
            throws IOException, InterruptedException {
        return send(client, url, QUESTION.formatted(text, stream));
    }

    static HttpResponse<String> send(HttpClient client, URI url, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    static String id(HttpResponse<?> response) {
        return response.headers().firstValue("mistral-correlation-id").orElseThrow();
    }
}
