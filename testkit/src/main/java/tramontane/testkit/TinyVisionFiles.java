package tramontane.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Writes every tiny image encoder that goldens exist for, and its text models, into a folder. */
public final class TinyVisionFiles {
    private TinyVisionFiles() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (TinyVision vision : all()) {
            vision.write(folder.resolve(vision.label() + ".gguf"));
        }
        for (TinyModel model : texts()) {
            model.write(folder.resolve(model.label() + ".gguf"));
        }
    }

    public static List<TinyVision> all() {
        return Stream.of(WeightFormat.F32, WeightFormat.F16, WeightFormat.BF16, WeightFormat.Q8_0)
                .flatMap(format ->
                        Stream.of(1, 2)
                                .map(merge ->
                                        TinyVision.ofMerging().withFormat(format).withMerge(merge)))
                .toList();
    }

    /** The models that read pictures: that of Pixtral 12B and that of Mistral Small 3.1. */
    public static List<TinyModel> texts() {
        return List.of(TinyModel.of(Architecture.LLAMA));
    }
}
