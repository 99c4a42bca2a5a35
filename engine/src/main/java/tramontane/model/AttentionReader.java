package tramontane.model;

import static tramontane.model.ModelConfig.bounded;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.AttentionShape;
import tramontane.model.AttentionConfig.Temperature;
import tramontane.model.RopeConfig.Scaling;
import tramontane.tensor.DType;

/**
 * Reads the attention configuration from a file's metadata, by the key names of the GGUF
 * specification and of llama.cpp's converters.
 */
final class AttentionReader {
    private static final int MAX_HEADS = 4096;
    private static final int MAX_HEAD_SIZE = 1024;
    private static final int GEMMA3_GLOBAL_EVERY = 6;
    private static final float GEMMA3_LOCAL_ROPE_BASE = 10_000;
    private static final int GEMMA3_27B_LAYERS = 62;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final Architecture architecture;
    private final String prefix;
    private final int width;
    private final int layers;
    private final int context;

    AttentionReader(GgufFile file, Architecture architecture, int width, int layers, int context) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
        this.prefix = architecture.ggufName();
        this.width = width;
        this.layers = layers;
        this.context = context;
    }

    AttentionConfig read() {
        return architecture.hasLatentAttention() ? readLatent() : readHeads();
    }

    private AttentionConfig readLatent() {
        LatentConfig sizes = LatentConfig.of(metadata, prefix);
        int heads = bounded(metadata, prefix + ".attention.head_count", 1, MAX_HEADS);
        double scale = 1 / StrictMath.sqrt(sizes.head());
        if (scaling() instanceof Scaling.Yarn yarn) {
            double magnitude = magnitude(yarn.factor(), logMultiplier());
            scale *= magnitude * magnitude;
        }
        AttentionShape shape = sizes.shape(heads, (float) scale);
        return new AttentionConfig(
                shape,
                shape,
                1,
                globalRope(sizes.rotated()),
                Optional.empty(),
                growth(),
                Optional.of(sizes));
    }

    private AttentionConfig readHeads() {
        int heads = bounded(metadata, prefix + ".attention.head_count", 1, MAX_HEADS);
        int kvHeads = metadata.findInt(prefix + ".attention.head_count_kv").orElse(heads);
        int headSize = metadata.findInt(prefix + ".attention.key_length").orElse(width / heads);
        int valueSize = metadata.findInt(prefix + ".attention.value_length").orElse(headSize);
        if (kvHeads < 1 || kvHeads > heads || heads % kvHeads != 0) {
            throw new ModelException(
                    heads + " attention heads cannot share " + kvHeads + " KV heads");
        }
        if (headSize != valueSize
                || headSize < 16
                || headSize % 16 != 0
                || headSize > MAX_HEAD_SIZE) {
            throw new ModelException(
                    "attention heads of "
                            + headSize
                            + " (keys) and "
                            + valueSize
                            + " (values) elements are not supported; both must be the same multiple"
                            + " of 16");
        }
        int window = metadata.findInt(prefix + ".attention.sliding_window").orElse(0);
        float scale = scale(heads, headSize);
        int rotated = metadata.findInt(prefix + ".rope.dimension_count").orElse(headSize);
        if (rotated < 2 || rotated % 2 != 0 || rotated > headSize) {
            throw new ModelException(
                    prefix + ".rope.dimension_count is " + rotated + ", heads have " + headSize);
        }
        boolean gemma = architecture == Architecture.GEMMA3;
        return new AttentionConfig(
                new AttentionShape(heads, kvHeads, headSize, scale, 0),
                new AttentionShape(heads, kvHeads, headSize, scale, Math.max(0, window)),
                gemma
                        ? metadata.findInt(prefix + ".attention.sliding_window_pattern")
                                .orElse(GEMMA3_GLOBAL_EVERY)
                        : 1,
                globalRope(rotated),
                gemma ? Optional.of(localRope(rotated)) : Optional.empty(),
                growth(),
                Optional.empty());
    }

    private Temperature growth() {
        int length =
                metadata.findInt(prefix + ".attention.temperature_length")
                        .orElse(originalContext());
        if (length < 1) {
            throw new ModelException(prefix + ".attention.temperature_length is " + length);
        }
        return new Temperature(
                metadata.findFloat(prefix + ".attention.temperature_scale").orElse(0), length);
    }

    private float scale(int heads, int headSize) {
        if (architecture == Architecture.GEMMA3 && layers == GEMMA3_27B_LAYERS) {
            return (float) (1 / StrictMath.sqrt((double) width / heads));
        }
        return metadata.findFloat(prefix + ".attention.scale").isPresent()
                ? metadata.getFloat(prefix + ".attention.scale")
                : (float) (1 / StrictMath.sqrt(headSize));
    }

    private RopeConfig globalRope(int rotated) {
        double base = metadata.findFloat(prefix + ".rope.freq_base").orElse(10_000);
        return RopeConfig.of(rotated, base, scaling(), frequencyFactors(rotated / 2));
    }

    private RopeConfig localRope(int rotated) {
        double base =
                metadata.findFloat(prefix + ".rope.freq_base_swa").orElse(GEMMA3_LOCAL_ROPE_BASE);
        return RopeConfig.of(rotated, base, new Scaling.None(), new float[0]);
    }

    private Scaling scaling() {
        double factor =
                metadata.findFloat(prefix + ".rope.scaling.factor")
                        .orElse(metadata.findFloat(prefix + ".rope.scale_linear").orElse(0));
        String type = metadata.findString(prefix + ".rope.scaling.type").orElse("linear");
        if (factor == 0 && !type.equals("yarn")) {
            factor = 1;
        }
        if (!(factor >= 1) || factor > 4096) {
            throw new ModelException(prefix + ".rope.scaling.factor is " + factor);
        }
        return switch (type) {
            case "none" -> new Scaling.None();
            case "linear" -> factor == 1 ? new Scaling.None() : new Scaling.Linear(factor);
            case "yarn" -> yarn(factor);
            default ->
                    throw new ModelException(
                            "rope scaling '"
                                    + type
                                    + "' is not supported; known are none, linear, yarn");
        };
    }

    private Scaling yarn(double factor) {
        double logMultiplier = logMultiplier();
        double ownMultiplier =
                architecture == Architecture.DEEPSEEK2 && logMultiplier != 0 ? logMultiplier : 1;
        double magnitude =
                magnitude(factor, ownMultiplier)
                        / (logMultiplier == 0 ? 1 : magnitude(factor, logMultiplier));
        return new Scaling.Yarn(
                factor,
                originalContext(),
                metadata.findFloat(prefix + ".rope.scaling.yarn_beta_fast").orElse(32),
                metadata.findFloat(prefix + ".rope.scaling.yarn_beta_slow").orElse(1),
                magnitude * metadata.findFloat(prefix + ".rope.scaling.attn_factor").orElse(1));
    }

    /** Files of models with latent attention have a tenth of it. */
    private double logMultiplier() {
        double stored = metadata.findFloat(prefix + ".rope.scaling.yarn_log_multiplier").orElse(0);
        return architecture.hasLatentAttention() ? stored * 10 : stored;
    }

    private static double magnitude(double factor, double multiplier) {
        return factor <= 1 ? 1 : 0.1 * multiplier * StrictMath.log(factor) + 1;
    }

    private int originalContext() {
        int original =
                metadata.findInt(prefix + ".rope.scaling.original_context_length").orElse(context);
        if (original < 1) {
            throw new ModelException(
                    prefix + ".rope.scaling.original_context_length is " + original);
        }
        return original;
    }

    private float[] frequencyFactors(int pairs) {
        Optional<TensorInfo> tensor = file.tensor("rope_freqs.weight");
        if (tensor.isEmpty()) {
            return new float[0];
        }
        TensorInfo factors = ModelConfig.shaped(tensor.get(), 1, pairs);
        if (factors.dtype() != DType.F32) {
            throw new ModelException(
                    "tensor rope_freqs.weight is " + factors.dtype() + ", expected F32");
        }
        float[] values = new float[pairs];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(factors.rowBytes());
            file.read(factors, 0, 1, data);
            MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values, 0, pairs);
        }
        return values;
    }
}
