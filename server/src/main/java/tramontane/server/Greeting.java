package tramontane.server;

import java.io.PrintWriter;
import java.util.Optional;
import tramontane.catalog.CatalogEntry;

/**
 * The text that {@code serve} prints once it is ready: the URL, the API key, a command to try, and
 * a better model where there is one.
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

    /**
     * @param better a better model than the one that is served
     */
    static void print(
            PrintWriter out,
            String url,
            ServerKeys keys,
            Example example,
            Optional<CatalogEntry> better) {
        out.println();
        out.println("  Listening on  " + url);
        out.println("  API key       " + keys.shown());
        out.println();
        out.println("  Try it:");
        out.println("  curl " + url + example.path() + " \\");
        keys.header().ifPresent(header -> out.println("    -H " + header + " \\"));
        out.println("    -d '{\"model\":\"" + example.model + "\"," + example.question() + "}'");
        out.println();
        better.ifPresent(model -> printBetter(out, model));
        out.flush();
    }

    private static void printBetter(PrintWriter out, CatalogEntry better) {
        out.println("  This model is small, for trying. The best one for chat that fits the free");
        out.println("  memory is " + better.label().title() + ":");
        out.printf(
                "  %s serve --model %s    (fetches %s, takes %s of memory)%n%n",
                CommandName.in("./tramontane"),
                better.name(),
                ListModels.size(better.totalBytes()),
                ListModels.size(better.totalRamBytes()));
    }
}
