package tramontane.server;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import tools.jackson.databind.JsonNode;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.MistralVocabulary;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;

/** A tiny model that reads pictures, and requests with pictures for it. JSON has single quotes. */
final class TinyPictures {
    /** Writes the placeholder of pictures as Mistral's templates do, and continues prefixes. */
    private static final String TEMPLATE =
            "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}"
                    + "{{ message['content'] }}{{ eos_token }}{% else %}[INST]"
                    + "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
                    + "{% for block in message['content'] %}{% if block['type'] == 'text' %}"
                    + "{{ block['text'] }}{% else %}[IMG]{% endif %}{% endfor %}{% endif %}[/INST]"
                    + "{% endif %}{% endfor %}";

    static final RunOptions OPTIONS =
            new RunOptions(Optional.of(2), Optional.of(512), Optional.of(4));

    /** Of a picture: two by two tokens, a break and an end. */
    static final int TOKENS = 6;

    /** Rows of a picture that its encoder makes. */
    static final int ROWS = 4;

    private TinyPictures() {}

    /** Writes the model and its encoder. */
    static Path write(Path folder, String name, TinyVision encoder) {
        Path file = folder.resolve(name + ".gguf");
        GgufWriter model = TinyModel.of(Architecture.LLAMA).gguf();
        MistralVocabulary.putWithImages(model).put("tokenizer.chat_template", TEMPLATE).write(file);
        encoder.write(folder.resolve(name + ".mmproj.gguf"));
        return file;
    }

    static Backend open(Path folder, Machine machine, TinyVision encoder) throws IOException {
        return ModelBackend.load(
                write(folder, "tiny", encoder),
                new ModelCard.Names("tiny", List.of()),
                OPTIONS,
                machine);
    }

    static ServerUnderTest serve() throws IOException {
        return serve(KernelChoice.of(""));
    }

    static ServerUnderTest serve(Kernels kernels) throws IOException {
        return serve(kernels, TinyVision.ofMerging());
    }

    static ServerUnderTest serve(Kernels kernels, TinyVision encoder) throws IOException {
        return ServerUnderTest.with(
                (folder, machine) -> open(folder, machine, encoder), () -> kernels);
    }

    /** A picture in one colour. */
    static byte[] png(int rgb) throws IOException {
        BufferedImage picture = new BufferedImage(45, 31, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 45 * 31; i++) {
            picture.setRGB(i % 45, i / 45, rgb);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", bytes);
        return bytes.toByteArray();
    }

    static String url(byte[] file) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(file);
    }

    static String chunk(byte[] file) {
        return "{'type':'image_url','image_url':'" + url(file) + "'}";
    }

    /**
     * @param content chunks after the text, each with a comma before it
     */
    static String request(String content) {
        return request(content, "");
    }

    /**
     * @param fields more fields of the request, each with a comma before it
     */
    static String request(String content, String fields) {
        return "{'model':'tiny','random_seed':3,'max_tokens':8,'messages':[{'role':'user','content':["
                + "{'type':'text','text':'What is it?'}"
                + content
                + "]}]"
                + fields
                + "}";
    }

    /** Asks about a picture. */
    static String seeing(int rgb) throws IOException {
        return seeing(rgb, "");
    }

    static String seeing(int rgb, String fields) throws IOException {
        return request("," + chunk(png(rgb)), fields);
    }

    static int promptTokens(JsonNode answer) {
        return answer.at("/usage/prompt_tokens").intValue();
    }
}
