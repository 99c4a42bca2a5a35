import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.MistralVocabulary;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;

/** Writes a tiny random model that reads images, with its encoder beside it, into a folder. */
class SeeingTiny {
    /** Writes an image's placeholder where the message has the image, as Pixtral's template does. */
    private static final String TEMPLATE =
            "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST]"
                    + "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
                    + "{% for block in message['content'] %}{% if block['type'] == 'text' %}"
                    + "{{ block['text'] }}{% else %}[IMG]{% endif %}{% endfor %}{% endif %}[/INST]"
                    + "{% elif message['role'] == 'system' %}[SYSTEM_PROMPT]{{ message['content'] }}[/SYSTEM_PROMPT]"
                    + "{% else %}{{ message['content'] }}{{ eos_token }}{% endif %}{% endfor %}";

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        GgufWriter model = TinyModel.of(Architecture.LLAMA).gguf();
        MistralVocabulary.putWithImages(model)
                .put("tokenizer.chat_template", TEMPLATE)
                .put("llama.context_length", 16_384)
                .write(folder.resolve("seeing-tiny.gguf"));
        TinyVision.ofMerging().write(folder.resolve("mmproj-seeing-tiny.gguf"));
    }
}
