package tramontane.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes every tiny image encoder that goldens exist for, and its text models, into a folder. */
public final class TinyVisionFiles {
    private static final List<WeightFormat> FORMATS =
            List.of(WeightFormat.F32, WeightFormat.F16, WeightFormat.BF16, WeightFormat.Q8_0);

    private TinyVisionFiles() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (TinyImageEncoder vision : all()) {
            vision.write(folder.resolve(vision.label() + ".gguf"));
        }
        for (TinyModel model : texts()) {
            model.write(folder.resolve(model.label() + ".gguf"));
        }
    }

    public static List<TinyImageEncoder> all() {
        List<TinyImageEncoder> all = new ArrayList<>();
        for (WeightFormat format : FORMATS) {
            for (int merge = 1; merge <= 2; merge++) {
                all.add(TinyVision.ofMerging().withFormat(format).withMerge(merge));
                all.add(TinySiglip.ofMerging().withFormat(format).withMerge(merge));
            }
        }
        all.add(TinySiglip.ofMerging().withFormat(WeightFormat.F16).withSwappedNames());
        for (WeightFormat format : List.of(WeightFormat.F32, WeightFormat.BF16)) {
            all.add(
                    TinyVision.ofMerging()
                            .withFormat(format)
                            .withWidth(TinyVision.ODD_HEADS_WIDTH));
        }
        return all;
    }

    /** The models that read pictures: like that of Pixtral and Mistral 3, and that of Gemma 3. */
    public static List<TinyModel> texts() {
        return List.of(TinyModel.of(Architecture.LLAMA), TinyModel.of(Architecture.GEMMA3));
    }
}
