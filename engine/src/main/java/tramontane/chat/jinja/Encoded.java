package tramontane.chat.jinja;

import java.nio.charset.StandardCharsets;

/** Python's bytes, which only {@code str.encode} makes; it keeps the text for the way back. */
record Encoded(Text text) {
    byte[] bytes() {
        return text.chars().getBytes(StandardCharsets.UTF_8);
    }
}
