package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Every byte sequence is a bounded tree or a typed error. */
class JsonBodyTest {
    private static void refused(byte[] body, String type, String reason) {
        assertThatThrownBy(() -> JsonBody.parse(body))
                .as(reason)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        error -> {
                            assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                            assertThat(error.body().at("/detail/0/type").stringValue())
                                    .isEqualTo(type);
                            assertThat(error.getMessage()).contains(reason).doesNotContain("`");
                        });
    }

    private static void refused(String body, String reason) {
        refused(body.getBytes(StandardCharsets.UTF_8), "json_invalid", reason);
    }

    @Test
    void brokenTextIsRefusedWithItsReason() {
        refused("{", "Unexpected end-of-input");
        refused("{\"a\":1} x", "JSON decode error");
        refused("{\"a\":1}{}", "JSON decode error");
        refused("{\"a\":1,\"a\":2}", "Duplicate Object property");
        refused("{\"a\":NaN}", "NaN");
        refused("{\"a\":Infinity}", "Infinity");
        refused("{\"a\":01}", "JSON decode error");
        refused("{'a':1}", "JSON decode error");
        refused("{\"a\":1,}", "JSON decode error");
        refused("// note\n{}", "JSON decode error");
        refused("\"\u0001\"", "JSON decode error");
        refused("[" + "1".repeat(1001) + "]", "JSON decode error");
        refused("{\"a\":{\"b\":[0," + "1".repeat(1001) + "]}}", "(1000) at /a/b/1");
        refused(new byte[0], "missing", "Field required");
        refused("  \n".getBytes(StandardCharsets.UTF_8), "missing", "Field required");
    }

    @Test
    void brokenUtf8IsRefused() {
        refused(new byte[] {'"', (byte) 0xff, '"'}, "json_invalid", "not valid UTF-8");
        // An overlong slash, a surrogate in UTF-8, and a sequence cut short.
        refused(new byte[] {'"', (byte) 0xc0, (byte) 0xaf, '"'}, "json_invalid", "not valid UTF-8");
        refused(
                new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'},
                "json_invalid",
                "not valid UTF-8");
        refused(new byte[] {'"', (byte) 0xe2, (byte) 0x82}, "json_invalid", "not valid UTF-8");
        refused("{}".getBytes(StandardCharsets.UTF_16LE), "json_invalid", "JSON decode error");
    }

    @Test
    void depthAndNodesAreBounded() {
        refused("[".repeat(129) + "]".repeat(129), "(129) exceeds the maximum allowed (128)");
        refused(
                "[" + "{},".repeat(600_000) + "{}]",
                "Token count (1000001) exceeds the maximum allowed (1000000)");
    }

    @Test
    void aByteOrderMarkIsNoText() throws ApiException {
        assertThat(JsonBody.parse("\uFEFF{}".getBytes(StandardCharsets.UTF_8)).isObject()).isTrue();
        assertThat(
                        JsonBody.parse(
                                        ("[".repeat(128) + "]".repeat(128))
                                                .getBytes(StandardCharsets.UTF_8))
                                .isArray())
                .isTrue();
    }
}
