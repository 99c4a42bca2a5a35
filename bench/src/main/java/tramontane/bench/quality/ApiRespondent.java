package tramontane.bench.quality;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A server that speaks the chat completion API. */
public final class ApiRespondent implements Respondent {
    private final HttpClient http;
    private final URI url;
    private final Optional<String> key;
    private final String engine;
    private final int streams;
    private final String model;

    /** The requests name the first model that the server lists. */
    public ApiRespondent(HttpClient http, URI url, Optional<String> key, String engine, int streams)
            throws IOException, InterruptedException {
        this.http = http;
        this.url = url;
        this.key = key;
        this.engine = engine;
        this.streams = streams;
        JsonNode models = send(request("/v1/models").GET().build());
        model = models.path("data").path(0).path("id").asString();
    }

    public String model() {
        return model;
    }

    @Override
    public String engine() {
        return engine;
    }

    @Override
    public int streams() {
        return streams;
    }

    @Override
    public boolean answers(Mode mode) {
        return true;
    }

    @Override
    public JsonNode complete(ObjectNode body) throws IOException, InterruptedException {
        String text = body.deepCopy().put("model", model).toString();
        return send(
                request("/v1/chat/completions")
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofString(text))
                        .build());
    }

    private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + ": " + response.body());
        }
        return JsonMapper.shared().readTree(response.body());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path));
        key.ifPresent(secret -> builder.header("authorization", "Bearer " + secret));
        return builder;
    }

    /** The client belongs to the caller, who closes it. */
    @Override
    public void close() {}
}
