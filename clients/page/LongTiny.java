import java.io.IOException;
import java.nio.file.Path;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Writes a tiny random model with a long context, which writes thousands of tokens a second. */
class LongTiny {
    public static void main(String[] args) throws IOException {
        TinyModel.of(Architecture.LLAMA)
                .gguf()
                .put("llama.context_length", 16_384)
                .write(Path.of(args[0]));
    }
}
