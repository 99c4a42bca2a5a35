package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.FieldSet;
import tramontane.api.FimRequest;
import tramontane.endpoint.Route;

/** {@code /openapi.json} describes what is served, all of it, and nothing else. */
class OpenApiWireTest {
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");
    private static final String HELLO =
            "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'abc'}], 'max_tokens': 8 %s}";
    private static ServerUnderTest server;
    private static ApiDescription api;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        server = ServerUnderTest.start();
        api = new ApiDescription(server.get("/openapi.json").body());
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
    }

    @Test
    void itsPathsAreTheRoutes() {
        Set<String> routes =
                Arrays.stream(Route.values())
                        .filter(route -> route != Route.NONE)
                        .map(Route::pattern)
                        .collect(Collectors.toCollection(TreeSet::new));

        assertThat(new TreeSet<>(api.paths())).isEqualTo(routes);
    }

    /** So that nobody adds a path without a route. */
    @Test
    void everyPathInTheEndpointsSourceIsDescribed() throws IOException {
        Pattern literal = Pattern.compile("(?<!at\\()\"(/[a-z0-9._/-]*[a-z0-9])/?\"");
        // JSON pointers are no paths; neither is where the files of the jar are.
        Set<String> others =
                Set.of("/tramontane/web", "/tramontane/openapi.json", "/v1", "/models");
        Set<String> found = new TreeSet<>();
        for (String source : Checkout.read("server/src/main/java/tramontane/endpoint")) {
            literal.matcher(source).results().map(each -> each.group(1)).forEach(found::add);
        }
        assertThat(found).contains("/v1/models", "/metrics", "/livez");
        assertThat(found)
                .filteredOn(path -> !others.contains(path))
                .allMatch(path ->
                        api.paths().stream()
                                .anyMatch(each ->
                                        each.endsWith(path) || each.startsWith(path + "/")));
    }

    private static String example(String path) {
        return path.replace("{model_id}", "tiny")
                .replace("{request_id}", "none")
                .replace("{file}", "index.html");
    }

    @Test
    void everyPathIsServedWithItsMethodsAndNoOthers() throws IOException, InterruptedException {
        for (String path : api.paths()) {
            JsonNode operations = api.json.path("paths").path(path);
            for (String method : METHODS) {
                boolean described = operations.has(method.toLowerCase(java.util.Locale.ROOT));
                if (path.endsWith("/events") && described) {
                    continue; // An endless stream; ExtensionsWireTest reads it.
                }
                HttpResponse<String> answer =
                        server.send(
                                HttpRequest.newBuilder(server.uri(example(path)))
                                        .method(method, HttpRequest.BodyPublishers.ofString("")));
                assertThat(answer.statusCode() == 405)
                        .as(method + " " + path + ": " + answer.statusCode())
                        .isEqualTo(!described);
                if (described) {
                    assertThat(answer.body()).doesNotContain("there is nothing at");
                    api.check(method, path, answer);
                }
            }
        }
    }

    @Test
    void answersAreAsDescribed() throws IOException, InterruptedException {
        for (String more :
                List.of(
                        "",
                        ", 'n': 2, 'logprobs': true, 'top_logprobs': 2, 'prompt_logprobs': true",
                        ", 'response_format': {'type': 'json_object'}",
                        ", 'prediction': {'type': 'content', 'content': 'abc'}",
                        ", 'tools': [{'type': 'function', 'function': {'name': 'f', 'parameters': {}}}], 'tool_choice': 'any'",
                        ", 'max_tokens': 0",
                        ", 'temperature': 0, 'top_p': 0.5",
                        ", 'seed': 3, 'n': 99",
                        ", 'guardrails': [{}]")) {
            api.check("POST", "/v1/chat/completions", server.complete(HELLO.formatted(more)));
            HttpResponse<String> stream =
                    server.complete(HELLO.formatted(more + ", 'stream': true"));
            api.check("POST", "/v1/chat/completions", stream);
            if (stream.statusCode() == 200) {
                stream.body()
                        .lines()
                        .filter(line -> line.startsWith("data: {"))
                        .forEach(line -> api.checkChunk(line.substring("data: ".length())));
            }
            api.check(
                    "POST",
                    "/tramontane/inspect",
                    post("/tramontane/inspect", HELLO.formatted(more)));
        }
        for (String body :
                List.of(
                        "{'model': 'tiny', 'prompt': 'a', 'max_tokens': 3}",
                        "{'model': 'tiny'}",
                        "[1",
                        "{'model': 'x', 'prompt': 'a'}")) {
            api.check("POST", "/v1/fim/completions", post("/v1/fim/completions", body));
            api.check("POST", "/v1/chat/completions", server.complete(body));
            api.check("POST", "/tramontane/inspect", post("/tramontane/inspect", body));
            api.check("POST", "/v1/embeddings", post("/v1/embeddings", body));
        }
        api.check("GET", "/tramontane/requests", server.get("/tramontane/requests"));
        api.check("GET", "/tramontane/requests", server.get("/tramontane/requests?limit=0"));
        String id =
                ServerUnderTest.json(server.get("/tramontane/requests"))
                        .at("/data/0/id")
                        .stringValue();
        api.check(
                "GET",
                "/tramontane/requests/{request_id}",
                server.get("/tramontane/requests/" + id));
    }

    @Test
    void answersToOpenAisFieldsAreAsDescribed() throws IOException, InterruptedException {
        try (ServerUnderTest openAi = ServerUnderTest.openAi(ServerUnderTest.LIMITS)) {
            for (String more :
                    List.of(
                            ", 'seed': 3, 'user': 'me', 'n': 2",
                            ", 'stream': true, 'stream_options': {'include_usage': true}",
                            ", 'stream': true, 'stream_options': {'include_usage': true, 'continuous_usage_stats': true}",
                            ", 'stream': true, 'stream_options': {}",
                            ", 'logit_bias': {'1': 2}",
                            ", 'temperature': 0, 'top_p': 0.5")) {
                HttpResponse<String> answer = openAi.complete(HELLO.formatted(more));
                api.check("POST", "/v1/chat/completions", answer);
                answer.body()
                        .lines()
                        .filter(line -> line.startsWith("data: {"))
                        .forEach(line -> api.checkChunk(line.substring("data: ".length())));
            }
        }
    }

    @Test
    void aMissingKeyAndAForeignPageAreAnsweredAsDescribed()
            throws IOException, InterruptedException {
        try (ServerUnderTest locked = ServerUnderTest.withKey("secret")) {
            for (String path : api.paths()) {
                for (String method : List.of("GET", "POST")) {
                    if (api.json
                                    .at("/paths")
                                    .path(path)
                                    .has(method.toLowerCase(java.util.Locale.ROOT))
                            && api.json
                                    .at("/paths")
                                    .path(path)
                                    .path(method.toLowerCase(java.util.Locale.ROOT))
                                    .path("security")
                                    .isMissingNode()) {
                        HttpResponse<String> answer =
                                locked.send(
                                        HttpRequest.newBuilder(locked.uri(example(path)))
                                                .method(
                                                        method,
                                                        HttpRequest.BodyPublishers.ofString("{}")));
                        assertThat(answer.statusCode()).as(path).isEqualTo(401);
                        api.check(method, path, answer);
                    }
                }
            }
        }
        for (String path : List.of("/v1/models", "/metrics", "/", "/openapi.json")) {
            HttpResponse<String> answer =
                    server.send(
                            HttpRequest.newBuilder(server.uri(path))
                                    .header("origin", "http://example.com"));
            assertThat(answer.statusCode()).as(path).isEqualTo(403);
            api.check("GET", path, answer);
        }
    }

    private static HttpResponse<String> post(String path, String json)
            throws IOException, InterruptedException {
        return server.send(
                HttpRequest.newBuilder(server.uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    /**
     * An object that a request may contain.
     *
     * @param schema where its properties are described
     * @param carrier a request that has the object at {@code at}
     */
    private record Place(String schema, String at, String carrier) {}

    private static final String MESSAGE = "{'model': 'm', 'messages': [%s]}";
    private static final String TOOL =
            "{'model': 'm', 'messages': [{'role': 'user', 'content': 'a'}], 'tools': [{'type': 'function', 'function': {'name': 'f', 'parameters': {}}}]}";
    private static final String FORMAT =
            "{'model': 'm', 'messages': [{'role': 'user', 'content': 'a'}], 'response_format': {'type': 'json_schema', 'json_schema': {'name': 'f', 'schema': {}}}}";
    private static final String CALL =
            "{'role': 'assistant', 'tool_calls': [{'function': {'name': 'f', 'arguments': {}}}]}";
    private static final List<Place> PLACES =
            List.of(
                    new Place(
                            "ChatCompletionRequest",
                            "",
                            MESSAGE.formatted("{'role': 'user', 'content': 'a'}")),
                    new Place("FimCompletionRequest", "", "{'model': 'm', 'prompt': 'a'}"),
                    new Place("EmbeddingRequest", "", "{'model': 'm', 'input': 'a'}"),
                    new Place(
                            "SystemMessage",
                            "/messages/0",
                            MESSAGE.formatted("{'role': 'system', 'content': 'a'}")),
                    new Place(
                            "UserMessage",
                            "/messages/0",
                            MESSAGE.formatted("{'role': 'user', 'content': 'a'}")),
                    new Place(
                            "AssistantMessage",
                            "/messages/0",
                            MESSAGE.formatted("{'role': 'assistant', 'content': 'a'}")),
                    new Place(
                            "ToolMessage",
                            "/messages/0",
                            MESSAGE.formatted("{'role': 'tool', 'content': 'a'}")),
                    new Place(
                            "TextChunk",
                            "/messages/0/content/0",
                            MESSAGE.formatted(
                                    "{'role': 'user', 'content': [{'type': 'text', 'text': 'a'}]}")),
                    new Place(
                            "ThinkingChunk",
                            "/messages/0/content/0",
                            MESSAGE.formatted(
                                    "{'role': 'assistant', 'content': [{'type': 'thinking', 'thinking': []}]}")),
                    new Place("ToolCall", "/messages/0/tool_calls/0", MESSAGE.formatted(CALL)),
                    new Place(
                            "ToolCall/properties/function",
                            "/messages/0/tool_calls/0/function",
                            MESSAGE.formatted(CALL)),
                    new Place("Tool", "/tools/0", TOOL),
                    new Place("Tool/properties/function", "/tools/0/function", TOOL),
                    new Place("ResponseFormat", "/response_format", FORMAT),
                    new Place(
                            "ResponseFormat/properties/json_schema/anyOf/0",
                            "/response_format/json_schema",
                            FORMAT),
                    new Place(
                            "ChatCompletionRequest/properties/prediction",
                            "/prediction",
                            "{'model': 'm', 'messages': [], 'prediction': {'type': 'content', 'content': ''}}"));

    /**
     * Every name that the parser knows stands in its source, so each word there is tried as a field
     * of each object; a field that is not refused as unknown must be described, and the other way
     * round.
     */
    @Test
    void theFieldsOfRequestsAreThoseThatTheParserKnows() throws IOException {
        Set<String> words = new TreeSet<>();
        for (String source : Checkout.read("core/src/main/java/tramontane/api")) {
            Pattern.compile("\"([a-z][a-z_]*)\"")
                    .matcher(source)
                    .results()
                    .forEach(each -> words.add(each.group(1)));
        }
        for (Place place : PLACES) {
            Set<String> described = new TreeSet<>(api.properties(place.schema).propertyNames());
            Set<String> known =
                    Stream.concat(words.stream(), described.stream())
                            .filter(word -> isKnown(place, word))
                            .collect(Collectors.toCollection(TreeSet::new));

            assertThat(known).as(place.schema).isNotEmpty().isEqualTo(described);
        }
        Place chat = PLACES.getFirst();
        assertThat(words)
                .filteredOn(word ->
                        isKnown(chat, word, FieldSet.WITH_OPENAI)
                                && !isKnown(chat, word, FieldSet.MISTRAL))
                .as("OpenAiFields")
                .hasSizeGreaterThan(10)
                .containsExactlyInAnyOrderElementsOf(
                        api.properties("OpenAiFields").propertyNames().stream()
                                .filter(name -> !name.equals("service_tier"))
                                .toList());
    }

    private static boolean isKnown(Place place, String word) {
        return isKnown(place, word, FieldSet.MISTRAL);
    }

    private static boolean isKnown(Place place, String word, FieldSet fields) {
        ObjectNode body =
                (ObjectNode) JsonMapper.shared().readTree(place.carrier.replace('\'', '"'));
        ObjectNode object = (ObjectNode) (place.at.isEmpty() ? body : body.at(place.at));
        if (object.has(word)) {
            return true;
        }
        object.putObject(word);
        try {
            if (place.schema.startsWith("Fim")) {
                FimRequest.parse(body);
            } else if (place.schema.startsWith("Embedding")) {
                EmbeddingRequest.parse(body, fields);
            } else {
                ChatCompletionRequest.parse(body, fields);
            }
            return true;
        } catch (ApiException refused) {
            for (JsonNode fault : refused.body().path("detail")) {
                JsonNode loc = fault.path("loc");
                if (fault.path("type").asString("").equals("extra_forbidden")
                        && loc.get(loc.size() - 1).asString("").equals(word)) {
                    return false;
                }
            }
            return true;
        }
    }
}
