package tramontane.vision;

import java.util.List;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.model.ModelException;
import tramontane.model.PatchEncoderConfig;

/**
 * The hyperparameters of an image encoder.
 *
 * @param imageSize longest side of a picture in pixels; for GEMMA3, both sides of every picture
 * @param patch side of a patch in pixels
 * @param merge patches of a line, and lines of patches, that become one row
 * @param textWidth elements of a row: the width of the text model
 * @param mean of red, green and blue, for pixels from 0 to 1
 * @param deviation by which the difference from the mean is divided
 */
public record VisionConfig(
        VisionKind kind,
        int imageSize,
        int patch,
        int merge,
        int textWidth,
        List<Float> mean,
        List<Float> deviation) {
    /** True for a file with an encoder and a projector, of any modality. */
    public static boolean describes(GgufMetadata metadata) {
        return PatchEncoderConfig.describes(metadata);
    }

    /**
     * Reads and checks the configuration. Throws {@link ModelException} for an encoder that this
     * engine cannot run.
     */
    public static VisionConfig of(GgufFile file) {
        return of(PatchEncoderConfig.of(file));
    }

    static VisionConfig of(PatchEncoderConfig config) {
        PatchEncoderConfig.Picture picture = config.picture();
        return new VisionConfig(
                switch (config.kind()) {
                    case PIXTRAL -> VisionKind.PIXTRAL;
                    case GEMMA3 -> VisionKind.GEMMA3;
                },
                picture.size(),
                picture.patch(),
                picture.merge(),
                config.textWidth(),
                picture.mean(),
                picture.deviation());
    }

    /** Both sides of a picture are multiples of this number of pixels. */
    public int unit() {
        return patch * merge;
    }

    /**
     * Where the rows of a picture of this size lie in a prompt.
     *
     * @throws IllegalArgumentException for a size that the encoder does not take
     */
    public ImageGrid grid(int width, int height) {
        boolean fits =
                switch (kind) {
                    case PIXTRAL ->
                            Math.max(width, height) <= Math.ceilDiv(imageSize, unit()) * unit();
                    case GEMMA3 -> width == imageSize && height == imageSize;
                };
        if (!fits || width < 1 || height < 1 || width % unit() != 0 || height % unit() != 0) {
            throw new IllegalArgumentException(
                    "a picture of "
                            + width
                            + " x "
                            + height
                            + " pixels; the encoder takes "
                            + switch (kind) {
                                case PIXTRAL -> "multiples of " + unit() + " up to " + imageSize;
                                case GEMMA3 -> imageSize + " x " + imageSize;
                            });
        }
        return new ImageGrid(width / unit(), height / unit(), kind);
    }
}
