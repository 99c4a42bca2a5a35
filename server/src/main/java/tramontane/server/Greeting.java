package tramontane.server;

import java.io.PrintWriter;

/**
 * The text that {@code serve} prints once it is ready: the URL, the API key, and a command to try.
 */
final class Greeting {
    private Greeting() {}

    /**
     * A request to try.
     *
     * @param model its name in the request
     * @param embeds true for an embedding model
     */
    record Example(String model, boolean embeds) {
        private String path() {
            return embeds ? "/v1/embeddings" : "/v1/chat/completions";
        }

        private String question() {
            return embeds
                    ? "\"input\":[\"Who is the best French painter?\"]"
                    : "\"messages\":[{\"role\":\"user\",\"content\":\"Who is the best French painter?\"}]";
        }
    }

    static void print(PrintWriter out, String url, ServerKeys keys, Example example) {
        out.println();
        out.println("  Listening on  " + url);
        out.println("  API key       " + keys.shown());
        out.println();
        out.println("  Try it:");
        out.println("  curl " + url + example.path() + " \\");
        keys.header().ifPresent(header -> out.println("    -H " + header + " \\"));
        out.println("    -d '{\"model\":\"" + example.model + "\"," + example.question() + "}'");
        out.println();
        out.flush();
    }
}
