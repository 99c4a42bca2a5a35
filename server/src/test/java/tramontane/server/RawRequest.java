package tramontane.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A request as servers of tests read it from a socket.
 *
 * @param head the request line and the headers, with the empty line after them
 */
record RawRequest(String head, byte[] body) {
    private static final String LENGTH = "content-length:";

    /**
     * Reads one request.
     *
     * @throws IOException if the connection ends before
     */
    static RawRequest read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.US_ASCII);
        int length =
                text.toLowerCase(Locale.ROOT)
                        .lines()
                        .filter(line -> line.startsWith(LENGTH))
                        .mapToInt(line -> Integer.parseInt(line.substring(LENGTH.length()).strip()))
                        .findFirst()
                        .orElse(0);
        return new RawRequest(text, in.readNBytes(length));
    }

    /** Head and body. */
    String text() {
        return head + new String(body, StandardCharsets.UTF_8);
    }
}
