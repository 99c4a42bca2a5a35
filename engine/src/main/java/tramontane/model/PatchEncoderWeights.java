package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.Kernels;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.Workers;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * The weights of an image encoder and its projector. All of them are in memory, so the file can be
 * closed.
 *
 * @param patches from the pixels of a patch to its row
 */
public record PatchEncoderWeights(
        Linear patches, Start start, List<Layer> layers, Projector projector) {
    private static final String PATCHES = "v.patch_embd";
    private static final String POSITIONS = "v.position_embd.weight";
    private static final String GEMMA_PROJECTION = "mm.input_projection.weight";

    /**
     * The row of the token between two lines of a picture. Converters copy it from the text model,
     * from which this engine takes it.
     */
    private static final String BREAK = "v.token_embd.img_break";

    /** What happens to the rows of the patches before the first layer. */
    sealed interface Start {
        record Normed(RmsNorm norm) implements Start {}

        /** The row of a patch's position is added. */
        record Positioned(Tensor positions) implements Start {}
    }

    /** One layer: attention and feed-forward network, each with a norm before it. */
    record Layer(
            RowNorm attentionNorm,
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            RowNorm feedForwardNorm,
            PatchFeedForward.Layer feedForward) {}

    /** From patches to rows of the text model. */
    sealed interface Projector permits MergingProjector.Weights, PoolingProjector.Weights {}

    /** Whether the queries, keys and values of all layers will be bf16 numbers in memory. */
    enum Rounding {
        ALL,
        NOT_ALL,
        /** Some are F16, which may hold bf16 numbers or others. */
        UNKNOWN
    }

    static Rounding rounding(GgufFile file) {
        List<TensorInfo> readers =
                file.tensors().stream()
                        .filter(tensor ->
                                tensor.name().matches("v\\.blk\\.\\d+\\.attn_[qkv]\\.weight"))
                        .toList();
        if (!readers.stream().allMatch(MatrixReader::mayBeRounded)) {
            return Rounding.NOT_ALL;
        }
        boolean surely = readers.stream().allMatch(tensor -> tensor.dtype() == DType.BF16);
        return surely ? Rounding.ALL : Rounding.UNKNOWN;
    }

    /** Bytes that {@link #load} will allocate. */
    public static long packedBytes(GgufFile file) {
        int width = PatchEncoderConfig.of(file).layers().width();
        return file.tensors().stream()
                .filter(tensor -> !tensor.name().equals(BREAK))
                .mapToLong(tensor -> packedBytes(tensor, width))
                .sum();
    }

    private static long packedBytes(TensorInfo tensor, int width) {
        if (tensor.name().equals(GEMMA_PROJECTION)) {
            return PackedMatrix.packedBytes(DType.F32, (int) tensor.columns(), (int) tensor.rows());
        }
        if (tensor.rows() == 1 || !MatrixReader.mayBeRounded(tensor)) {
            return Weights.packedBytes(tensor);
        }
        // The tensor of the patches has a row for each line of a patch.
        boolean isPatches = tensor.name().startsWith(PATCHES);
        long rows = isPatches ? width : tensor.rows();
        long columns = tensor.rows() * tensor.columns() / rows;
        return PackedMatrix.packedBytes(DType.BF16_PAIRS, (int) rows, (int) columns);
    }

    public static PatchEncoderWeights load(
            WeightSource source,
            PatchEncoderConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        GgufFile file = source.file();
        try (MatrixReader matrices = new MatrixReader(source, kernels, workers, memory)) {
            Loader loader =
                    new Loader(file, config, matrices, new TensorReader(file, matrices, memory));
            return matrices.finish(
                    switch (config.kind()) {
                        case PIXTRAL -> loader.pixtral();
                        case GEMMA3 -> loader.gemma();
                    });
        }
    }

    /** Finds tensors by the names that GGUF converters use. */
    private record Loader(
            GgufFile file, PatchEncoderConfig config, MatrixReader matrices, TensorReader tensors) {
        PatchEncoderWeights pixtral() {
            List<Layer> layers =
                    layers(prefix ->
                            layer(
                                    prefix,
                                    new RowNorm.RootMeanSquare(rmsNorm(prefix + "ln1")),
                                    new RowNorm.RootMeanSquare(rmsNorm(prefix + "ln2")),
                                    gated(prefix)));
            return new PatchEncoderWeights(
                    patches(), new Start.Normed(rmsNorm("v.pre_ln")), layers, merging());
        }

        PatchEncoderWeights gemma() {
            List<Layer> layers =
                    layers(prefix ->
                            layer(
                                    prefix,
                                    new RowNorm.MeanAndVariance(layerNorm(prefix + "ln1")),
                                    new RowNorm.MeanAndVariance(layerNorm(prefix + "ln2")),
                                    plain(prefix)));
            int width = config.layers().width();
            TensorInfo positions =
                    ModelConfig.shaped(
                            file.required(POSITIONS), config.picture().maxPatches(), width);
            PoolingProjector.Weights projector =
                    new PoolingProjector.Weights(
                            layerNorm("v.post_ln"),
                            rmsNorm("mm.soft_emb_norm"),
                            tensors.transposed(GEMMA_PROJECTION, config.textWidth(), width));
            return new PatchEncoderWeights(
                    patches(), new Start.Positioned(matrices.copy(positions)), layers, projector);
        }

        private List<Layer> layers(Function<String, Layer> read) {
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < config.layers().count(); i++) {
                layers.add(read.apply("v.blk." + i + "."));
            }
            return layers;
        }

        /**
         * The weights of the convolution that makes rows of patches. Its kernels do not overlap, so
         * it is a product with the pixels of a patch: red, then green, then blue.
         */
        private Linear patches() {
            String name = PATCHES + ".weight";
            TensorInfo tensor = file.required(name);
            int width = config.layers().width();
            int patch = config.picture().patch();
            int elements = config.picture().patchElements();
            ModelConfig.shaped(tensor, (long) width * elements / patch, patch);
            DType dtype = tensor.dtype();
            if (dtype.isQuantized() || tensor.stored().isPresent()) {
                throw new ModelException(name + " is " + dtype + ", expected F32, F16 or BF16");
            }
            TensorInfo rows =
                    new TensorInfo(name, dtype, Optional.empty(), width, elements, tensor.offset());
            return new Linear(
                    matrices.readRounded(rows), tensors.optionalVector(PATCHES + ".bias", width));
        }

        private Layer layer(
                String prefix,
                RowNorm attentionNorm,
                RowNorm feedForwardNorm,
                PatchFeedForward.Layer feedForward) {
            int width = config.layers().width();
            return new Layer(
                    attentionNorm,
                    tensors.roundedLinear(prefix + "attn_q", width, width),
                    tensors.roundedLinear(prefix + "attn_k", width, width),
                    tensors.roundedLinear(prefix + "attn_v", width, width),
                    tensors.roundedLinear(prefix + "attn_out", width, width),
                    feedForwardNorm,
                    feedForward);
        }

        private PatchFeedForward.Layer gated(String prefix) {
            int width = config.layers().width();
            int inner = config.layers().feedForward();
            return new PatchFeedForward.Gated(
                    new FeedForward.Layer(
                            tensors.roundedLinear(prefix + "ffn_gate", inner, width),
                            tensors.roundedLinear(prefix + "ffn_up", inner, width),
                            tensors.roundedLinear(prefix + "ffn_down", width, inner),
                            false));
        }

        /** Until May 2025, converters swapped the names of the two matrices. */
        private PatchFeedForward.Layer plain(String prefix) {
            int width = config.layers().width();
            int inner = config.layers().feedForward();
            TensorInfo up = file.required(prefix + "ffn_up.weight");
            boolean swapped = up.rows() == width && up.columns() == inner && width != inner;
            return new PatchFeedForward.Plain(
                    tensors.roundedLinear(prefix + (swapped ? "ffn_down" : "ffn_up"), inner, width),
                    tensors.roundedLinear(
                            prefix + (swapped ? "ffn_up" : "ffn_down"), width, inner));
        }

        private MergingProjector.Weights merging() {
            int width = config.layers().width();
            int merged = width * config.picture().merge() * config.picture().merge();
            Optional<MergingProjector.Merger> merger =
                    config.picture().merge() == 1
                            ? Optional.empty()
                            : Optional.of(
                                    new MergingProjector.Merger(
                                            rmsNorm("mm.input_norm"),
                                            tensors.roundedLinear(
                                                    "mm.patch_merger", width, merged)));
            return new MergingProjector.Weights(
                    merger,
                    tensors.roundedLinear("mm.1", config.textWidth(), width),
                    tensors.roundedLinear("mm.2", config.textWidth(), config.textWidth()));
        }

        private RmsNorm rmsNorm(String name) {
            int width = config.layers().width();
            return new RmsNorm(
                    tensors.vector(file.required(name + ".weight"), width),
                    width,
                    config.layers().epsilon());
        }

        private LayerNorm layerNorm(String name) {
            int width = config.layers().width();
            return new LayerNorm(
                    tensors.vector(file.required(name + ".weight"), width),
                    tensors.vector(file.required(name + ".bias"), width),
                    width,
                    config.layers().epsilon());
        }
    }
}
