package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.TemplateInput;
import tramontane.chat.TemplateSource;
import tramontane.chat.Tool;
import tramontane.gguf.GgufFile;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.TinyModel;

/** Which template of a file is used: llama.cpp chooses in {@code common_chat_templates_init}. */
class ModelTextTest {
    private static final String KEY = "tokenizer.chat_template";
    private static final String BODY = "{% for m in messages %}{{ m['content'] }}{% endfor %}";

    @TempDir Path folder;

    private GgufWriter writer() {
        return TinyModel.of(Architecture.LLAMA).gguf().put(KEY, "plain " + BODY);
    }

    @Test
    void conversationsWithToolsUseTheTemplateForTools() {
        GgufWriter writer = writer().put(KEY + ".tool_use", "tools " + BODY);
        assertThat(rendered(writer, false)).isEqualTo("plain hi");
        assertThat(rendered(writer, true)).isEqualTo("tools hi");
    }

    @Test
    void otherVariantsAndUnknownKeysChangeNothing() {
        GgufWriter writer =
                writer().put("tokenizer.chat_templates", List.of("rag"))
                        .put(KEY + ".rag", "{% broken")
                        .put("general.tags", List.of("a", "b"))
                        .put("general.sampling.temp", 0.3f)
                        .put("general.base_model.0.name", "base")
                        .put("general.dataset.count", 7L);
        assertThat(rendered(writer, false)).isEqualTo("plain hi");
        assertThat(rendered(writer, true)).isEqualTo("plain hi");
    }

    @Test
    void theTemplateForToolsServesAloneWhereThereIsNoOther() {
        GgufWriter writer = writer().remove(KEY).put(KEY + ".tool_use", "tools " + BODY);
        assertThat(rendered(writer, false)).isEqualTo("tools hi");
        writer.put(KEY + ".default", "default " + BODY);
        assertThat(rendered(writer, false)).isEqualTo("default hi");
        assertThat(rendered(writer, true)).isEqualTo("tools hi");
    }

    private String rendered(GgufWriter writer, boolean withTool) {
        Path path = folder.resolve("tiny.gguf");
        writer.write(path);
        try (GgufFile file = GgufFile.open(path)) {
            ModelText text = ModelText.of(file.metadata(), new TemplateSource.OfModel());
            Tool tool = new Tool("f", "", Map.of("type", "object"), false);
            TemplateInput input =
                    new TemplateInput(
                            List.of(Message.text(Role.USER, "hi")),
                            withTool ? List.of(tool) : List.of(),
                            true,
                            "",
                            "",
                            Map.of(),
                            LocalDateTime.of(2000, 1, 1, 0, 0));
            return text.template().orElseThrow().render(input).text();
        }
    }
}
