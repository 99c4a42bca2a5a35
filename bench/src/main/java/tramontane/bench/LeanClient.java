package tramontane.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a streamed answer from a plain socket and only counts. A client that parses every chunk
 * takes processor time from a server on the same cores, and that would be charged to the server.
 */
record LeanClient(URI url) {
    private static final Pattern TOKENS = Pattern.compile("\"completion_tokens\":(\\d+)");
    private static final byte[] END =
            "data: [DONE]\n\n\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** The tokens of the answer, once it is complete. */
    int stream(ObjectNode body) throws IOException {
        byte[] json = body.put("stream", true).toString().getBytes(StandardCharsets.UTF_8);
        String head =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Type: application/json\r\nContent-Length: "
                        + json.length
                        + "\r\n\r\n";
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setTcpNoDelay(true);
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            request.writeBytes(json);
            socket.getOutputStream().write(request.toByteArray());
            return tokens(socket.getInputStream());
        }
    }

    private static int tokens(InputStream in) throws IOException {
        byte[] answer = new byte[1 << 20];
        int size = 0;
        while (!endsThere(answer, size)) {
            int read = in.read(answer, size, answer.length - size);
            if (read <= 0) {
                throw new IOException("the stream ended early: " + tail(answer, size));
            }
            size += read;
        }
        Matcher tokens = TOKENS.matcher(tail(answer, size));
        if (!tokens.find()) {
            throw new IOException("no usage at the end of the stream");
        }
        return Integer.parseInt(tokens.group(1));
    }

    private static boolean endsThere(byte[] answer, int size) {
        for (int i = 0; i < END.length; i++) {
            if (size < END.length || answer[size - END.length + i] != END[i]) {
                return false;
            }
        }
        return true;
    }

    private static String tail(byte[] answer, int size) {
        int from = Math.max(0, size - 1024);
        return new String(answer, from, size - from, StandardCharsets.UTF_8);
    }
}
