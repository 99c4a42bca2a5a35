package tramontane.image;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The reply to one GET request in HTTP/1.1, read with bounds of bytes and time.
 *
 * @param location where a redirect leads; empty if there is content
 */
record HttpReply(Optional<String> location, byte[] content) {
    private static final int MAX_LINE = 8192;
    private static final int MAX_HEADERS = 100;
    private static final int BUFFER = 16_384;

    /** Reads from a socket until a deadline, and counts what is left of the allowed bytes. */
    private record Source(Socket socket, InputStream in, long deadline) {
        int read(byte[] to, int length) throws IOException {
            socket.setSoTimeout(ImageFetcher.left(deadline));
            return in.read(to, 0, length);
        }

        String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            byte[] one = new byte[1];
            while (line.size() <= MAX_LINE) {
                if (read(one, 1) < 0) {
                    throw new EOFException();
                }
                if (one[0] == '\n') {
                    return line.toString(StandardCharsets.ISO_8859_1).strip();
                }
                line.write(one[0]);
            }
            throw new IOException("a line of more than " + MAX_LINE + " bytes");
        }
    }

    static HttpReply get(Socket socket, URI address, long deadline, int maxBytes)
            throws IOException, ImageException {
        // Other characters than those of ASCII are escaped.
        URI ascii = URI.create(address.toASCIIString());
        String path = ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath();
        String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        String request =
                "GET "
                        + path
                        + query
                        + " HTTP/1.1\r\nHost: "
                        + address.getHost()
                        + port
                        + "\r\nAccept: image/png, image/jpeg, image/gif, image/webp\r\n"
                        + "Accept-Encoding: identity\r\nUser-Agent: tramontane\r\n"
                        + "Connection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        Source source =
                new Source(socket, new BufferedInputStream(socket.getInputStream()), deadline);
        int status = status(source.line());
        Map<String, String> headers = headers(source);
        if (status >= 301 && status <= 308 && status != 304 && headers.containsKey("location")) {
            return new HttpReply(Optional.of(headers.get("location")), new byte[0]);
        }
        if (status != 200) {
            throw new ImageException("The image's host answered with status " + status);
        }
        if (!headers.getOrDefault("content-encoding", "identity").equals("identity")) {
            throw new ImageException(
                    "The image's host compressed the image, which was not asked for");
        }
        return new HttpReply(Optional.empty(), body(source, headers, maxBytes));
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
            throw new IOException("no status line of HTTP/1.1");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static Map<String, String> headers(Source source) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < MAX_HEADERS; i++) {
            String line = source.line();
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.putIfAbsent(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        throw new IOException("more than " + MAX_HEADERS + " headers");
    }

    private static byte[] body(Source source, Map<String, String> headers, int maxBytes)
            throws IOException, ImageException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String coding = headers.get("transfer-encoding");
        if (coding != null) {
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new IOException("an unknown transfer coding");
            }
            for (long length = chunk(source); length > 0; length = chunk(source)) {
                copy(source, body, length, maxBytes);
                if (!source.line().isEmpty()) {
                    throw new IOException("a chunk is longer than it says");
                }
            }
            return body.toByteArray();
        }
        String length = headers.get("content-length");
        if (length == null) {
            copyAll(source, body, maxBytes);
        } else if (length.matches("[0-9]{1,18}")) {
            copy(source, body, Long.parseLong(length), maxBytes);
        } else {
            throw new IOException("a length that is no number");
        }
        return body.toByteArray();
    }

    private static long chunk(Source source) throws IOException {
        String line = source.line();
        String size = line.contains(";") ? line.substring(0, line.indexOf(';')).strip() : line;
        if (!size.matches("[0-9a-fA-F]{1,15}")) {
            throw new IOException("no length of a chunk");
        }
        return Long.parseLong(size, 16);
    }

    private static void copy(Source source, ByteArrayOutputStream to, long length, int maxBytes)
            throws IOException, ImageException {
        if (length > maxBytes - to.size()) {
            throw ImageSources.tooLarge(maxBytes);
        }
        byte[] buffer = new byte[BUFFER];
        long left = length;
        while (left > 0) {
            int read = source.read(buffer, (int) Math.min(left, BUFFER));
            if (read < 0) {
                throw new EOFException();
            }
            to.write(buffer, 0, read);
            left -= read;
        }
    }

    private static void copyAll(Source source, ByteArrayOutputStream to, int maxBytes)
            throws IOException, ImageException {
        byte[] buffer = new byte[BUFFER];
        for (int read = source.read(buffer, BUFFER);
                read >= 0;
                read = source.read(buffer, BUFFER)) {
            to.write(buffer, 0, read);
            if (to.size() > maxBytes) {
                throw ImageSources.tooLarge(maxBytes);
            }
        }
    }
}
