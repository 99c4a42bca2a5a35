package tramontane.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes every {@link TinyModel} that golden files exist for into a folder: the scripts that make
 * those files run this.
 */
public final class TinyModelFiles {
    private TinyModelFiles() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        for (TinyModel model : all()) {
            model.write(folder.resolve(model.label() + ".gguf"));
        }
    }

    /**
     * Each architecture in each format, and each treatment of positions that an architecture's real
     * files ask for.
     */
    public static List<TinyModel> all() {
        List<TinyModel> models = new ArrayList<>();
        for (Architecture architecture : Architecture.values()) {
            for (WeightFormat format : WeightFormat.values()) {
                if (format.isJudgedWith(architecture)) {
                    models.add(TinyModel.of(architecture).withFormat(format));
                }
            }
        }
        for (PositionVariant positions : PositionVariant.values()) {
            if (positions != PositionVariant.PLAIN) {
                models.add(TinyModel.of(Architecture.LLAMA).withPositions(positions));
            }
        }
        models.add(TinyModel.of(Architecture.QWEN2).withPositions(PositionVariant.YARN));
        models.add(TinyModel.of(Architecture.QWEN3).withPositions(PositionVariant.YARN));
        models.add(TinyModel.of(Architecture.GEMMA3).withPositions(PositionVariant.LINEAR));
        return models;
    }
}
