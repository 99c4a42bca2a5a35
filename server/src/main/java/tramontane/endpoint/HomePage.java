package tramontane.endpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tramontane.api.ModelCard;

/** {@code GET /}: what this is, for whoever opens the address in a browser. */
final class HomePage {
    private final ModelNames names;

    HomePage(ModelNames names) {
        this.names = names;
    }

    void show(Exchange exchange) throws IOException {
        StringBuilder models = new StringBuilder();
        for (ModelCard model : names.all()) {
            models.append("<li>").append(escape(model.id())).append("</li>\n");
        }
        String page =
                """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <title>Tramontane</title>
                <style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
                <h1>Tramontane</h1>
                <p>This server speaks Mistral's Chat Completion API. Point a client at this address; the paths are
                <code>POST /v1/chat/completions</code>, <code>GET /v1/models</code> and <code>GET /health</code>.</p>
                <p>It serves:</p>
                <ul>
                %s</ul>
                </html>
                """
                        .formatted(models);
        exchange.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
        exchange.send(200, "text/html; charset=utf-8", page.getBytes(StandardCharsets.UTF_8));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
