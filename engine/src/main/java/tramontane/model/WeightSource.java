package tramontane.model;

import tramontane.gguf.GgufFile;
import tramontane.packed.PackedWeights;

/** Where the weights of a model come from: its file, and what an earlier load has packed of it. */
public record WeightSource(GgufFile file, PackedWeights packed) {
    /** A file whose weights must be packed. */
    public static WeightSource of(GgufFile file) {
        return new WeightSource(file, PackedWeights.none());
    }
}
