package tramontane.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tramontane.chat.jinja.Json;

/** Templates of many real models, with conversations and the output of Python's jinja2. */
public final class TemplateCases {
    private TemplateCases() {}

    /** Reads the file; the test is skipped if there is none. */
    public static Map<String, Object> read() throws IOException, InterruptedException {
        Path file = shared().resolve("data").resolve("chat-templates.json.xz");
        assumeTrue(
                Files.exists(file),
                "no " + file.getFileName() + ": give its folder as -Dtramontane.shared");
        try {
            Process xz = new ProcessBuilder("xz", "-dc", file.toString()).start();
            byte[] json = xz.getInputStream().readAllBytes();
            assertThat(xz.waitFor()).isZero();
            return Json.object(new String(json, StandardCharsets.UTF_8));
        } catch (IOException absent) {
            return abort("the xz command is needed to read " + file.getFileName());
        }
    }

    private static Path shared() {
        String given = System.getProperty("tramontane.shared", "");
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        Path root = Path.of("").toAbsolutePath();
        while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
            root = root.getParent();
        }
        return root.resolveSibling("shared");
    }
}
