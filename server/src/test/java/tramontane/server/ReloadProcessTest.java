package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** A running server follows its configuration file and its certificate. */
@DisabledOnOs(OS.WINDOWS)
class ReloadProcessTest {
    private static final String READ = "Settings were read again.";

    @TempDir Path folder;
    private Path file;
    private String fixed = "";

    @BeforeEach
    void write() {
        Path model = TinyModel.of(Architecture.LLAMA).write(folder.resolve("tiny.gguf"));
        file = folder.resolve("my.toml");
        fixed = "model = \"" + model + "\"\nport = 0\n";
    }

    private void configure(String toml) throws IOException {
        Files.writeString(file, fixed + toml);
    }

    private RunningProgram start() throws IOException {
        return RunningProgram.serve(
                Map.of("HOME", folder.toString(), "TRAMONTANE_CONFIG", file.toString()), List.of());
    }

    private static URI url(RunningProgram server) throws IOException {
        return URI.create(server.await("Listening on").replaceFirst(".*(https?:.*)", "$1"));
    }

    private static HttpResponse<String> models(HttpClient client, URI url, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve("/v1/models"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static int status(HttpClient client, URI url, String key)
            throws IOException, InterruptedException {
        return models(client, url, "authorization", "Bearer " + key).statusCode();
    }

    @Test
    void keysAliasesAndOriginsChangeWithTheFile() throws Exception {
        configure("api-key = \"one\"\nalias = \"first\"\n");
        try (RunningProgram server = start();
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            server.await("French painter");
            assertThat(status(client, url, "one")).isEqualTo(200);
            assertThat(status(client, url, "two")).isEqualTo(401);

            configure(
                    "api-key = \"two\"\nalias = \"second\"\nhosted-names = false\nopenai-fields = true\nhost = \"0.0.0.0\"\n"
                            + "[cors]\norigins = [\"https://app.example\"]\n");
            assertThat(server.await(READ))
                    .contains("Changed: api-key, alias, hosted-names, openai-fields, cors.origins.")
                    .contains("Changed only at the next start: host.");
            assertThat(status(client, url, "one")).isEqualTo(401);
            HttpResponse<String> answer =
                    models(
                            client,
                            url,
                            "authorization",
                            "Bearer two",
                            "origin",
                            "https://app.example");
            assertThat(answer.body()).contains("\"second\"").doesNotContain("\"first\"");
            assertThat(answer.headers().firstValue("access-control-allow-origin"))
                    .contains("https://app.example");
            HttpRequest hosted =
                    HttpRequest.newBuilder(url.resolve("/v1/models/mistral-small-latest"))
                            .header("authorization", "Bearer two")
                            .build();
            assertThat(client.send(hosted, BodyHandlers.ofString()).statusCode()).isEqualTo(404);
            HttpRequest wrong =
                    HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                            .header("authorization", "Bearer two")
                            .POST(
                                    HttpRequest.BodyPublishers.ofString(
                                            "{\"model\":\"second\",\"seed\":\"x\",\"messages\":[{\"content\":\"a\"}]}"))
                            .build();
            assertThat(client.send(wrong, BodyHandlers.ofString()).body())
                    .contains("seed: Input should be a valid integer")
                    .contains("\"error\":{");
            assertThat(server.said()).doesNotContain("Bearer two");
        }
    }

    /**
     * What waits for the next start is what differs from the running server, not from the last
     * file.
     */
    @Test
    void whatWaitsForTheNextStartIsComparedWithWhatRuns() throws Exception {
        configure("alias = \"first\"\n");
        try (RunningProgram server = start()) {
            server.await("Listening on");
            configure("alias = \"first\"\nthreads = 1\n");
            assertThat(server.await(READ)).contains("Changed: none.", "next start: threads.");
            configure("alias = \"second\"\nthreads = 1\n");
            assertThat(server.await(READ)).contains("Changed: alias.", "next start: threads.");
            configure("alias = \"first\"\n");
            assertThat(server.await(READ)).contains("Changed: alias.", "next start: none.");
        }
    }

    private static String ids(HttpClient client, URI url) throws Exception {
        JsonNode list = JsonMapper.shared().readTree(models(client, url).body());
        return list.get("data")
                .valueStream()
                .map(each -> each.get("id").stringValue())
                .distinct()
                .toList()
                .toString();
    }

    private static int ask(HttpClient client, URI url, String model) throws Exception {
        String body =
                "{\"model\": \"%s\", \"max_tokens\": 4, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}"
                        .formatted(model);
        return client.send(
                        HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void modelsComeAndGoWithTheFile() throws Exception {
        Path tiny = folder.resolve("tiny.gguf");
        Path other = TinyModel.of(Architecture.QWEN2).write(folder.resolve("other.gguf"));
        configure("alias = \"small\"\n");
        try (RunningProgram server = start();
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            assertThat(ask(client, url, "small")).isEqualTo(200);
            assertThat(ask(client, url, "other")).isEqualTo(400);

            fixed = "model = [\"" + other + "\", \"" + tiny + "\"]\nport = 0\n";
            configure("alias = \"small=other\"\npin = \"tiny\"\nunload-after = 7\n");
            assertThat(server.await(READ))
                    .contains("Changed: model, pin, unload-after, alias.")
                    .contains("Changed only at the next start: none.");
            assertThat(ids(client, url)).startsWith("[other, ");
            for (String name : List.of("tiny", "other", "small", "mistral-small-latest")) {
                assertThat(ask(client, url, name)).as(name).isEqualTo(200);
            }

            // A set that a start would refuse changes nothing.
            fixed = "model = [\"" + other + "\", \"no-such-model\"]\nport = 0\n";
            configure("");
            server.await("The settings stay as they were: there is no model no-such-model");
            fixed = "model = \"" + other + "\"\nport = 0\n";
            configure("pin = \"tiny\"\n");
            server.await("The settings stay as they were: --pin tiny: no model tiny is served");
            // Only the header of the model's file says that this cannot be.
            configure("context = 100000\n");
            assertThat(server.await("The settings stay as they were: ")).contains("100000");
            assertThat(ask(client, url, "small")).isEqualTo(200);

            configure("");
            server.await(READ);
            assertThat(ask(client, url, "tiny")).isEqualTo(400);
            assertThat(ask(client, url, "other")).isEqualTo(200);
            // It may have gone before the file was said to be read.
            if (!server.said().contains("Unloaded model tiny")) {
                server.await("Unloaded model tiny");
            }
        }
    }

    @Test
    void aFaultyFileChangesNothing() throws Exception {
        configure("api-key = \"one\"\n");
        try (RunningProgram server = start();
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            configure("api-key = \"two\"\nprot = 1\n");
            server.await("The settings stay as they were: unknown setting `prot`");
            assertThat(status(client, url, "one")).isEqualTo(200);
            assertThat(status(client, url, "two")).isEqualTo(401);
            Files.delete(file);
            server.await(file + " is missing or cannot be read; the settings stay as they were");

            configure("api-key = \"three\"\n");
            server.await(READ);
            assertThat(status(client, url, "three")).isEqualTo(200);
            assertThat(server.said()).containsOnlyOnce("is missing");
        }
    }

    /** An editor that truncates the file before it writes must not open the server meanwhile. */
    @Test
    void aFileThatLosesItsKeysOpensNoServer() throws Exception {
        configure("api-key = \"one\"\n");
        try (RunningProgram server = start();
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            configure("");
            server.await("the file has no key any more");
            assertThat(models(client, url).statusCode()).isEqualTo(401);
            assertThat(status(client, url, "one")).isEqualTo(200);
        }
    }

    /** Without its keys, a server that others can reach takes this user's own, as at its start. */
    @Test
    void removingTheKeysOpensNoServerToOthers() throws Exception {
        configure("api-key = \"one\"\nhost = \"0.0.0.0\"\n");
        try (RunningProgram server = start();
                HttpClient client = HttpClient.newHttpClient()) {
            URI url = url(server);
            configure("host = \"0.0.0.0\"\n");
            server.await(READ);
            assertThat(models(client, url).statusCode()).isEqualTo(401);
            String own = Files.readString(folder.resolve(".config/tramontane/key")).strip();
            assertThat(status(client, url, own)).isEqualTo(200);
        }
    }

    /** Programs that nohup starts ignore the signal, and so do theirs. */
    private static boolean ignoresHangUp() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1) == 1);
    }

    @Test
    void hangUpReadsTheFileAgain() throws Exception {
        assumeFalse(ignoresHangUp(), "SIGHUP is ignored on this machine, as under nohup");
        configure("api-key = \"one\"\n");
        try (RunningProgram server = start()) {
            server.await("French painter");
            server.signal("HUP");
            assertThat(server.await(READ)).contains("Changed: none.");
        }
    }

    @Test
    void aRenewedCertificateIsServedToNewConnections() throws Exception {
        Certificates.Made first = Certificates.make(folder, "first", "RSA");
        Certificates.Made second = Certificates.make(folder, "second", "EC");
        Path chain = folder.resolve("live.crt");
        Path key = folder.resolve("live.key");
        Files.copy(first.chain(), chain);
        Files.copy(first.key(), key);
        configure("[tls]\ncertificate = \"" + chain + "\"\nkey = \"" + key + "\"\n");
        try (RunningProgram server = start();
                HttpClient before = trusting(first.authority());
                HttpClient after = trusting(second.authority())) {
            URI url = url(server);
            assertThat(url.getScheme()).isEqualTo("https");
            server.await("French painter");
            assertThat(models(before, url).statusCode()).isEqualTo(200);
            assertThat(refuses(after, url)).isTrue();

            // A key that does not fit yet changes nothing.
            replace(second.chain(), chain);
            server.await("is not the key of the certificate");
            replace(second.key(), key);
            assertThat(server.await(READ)).contains("Changed: the certificate.");
            assertThat(models(after, url).statusCode()).isEqualTo(200);
            try (HttpClient fresh = trusting(first.authority())) {
                assertThat(refuses(fresh, url)).isTrue();
            }
            // An open connection goes on.
            assertThat(models(before, url).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aWrongCertificateIsSaidBeforeTheModelIsLoaded() throws Exception {
        configure("[tls]\ncertificate = \"nothing.crt\"\n");
        try (RunningProgram server = start()) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.said()).contains("tls.key is not; TLS needs both");
        }
        configure("[tls]\ncertificate = \"nothing.crt\"\nkey = \"nothing.key\"\n");
        try (RunningProgram server = start()) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.said())
                    .contains("tls.certificate nothing.crt: there is no such file")
                    .doesNotContain("Loading");
        }
    }

    private static void replace(Path by, Path file) throws IOException {
        Path beside = file.resolveSibling("renewed");
        Files.copy(by, beside, StandardCopyOption.REPLACE_EXISTING);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean refuses(HttpClient client, URI url)
            throws IOException, InterruptedException {
        try {
            models(client, url);
            return false;
        } catch (SSLHandshakeException e) {
            return true;
        }
    }

    private static HttpClient trusting(Certificate certificate)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("server", certificate);
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }
}
