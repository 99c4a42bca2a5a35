package tramontane.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes every tiny embedding model that golden vectors exist for into a folder. */
public final class TinyEmbedderFiles {
    private TinyEmbedderFiles() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        all().forEach((name, file) -> file.write(folder.resolve(name + ".gguf")));
    }

    /** The files by the names that the goldens use. */
    public static Map<String, GgufWriter> all() {
        Map<String, GgufWriter> files = new LinkedHashMap<>();
        for (WeightFormat format :
                new WeightFormat[] {WeightFormat.F32, WeightFormat.F16, WeightFormat.Q8_0}) {
            TinyEncoder encoder = TinyEncoder.ofMean().withFormat(format);
            files.put(encoder.label(), encoder.gguf());
        }
        for (int pooling = 2; pooling <= 3; pooling++) {
            TinyEncoder encoder = TinyEncoder.ofMean().withPooling(pooling);
            files.put(encoder.label(), encoder.gguf());
            files.put("qwen3-f32-" + pooling, decoder(pooling));
        }
        files.put("qwen3-f32-1", decoder(1));
        return files;
    }

    /** A decoder that is an embedding model, because its file declares a pooling. */
    public static GgufWriter decoder(int pooling) {
        return TinyModel.of(Architecture.QWEN3)
                .gguf()
                .put("qwen3.pooling_type", pooling)
                .put("tokenizer.ggml.add_eos_token", true);
    }
}
