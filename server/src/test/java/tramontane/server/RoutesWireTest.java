package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tramontane.access.AllowedOrigins;

/** Paths, methods, keys and origins. */
class RoutesWireTest {
    private static ServerUnderTest open;
    private static ServerUnderTest locked;

    @BeforeAll
    static void start() throws IOException {
        open = ServerUnderTest.start();
        locked = ServerUnderTest.withKey("secret");
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        open.close();
        locked.close();
    }

    private static HttpResponse<String> send(
            ServerUnderTest server, String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.uri(path))
                        .method(method, HttpRequest.BodyPublishers.noBody());
        return server.send(headers.length == 0 ? request : request.headers(headers));
    }

    @Test
    void cardsCarryWhatClientsRead() throws IOException, InterruptedException {
        JsonNode list = ServerUnderTest.json(open.get("/v1/models"));
        JsonNode card = list.at("/data/0");

        assertThat(list.get("object").stringValue()).isEqualTo("list");
        assertThat(list.get("data").size()).isEqualTo(1);
        assertThat(card.get("id").stringValue()).isEqualTo("tiny");
        assertThat(card.get("type").stringValue()).isEqualTo("base");
        assertThat(card.get("archived").booleanValue()).isFalse();
        assertThat(card.get("created").longValue()).isEqualTo(1_700_000_000);
        assertThat(card.get("max_context_length").isInt()).isTrue();
        assertThat(card.get("default_model_temperature").isNumber()).isTrue();
        assertThat(card.get("aliases").toString()).contains("little");
        assertThat(card.at("/capabilities/completion_chat").booleanValue()).isTrue();
        assertThat(card.at("/capabilities/function_calling").booleanValue()).isTrue();
        assertThat(
                        ServerUnderTest.json(open.get("/v1/models/mistral-small-latest"))
                                .get("id")
                                .stringValue())
                .isEqualTo("mistral-small-latest");
        assertThat(open.get("/v1/models/hf:a%2Fb").body()).contains("Model not found: hf:a/b");
        assertThat(open.get("/v1/models?model=other").body()).contains("\"data\":[]");
        assertThat(open.get("/v1/models?provider=mistralai&model=tiny").body())
                .contains("\"id\":\"tiny\"");
    }

    @Test
    void whatIsNotThereIsSaidInJson() throws IOException, InterruptedException {
        check(open, "GET", "/v2", 404, "not_found");
        check(open, "GET", "/v1/models/gpt-4", 404, "not_found");
        check(open, "DELETE", "/v1/models/tiny", 403, "forbidden");
        check(open, "GET", "/v1/chat/completions", 405, "method_not_allowed");
        check(open, "POST", "/v1/models", 405, "method_not_allowed");
        check(open, "DELETE", "/", 405, "method_not_allowed");
        assertThat(send(open, "GET", "/v1/chat/completions").headers().firstValue("allow"))
                .contains("POST");
    }

    private static void check(
            ServerUnderTest server, String method, String path, int status, String type)
            throws IOException, InterruptedException {
        HttpResponse<String> response = send(server, method, path);
        assertThat(response.statusCode()).as(method + " " + path).isEqualTo(status);
        assertThat(ServerUnderTest.json(response).get("type").stringValue()).isEqualTo(type);
    }

    /** Half of the clients want a base URL with /v1 and half without: each mistake is served. */
    @Test
    void wrongBaseUrlsAreServed() throws IOException, InterruptedException {
        for (String path :
                List.of(
                        "//v1/models",
                        "/v1/v1/models",
                        "/models",
                        "/v1/models/",
                        "//v1//v1//models//",
                        "/v1//models")) {
            assertThat(raw("GET " + path, ""))
                    .as(path)
                    .contains("200 OK")
                    .contains("\"object\":\"list\"");
        }
        for (String path : List.of("/models/tiny", "/v1/v1/models/tiny/", "//models/tiny")) {
            assertThat(raw("GET " + path, "")).as(path).contains("\"id\":\"tiny\"");
        }
        for (String path :
                List.of(
                        "/chat/completions",
                        "//v1/chat/completions",
                        "/v1/v1/chat/completions",
                        "/v1/chat/completions/",
                        "/v1/chat//completions?x=1")) {
            assertThat(raw("POST " + path, BODY)).as(path).contains("200 OK");
            assertThat(raw("GET " + path, "")).as(path).contains("405 Method");
        }
        assertThat(raw("GET /health/", "")).contains("\"ok\"");
        assertThat(raw("GET //", "")).contains("200 OK").contains("<!doctype html>");
        assertThat(raw("GET /v1/models/a//b", "")).contains("Model not found: a//b");
        for (String path :
                List.of("/v1", "/v1/moderations", "/api/v1/models", "/v1/models2", "/v11/models")) {
            assertThat(raw("GET " + path, ""))
                    .as(path)
                    .contains("404 Not Found")
                    .contains("there is nothing at " + path + ";")
                    .contains("POST /v1/chat/completions");
        }
    }

    private static final String BODY =
            "{'model':'tiny','max_tokens':1,'messages':[{'content':'hi'}]}".replace('\'', '"');

    private static String raw(String line, String body, String... headers) throws IOException {
        StringBuilder request = new StringBuilder(line + " HTTP/1.1\r\nHost: localhost\r\n");
        request.append("Connection: close\r\nContent-Length: " + body.length() + "\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        try (Socket socket = open.connect()) {
            RawHttp.write(socket, request + "\r\n" + body);
            return RawHttp.readToEnd(socket);
        }
    }

    /** Proxies take Connection away and leave Upgrade. */
    @Test
    void aWishForAnotherProtocolIsIgnored() throws IOException {
        assertThat(raw("GET /v1/models", "", "Upgrade: h2c")).contains("200 OK");
        assertThat(raw("GET /v1/models", "", "Upgrade: websocket")).contains("200 OK");
        assertThat(
                        raw(
                                "POST /v1/chat/completions",
                                BODY,
                                "Upgrade: h2c",
                                "HTTP2-Settings: AAMAAABkAAQ"))
                .contains("200 OK");
        assertThat(raw("GET /v1/models", "", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings"))
                .contains("200 OK");
    }

    @Test
    void headAnswersLikeGetWithoutABody() throws IOException, InterruptedException {
        HttpResponse<String> head = send(open, "HEAD", "/v1/models");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("content-length"))
                .isEqualTo(open.get("/v1/models").headers().firstValue("content-length"));
    }

    @Test
    void whereKeysAreAskedForEveryPathAsks() throws IOException, InterruptedException {
        for (String path :
                List.of(
                        "/v1/models",
                        "/v1/models/tiny",
                        "/v1/chat/completions",
                        "/v1/nothing",
                        "/x")) {
            for (String[] headers :
                    new String[][] {
                        {}, {"authorization", "Bearer wrong"}, {"authorization", "secret"}
                    }) {
                HttpResponse<String> response = send(locked, "GET", path, headers);
                assertThat(response.statusCode()).as(path).isEqualTo(401);
                assertThat(ServerUnderTest.json(response).get("message").stringValue())
                        .isEqualTo("Unauthorized");
            }
        }
        assertThat(send(locked, "GET", "/v1/models", "authorization", "Bearer secret").statusCode())
                .isEqualTo(200);
        assertThat(locked.get("/health").statusCode()).isEqualTo(200);
        assertThat(locked.get("/").statusCode()).isEqualTo(200);
    }

    @Test
    void withoutKeysForeignPagesAreKeptOut() throws IOException, InterruptedException {
        assertThat(send(open, "GET", "/v1/models", "origin", "https://example.com").statusCode())
                .isEqualTo(403);
        assertThat(send(open, "GET", "/v1/models", "origin", "http://localhost:3000").statusCode())
                .isEqualTo(200);
        assertThat(
                        send(
                                        locked,
                                        "GET",
                                        "/v1/models",
                                        "origin",
                                        "https://example.com",
                                        "authorization",
                                        "Bearer secret")
                                .statusCode())
                .isEqualTo(200);
        try (Socket socket = open.connect()) {
            RawHttp.write(
                    socket,
                    "GET /v1/models HTTP/1.1\r\nHost: rebound.example.com\r\nConnection: close\r\n\r\n");
            assertThat(RawHttp.readToEnd(socket)).startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void pagesOfThisMachineMayAsk() throws IOException, InterruptedException {
        HttpResponse<String> preflight =
                send(
                        open,
                        "OPTIONS",
                        "/v1/chat/completions",
                        "origin",
                        "http://localhost:3000",
                        "access-control-request-headers",
                        "authorization,x-own");

        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight.headers().firstValue("access-control-allow-origin")).contains("*");
        assertThat(preflight.headers().firstValue("access-control-allow-headers"))
                .contains("authorization,x-own");
        assertThat(preflight.headers().firstValue("access-control-allow-methods").orElseThrow())
                .contains("POST");
    }

    @Test
    void loadTellsHowFullTheEngineIsToWhoeverHasAKey() throws IOException, InterruptedException {
        assertThat(locked.get("/load").statusCode()).isEqualTo(401);
        String body = open.get("/load").body();
        assertThat(body)
                .startsWith("{\"running\":0,\"waiting\":0,\"waiting_tokens\":0,\"free_blocks\":");
        assertThat(body.replaceAll(".*free_blocks\":(\\d+),\"blocks\":(\\d+)}", "$1 = $2"))
                .matches("(\\d+) = \\1");
    }

    @Test
    void theFrontPageSaysWhatThisIs() throws IOException, InterruptedException {
        HttpResponse<String> page = open.get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
        assertThat(page.body()).contains("<title>Tramontane");
        assertThat(page.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(open.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
    }

    @Test
    void onlyListedOriginsMayReadAnswers() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.withKey("secret")) {
            server.routes.allow(new AllowedOrigins(List.of("https://app.example")));
            for (String method : List.of("GET", "OPTIONS")) {
                HttpResponse<String> listed =
                        send(server, method, "/v1/models", "origin", "https://app.example");
                HttpResponse<String> other =
                        send(server, method, "/v1/models", "origin", "https://evil.example");
                assertThat(listed.headers().firstValue("access-control-allow-origin"))
                        .contains("https://app.example");
                assertThat(
                                listed.headers()
                                        .firstValue("access-control-expose-headers")
                                        .orElseThrow())
                        .contains("mistral-correlation-id", "retry-after")
                        .contains("x-ratelimit-remaining-tokens-minute");
                assertThat(other.headers().firstValue("access-control-expose-headers")).isEmpty();
                assertThat(other.headers().firstValue("access-control-allow-origin")).isEmpty();
                for (HttpResponse<String> each : List.of(listed, other)) {
                    assertThat(each.headers().allValues("vary")).contains("origin");
                    assertThat(each.headers().firstValue("access-control-allow-credentials"))
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void aListedOriginOpensNoServerWithoutKeys() throws IOException, InterruptedException {
        try (ServerUnderTest server = ServerUnderTest.start()) {
            server.routes.allow(new AllowedOrigins(List.of("https://app.example")));
            assertThat(
                            send(server, "GET", "/v1/models", "origin", "https://app.example")
                                    .statusCode())
                    .isEqualTo(403);
        }
    }
}
