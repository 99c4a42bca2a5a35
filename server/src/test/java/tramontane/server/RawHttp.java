package tramontane.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** HTTP as the bytes of a socket, for what no client would send. */
final class RawHttp {
    private RawHttp() {}

    static String request(String json) {
        String body = json.replace('\'', '"');
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length
                + "\r\n\r\n"
                + body;
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** Everything until the server closes; a reset ends it as well. */
    static String readToEnd(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = socket.getInputStream();
        try {
            byte[] block = in.readNBytes(1);
            while (block.length > 0) {
                text.append(new String(block, StandardCharsets.UTF_8));
                block = in.readNBytes(Math.max(1, in.available()));
            }
        } catch (java.net.SocketException reset) {
            text.append("<reset>");
        }
        return text.toString();
    }
}
