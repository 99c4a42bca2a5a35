package tramontane.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compressed request bodies. */
class GzipWireTest {
    private static final String BODY =
            "{'model':'tiny','max_tokens':1,'messages':[{'content':'hi'}]%s}".replace('\'', '"');

    private static ServerUnderTest server;

    @BeforeAll
    static void start() throws IOException {
        server = ServerUnderTest.start();
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private static HttpResponse<String> post(String encoding, byte[] body)
            throws IOException, InterruptedException {
        return server.send(
                HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                        .header("content-encoding", encoding)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private static void check(String encoding, byte[] body, int status, String message)
            throws IOException, InterruptedException {
        HttpResponse<String> response = post(encoding, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(message);
    }

    @Test
    void gzipIsReadAndOtherEncodingsAreNamed() throws IOException, InterruptedException {
        byte[] plain = BODY.formatted("").getBytes(UTF_8);
        check("gzip", gzip(plain), 200, "choices");
        check("GZIP", gzip(plain), 200, "choices");
        check("x-gzip", gzip(plain), 200, "choices");
        check("identity", plain, 200, "choices");
        for (String other : new String[] {"br", "deflate", "zstd", "gzip, gzip"}) {
            check(other, plain, 415, "send the body as gzip");
            assertThat(post(other, plain).headers().firstValue("accept-encoding"))
                    .contains("gzip, identity");
        }
    }

    @Test
    void whatIsNoWholeGzipIsTheCallersFault() throws IOException, InterruptedException {
        byte[] packed = gzip(BODY.formatted("").getBytes(UTF_8));
        for (int length = 0; length < packed.length; length += 7) {
            check("gzip", Arrays.copyOf(packed, length), 400, "not a complete gzip stream");
        }
        check("gzip", BODY.formatted("").getBytes(UTF_8), 400, "not a complete gzip stream");
        byte[] spoilt = packed.clone();
        spoilt[packed.length - 6] ^= 1;
        check("gzip", spoilt, 400, "not a complete gzip stream");
    }

    @Test
    void aBodyIsBoundedByWhatItUnpacksTo() throws IOException, InterruptedException {
        byte[] spaces =
                BODY.formatted(" ".repeat(ServerUnderTest.LIMITS.bodyBytes())).getBytes(UTF_8);
        check("gzip", gzip(spaces), 413, "when decompressed");
        byte[] within = BODY.formatted(" ".repeat(100_000)).getBytes(UTF_8);
        check("gzip", gzip(within), 200, "choices");
    }
}
