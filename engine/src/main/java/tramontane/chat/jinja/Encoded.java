package tramontane.chat.jinja;

import java.nio.charset.StandardCharsets;

/** Python's bytes, the result of {@code str.encode}. It keeps the text for {@code decode}. */
record Encoded(Text text) {
    byte[] bytes() {
        return text.chars().getBytes(StandardCharsets.UTF_8);
    }
}
