package tramontane.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.kernel.AttentionShape;

/**
 * The hyperparameters of an image encoder, as converters write them to a projector file (mmproj).
 *
 * @param textWidth elements of a row that the text model reads
 * @param ropeBase of the rotary positions of Pixtral in two dimensions
 */
public record PatchEncoderConfig(
        Kind kind, Layers layers, Picture picture, int textWidth, double ropeBase) {
    /** The architectures, with the names of their projectors. */
    public enum Kind {
        /** Pixtral (Agrawal et al. 2024). */
        PIXTRAL("pixtral"),
        /** SigLIP (Zhai et al. 2023) with the projector of Gemma 3 (2025). */
        GEMMA3("gemma3");

        private final String projector;

        Kind(String projector) {
            this.projector = projector;
        }

        private static Kind of(String projector) {
            return Arrays.stream(values())
                    .filter(kind -> kind.projector.equals(projector))
                    .findFirst()
                    .orElseThrow(() ->
                            new ModelException(
                                    "image encoders with the projector type '"
                                            + projector
                                            + "' are not supported; known are "
                                            + Arrays.stream(values())
                                                    .map(kind -> kind.projector)
                                                    .collect(Collectors.joining(", "))));
        }
    }

    /** The architecture's name in a GGUF file. */
    public static final String ARCHITECTURE = "clip";

    private static final String PREFIX = ARCHITECTURE + ".vision.";
    private static final double ROPE_BASE = 10_000;
    private static final int MAX_HEADS = 4096;
    private static final int MAX_PATCH = 256;
    private static final int MAX_MERGE = 8;
    private static final int MAX_SIZE = 8192;
    private static final int CHANNELS = 3;

    /** Half of a head's pairs of elements are rotated by the line, and half by the column. */
    private static final int ROTATED_UNIT = 4;

    /** Patches of a line that Gemma 3 pools, where the file does not say otherwise. */
    private static final int GEMMA_MERGE = 4;

    /** Rows of a picture of Gemma 3: the text model computes all of them in one step. */
    private static final int MAX_GEMMA_ROWS = 256;

    /**
     * The layers of the encoder.
     *
     * @param width elements of a patch's row between layers
     * @param feedForward elements inside the feed-forward network
     * @param epsilon of every norm
     * @param headSize elements of an attention head
     * @param attention with heads that zeros widen to a size that kernels compute
     */
    public record Layers(
            int count,
            int width,
            int feedForward,
            float epsilon,
            int headSize,
            AttentionShape attention) {
        /** Elements of a row of widened heads. */
        int headsWidth() {
            return attention.queryHeads() * attention.headSize();
        }

        boolean widened() {
            return headSize != attention.headSize();
        }
    }

    /**
     * The pictures that the encoder takes.
     *
     * @param size longest side in pixels; for Gemma 3, both sides of every picture
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
        Kind kind =
                Kind.of(
                        metadata.findString(ARCHITECTURE + ".projector_type")
                                .or(() -> metadata.findString(PREFIX + "projector_type"))
                                .orElse("none"));
        checkActivation(metadata, kind);
        return new PatchEncoderConfig(
                kind,
                layers(metadata, kind),
                picture(metadata, kind),
                ModelConfig.multipleOf32(metadata, PREFIX + "projection_dim"),
                positive(
                        ARCHITECTURE + ".rope.freq_base",
                        metadata.findFloat(ARCHITECTURE + ".rope.freq_base").orElse(ROPE_BASE)));
    }

    private static void checkActivation(GgufMetadata metadata, Kind kind) {
        String name =
                switch (kind) {
                    case PIXTRAL -> "silu";
                    case GEMMA3 -> "gelu";
                };
        if (!metadata.findBool(ARCHITECTURE + ".use_" + name).orElse(false)) {
            throw new ModelException(
                    "the image encoder does not use "
                            + name
                            + ", as others with the projector "
                            + kind.projector
                            + " do");
        }
    }

    private static double positive(String key, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new ModelException(key + " is " + value + ", which is not a positive number");
        }
        return value;
    }

    private static Layers layers(GgufMetadata metadata, Kind kind) {
        int width = ModelConfig.multipleOf32(metadata, PREFIX + "embedding_length");
        int heads = ModelConfig.bounded(metadata, PREFIX + "attention.head_count", 1, MAX_HEADS);
        int headSize = headSize(width, heads);
        if (kind == Kind.PIXTRAL && headSize % ROTATED_UNIT != 0) {
            throw new ModelException(
                    "a head of "
                            + headSize
                            + " elements cannot be rotated by lines and columns; it must be a"
                            + " multiple of "
                            + ROTATED_UNIT);
        }
        return new Layers(
                ModelConfig.bounded(metadata, PREFIX + "block_count", 1, ModelConfig.MAX_LAYERS),
                width,
                switch (kind) {
                    case PIXTRAL ->
                            ModelConfig.multipleOf32(metadata, PREFIX + "feed_forward_length");
                    case GEMMA3 -> multipleOf16(metadata, PREFIX + "feed_forward_length");
                },
                (float)
                        positive(
                                PREFIX + "attention.layer_norm_epsilon",
                                metadata.getFloat(PREFIX + "attention.layer_norm_epsilon")),
                headSize,
                new AttentionShape(
                        heads,
                        heads,
                        Math.ceilDiv(headSize, 16) * 16,
                        (float) (1 / StrictMath.sqrt(headSize)),
                        0));
    }

    private static int headSize(int width, int heads) {
        if (width % heads != 0) {
            throw new ModelException(heads + " heads do not divide a width of " + width);
        }
        return width / heads;
    }

    /** SigLIP's feed-forward network has 4304 elements. */
    private static int multipleOf16(GgufMetadata metadata, String key) {
        int value = ModelConfig.bounded(metadata, key, 16, ModelConfig.MAX_WIDTH);
        if (value % 16 != 0) {
            throw new ModelException(key + " is " + value + ", which is not a multiple of 16");
        }
        return value;
    }

    private static Picture picture(GgufMetadata metadata, Kind kind) {
        Picture picture =
                new Picture(
                        ModelConfig.bounded(metadata, PREFIX + "image_size", 1, MAX_SIZE),
                        ModelConfig.bounded(metadata, PREFIX + "patch_size", 1, MAX_PATCH),
                        switch (kind) {
                            case PIXTRAL -> merge(metadata, "spatial_merge_size", 1);
                            case GEMMA3 -> merge(metadata, "projector.scale_factor", GEMMA_MERGE);
                        },
                        channels(metadata, PREFIX + "image_mean", -1),
                        channels(metadata, PREFIX + "image_std", 0));
        if (kind == Kind.GEMMA3) {
            checkWholeUnits(picture);
        }
        return picture;
    }

    private static int merge(GgufMetadata metadata, String name, int otherwise) {
        return metadata.findInt(PREFIX + name).isPresent()
                ? ModelConfig.bounded(metadata, PREFIX + name, 1, MAX_MERGE)
                : otherwise;
    }

    private static void checkWholeUnits(Picture picture) {
        int side = picture.size() / picture.unit();
        if (picture.size() % picture.unit() != 0 || side * side > MAX_GEMMA_ROWS) {
            throw new ModelException(
                    "pictures of "
                            + picture.size()
                            + " x "
                            + picture.size()
                            + " pixels in cells of "
                            + picture.unit()
                            + " are not supported; a picture must have whole cells, at most "
                            + MAX_GEMMA_ROWS);
        }
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
