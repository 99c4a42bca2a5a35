package tramontane.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.kernel.AttentionShape;

/**
 * The hyperparameters of an image encoder with the architecture of Pixtral (Agrawal et al. 2024),
 * as converters write them to a projector file (mmproj).
 *
 * @param textWidth elements of a row that the text model reads
 * @param ropeBase of the rotary positions in two dimensions
 */
public record PatchEncoderConfig(Layers layers, Picture picture, int textWidth, double ropeBase) {
    /** The architecture's name in a GGUF file. */
    public static final String ARCHITECTURE = "clip";

    private static final String PROJECTOR = "pixtral";
    private static final String PREFIX = ARCHITECTURE + ".vision.";
    private static final double ROPE_BASE = 10_000;
    private static final int MAX_HEADS = 4096;
    private static final int MAX_PATCH = 256;
    private static final int MAX_MERGE = 8;
    private static final int MAX_SIZE = 8192;
    private static final int CHANNELS = 3;

    /**
     * The layers of the encoder.
     *
     * @param width elements of a patch's row between layers
     * @param feedForward elements inside the feed-forward network
     * @param epsilon of every norm
     */
    public record Layers(
            int count, int width, int feedForward, float epsilon, AttentionShape attention) {}

    /**
     * The pictures that the encoder takes.
     *
     * @param size longest side in pixels
     * @param patch side of a patch in pixels
     * @param merge patches of a line, and lines of patches, that become one row
     * @param mean of red, green and blue, for pixels from 0 to 1
     * @param deviation by which the difference from the mean is divided
     */
    public record Picture(int size, int patch, int merge, List<Float> mean, List<Float> deviation) {
        /** Both sides of a picture are multiples of this number of pixels. */
        public int unit() {
            return patch * merge;
        }

        /** The longest side after it is rounded up to whole units. */
        public int maxSide() {
            return Math.ceilDiv(size, unit()) * unit();
        }

        int maxPatches() {
            return (maxSide() / patch) * (maxSide() / patch);
        }

        int patchElements() {
            return CHANNELS * patch * patch;
        }
    }

    /** True for a file with an encoder and a projector, of any modality. */
    public static boolean describes(GgufMetadata metadata) {
        return metadata.getString("general.architecture").equals(ARCHITECTURE);
    }

    /**
     * Reads and checks the configuration. Throws {@link ModelException} for an encoder that this
     * engine cannot run.
     */
    public static PatchEncoderConfig of(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        if (!describes(metadata)) {
            throw new ModelException("the file has no image encoder; it is not a mmproj file");
        }
        String projector =
                metadata.findString(ARCHITECTURE + ".projector_type")
                        .or(() -> metadata.findString(PREFIX + "projector_type"))
                        .orElse("none");
        if (!projector.equals(PROJECTOR)) {
            throw new ModelException(
                    "image encoders with the projector type '"
                            + projector
                            + "' are not supported; known is "
                            + PROJECTOR);
        }
        if (!metadata.findBool(ARCHITECTURE + ".use_silu").orElse(false)) {
            throw new ModelException("the image encoder does not use silu, as Pixtral does");
        }
        return new PatchEncoderConfig(
                layers(metadata),
                picture(metadata),
                ModelConfig.multipleOf32(metadata, PREFIX + "projection_dim"),
                positive(
                        ARCHITECTURE + ".rope.freq_base",
                        metadata.findFloat(ARCHITECTURE + ".rope.freq_base").orElse(ROPE_BASE)));
    }

    private static double positive(String key, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new ModelException(key + " is " + value + ", which is not a positive number");
        }
        return value;
    }

    private static Layers layers(GgufMetadata metadata) {
        int width = ModelConfig.multipleOf32(metadata, PREFIX + "embedding_length");
        int heads = ModelConfig.bounded(metadata, PREFIX + "attention.head_count", 1, MAX_HEADS);
        int headSize = ModelConfig.headSize(width, heads);
        return new Layers(
                ModelConfig.bounded(metadata, PREFIX + "block_count", 1, ModelConfig.MAX_LAYERS),
                width,
                ModelConfig.multipleOf32(metadata, PREFIX + "feed_forward_length"),
                (float)
                        positive(
                                PREFIX + "attention.layer_norm_epsilon",
                                metadata.getFloat(PREFIX + "attention.layer_norm_epsilon")),
                new AttentionShape(
                        heads, heads, headSize, (float) (1 / StrictMath.sqrt(headSize)), 0));
    }

    private static Picture picture(GgufMetadata metadata) {
        String merge = PREFIX + "spatial_merge_size";
        return new Picture(
                ModelConfig.bounded(metadata, PREFIX + "image_size", 1, MAX_SIZE),
                ModelConfig.bounded(metadata, PREFIX + "patch_size", 1, MAX_PATCH),
                metadata.findInt(merge).isPresent()
                        ? ModelConfig.bounded(metadata, merge, 1, MAX_MERGE)
                        : 1,
                channels(metadata, PREFIX + "image_mean", -1),
                channels(metadata, PREFIX + "image_std", 0));
    }

    /** Three numbers above {@code above}. */
    private static List<Float> channels(GgufMetadata metadata, String key, float above) {
        Optional<float[]> values = metadata.findFloats(key);
        boolean usable = values.isPresent() && values.get().length == CHANNELS;
        for (int i = 0; usable && i < CHANNELS; i++) {
            usable = values.get()[i] > above && Float.isFinite(values.get()[i]);
        }
        if (!usable) {
            throw new GgufException(key, "must have " + CHANNELS + " numbers above " + above);
        }
        return IntStream.range(0, CHANNELS).mapToObj(i -> values.get()[i]).toList();
    }
}
