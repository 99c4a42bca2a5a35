package tramontane.vision;

import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;

/**
 * A loaded image encoder. It has threads of its own, so that answers go on while it encodes. Any
 * thread may call it; pictures are encoded one after the other.
 */
public final class VisionModel implements AutoCloseable {
    private final VisionConfig config;

    /**
     * @param kernels those of the text model
     * @param threads that compute, including the caller's
     * @param textWidth of the text model; a projector for another width is refused
     */
    public record Options(Kernels kernels, int threads, int textWidth) {}

    private VisionModel(VisionConfig config) {
        this.config = config;
    }

    /**
     * Loads an encoder from an open file, which is not needed afterwards.
     *
     * @throws tramontane.gguf.GgufException when the file is broken
     * @throws tramontane.model.ModelException when the encoder cannot run here, or does not belong
     *     to the text model
     */
    public static VisionModel load(GgufFile file, Options options) {
        if (options.threads < 1) {
            throw new IllegalArgumentException("threads");
        }
        return new VisionModel(VisionConfig.of(file));
    }

    /** Memory that an encoder takes once it is loaded: weights and buffers. */
    public static long plannedBytes(GgufFile file, int threads) {
        throw new UnsupportedOperationException(file.toString() + threads);
    }

    public VisionConfig config() {
        return config;
    }

    /**
     * Encodes a picture.
     *
     * @throws IllegalArgumentException for a size that {@link VisionConfig#grid} refuses
     * @throws InterruptedException when the thread is interrupted while it waits or encodes
     */
    public ImageRows embed(ImagePixels pixels) throws InterruptedException {
        throw new UnsupportedOperationException(pixels.toString());
    }

    @Override
    public void close() {}
}
