package tramontane.testkit;

import java.nio.file.Path;

/** An image encoder that is small enough to be written in a test. */
public sealed interface TinyImageEncoder permits TinyVision, TinySiglip {
    /** The format of its matrices. */
    WeightFormat format();

    /** A name that tells everything but the seed. */
    String label();

    /** The file before it is written, so that a test can spoil it. */
    GgufWriter gguf();

    default Path write(Path path) {
        gguf().write(path);
        return path;
    }
}
