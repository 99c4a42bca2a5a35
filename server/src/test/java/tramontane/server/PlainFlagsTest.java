package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tramontane.config.Configuration;

/** Flags that are read without picocli have the values that picocli gives them. */
class PlainFlagsTest {
    private static Configuration.Sources byPicocli(List<String> flags) throws Complaint {
        List<String> words = new ArrayList<>(List.of("serve"));
        words.addAll(flags);
        CommandLine commands = Commands.of(words.toArray(String[]::new));
        CommandLine.ParseResult parsed = commands.parseArgs(words.toArray(String[]::new));
        return SettingOptions.sources(parsed.subcommand().commandSpec(), Map.of());
    }

    private static void same(String... words) throws Complaint {
        List<String> flags = List.of(words);
        PlainFlags plain = PlainFlags.of(flags).orElseThrow(() -> new AssertionError(flags));
        assertThat(SettingSources.of(plain, Map.of())).isEqualTo(byPicocli(flags));
    }

    private static void left(String... words) {
        assertThat(PlainFlags.of(List.of(words))).as(String.join(" ", words)).isEmpty();
    }

    @Test
    void ordinaryFlagsHaveTheValuesThatPicocliGivesThem() throws Complaint {
        same();
        same("--model", "a");
        same("-m", "a", "--port", "9000");
        same("--model=a", "--model", "b", "--port=9000", "-m", "c");
        same("--packed-cache", "on", "--model=/a=b/c.gguf", "--alias", "a", "--alias", "b=c");
        same("--openai-fields", "--no-hosted-names", "--port", "0");
        same("--config", "a.toml", "--context", "4096");
        same("--config=a b.toml", "--api-key", "\"quoted\"", "--host", "localhost");
    }

    @Test
    void whatIsWrongOrUnusualIsLeftToPicocli() {
        left("--help");
        left("-h");
        left("model");
        left("--modle", "a");
        left("--model");
        left("--model", "");
        left("--model", "--port");
        left("--model=-a");
        left("--model", "@file");
        left("@file");
        left("-ma");
        left("-m=a");
        left("--port", "9000", "--port", "9001");
        left("--port", "http");
        left("--port", "-1");
        left("--config", "a", "--config", "b");
        left("--openai-fields", "--openai-fields");
        left("--openai-fields=true");
        left("--no-openai-fields");
        left("--hosted-names");
        left("--");
    }
}
