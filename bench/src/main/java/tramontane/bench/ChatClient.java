package tramontane.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A client of any chat completion API that records when each part of the answer arrives. */
record ChatClient(HttpClient http, URI url, Optional<String> key, String model) {
    /**
     * A streamed answer.
     *
     * @param chunkNanos when each piece of text arrived
     * @param tokens of the answer; where the server sends no usage, its pieces
     * @param promptTokens 0 where the server sends no usage
     * @param cachedTokens of the prompt
     */
    record Answer(
            long askedNanos,
            List<Long> chunkNanos,
            int tokens,
            int promptTokens,
            int cachedTokens,
            String text) {
        double firstSeconds() {
            return (chunkNanos.getFirst() - askedNanos) * 1e-9;
        }

        Overlap.Arrivals arrivals() {
            return new Overlap.Arrivals(
                    askedNanos, chunkNanos.stream().mapToLong(Long::longValue).toArray());
        }

        List<Double> gaps() {
            List<Double> gaps = new ArrayList<>();
            for (int i = 1; i < chunkNanos.size(); i++) {
                gaps.add((chunkNanos.get(i) - chunkNanos.get(i - 1)) * 1e-9);
            }
            return gaps;
        }
    }

    /** The first model that the server lists. */
    static String onlyModel(HttpClient http, URI url, Optional<String> key)
            throws IOException, InterruptedException {
        HttpRequest request = request(url, "/v1/models", key).build();
        String body = http.send(request, BodyHandlers.ofString()).body();
        return JsonMapper.shared().readTree(body).path("data").path(0).path("id").asString();
    }

    /** How busy the engine of a Tramontane server is. */
    JsonNode load() throws IOException, InterruptedException {
        String body = http.send(request(url, "/load", key).build(), BodyHandlers.ofString()).body();
        return JsonMapper.shared().readTree(body);
    }

    /** A request body with fields that Mistral's and OpenAI's APIs share. */
    ObjectNode body(String prompt, int tokens) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.put("model", model).put("max_tokens", tokens).put("temperature", 1.0);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body;
    }

    Answer stream(ObjectNode body) throws IOException, InterruptedException {
        body.put("stream", true);
        List<Long> nanos = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        JsonNode usage = JsonMapper.shared().createObjectNode();
        long asked = System.nanoTime();
        HttpResponse<Stream<String>> response = http.send(post(body), BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException(
                        response.statusCode() + ": " + String.join(" ", lines.toList()));
            }
            boolean done = false;
            for (String line : (Iterable<String>) lines::iterator) {
                if (line.equals("data: [DONE]")) {
                    done = true;
                } else if (line.startsWith("data: ")) {
                    JsonNode chunk = JsonMapper.shared().readTree(line.substring(6));
                    JsonNode choice = chunk.path("choices").path(0);
                    String piece = choice.path("delta").path("content").asString("");
                    if (!piece.isEmpty()) {
                        nanos.add(System.nanoTime());
                        text.append(piece);
                    }
                    if (choice.path("finish_reason").asString("").equals("error")) {
                        throw new IOException("the answer ended with an error");
                    }
                    usage = chunk.has("usage") ? chunk.path("usage") : usage;
                }
            }
            if (!done) {
                throw new IOException("the stream ended without [DONE]");
            }
        }
        return new Answer(
                asked,
                nanos,
                usage.path("completion_tokens").asInt(nanos.size()),
                usage.path("prompt_tokens").asInt(0),
                usage.path("prompt_tokens_details").path("cached_tokens").asInt(0),
                text.toString());
    }

    JsonNode whole(ObjectNode body) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(post(body), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + ": " + response.body());
        }
        return JsonMapper.shared().readTree(response.body());
    }

    /** Reads {@code bytes} of a streamed answer, then closes the connection. */
    void leaveAfter(ObjectNode body, int bytes) throws IOException, InterruptedException {
        body.put("stream", true);
        HttpResponse<InputStream> response = http.send(post(body), BodyHandlers.ofInputStream());
        try (InputStream stream = response.body()) {
            if (response.statusCode() != 200) {
                String error = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                throw new IOException(response.statusCode() + ": " + error);
            }
            stream.readNBytes(bytes);
        }
    }

    private HttpRequest post(ObjectNode body) {
        return request(url, "/v1/chat/completions", key)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build();
    }

    private static HttpRequest.Builder request(URI url, String path, Optional<String> key) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path));
        key.ifPresent(secret -> builder.header("authorization", "Bearer " + secret));
        return builder;
    }
}
