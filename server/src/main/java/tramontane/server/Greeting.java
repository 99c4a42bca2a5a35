package tramontane.server;

import java.io.PrintWriter;
import java.net.InetSocketAddress;

/** What {@code serve} says once it answers: where, with which key, and a line to try it with. */
final class Greeting {
    private Greeting() {}

    static void print(PrintWriter out, InetSocketAddress address, int port, ServerKeys keys) {
        String url = "http://" + reachable(address) + ":" + port;
        out.println();
        out.println("  Listening on  " + url);
        out.println("  API key       " + keys.shown());
        out.println();
        out.println("  Try it:");
        out.println("  curl " + url + "/v1/chat/completions \\");
        keys.header().ifPresent(header -> out.println("    -H " + header + " \\"));
        out.println(
                "    -d '{\"model\":\"mistral-small-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Who is the best French painter?\"}]}'");
        out.println();
        out.flush();
    }

    /**
     * An address to type: 0.0.0.0 listens everywhere and can be reached by the name of this
     * machine.
     */
    private static String reachable(InetSocketAddress address) {
        if (address.getAddress().isAnyLocalAddress()) {
            return "127.0.0.1";
        }
        String host = address.getHostString();
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
