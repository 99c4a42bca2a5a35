package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.gguf.GgufFile;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.Kernels;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.Workers;
import tramontane.tensor.DType;

/**
 * The weights of an image encoder and its projector. All of them are in memory, so the file can be
 * closed.
 *
 * @param patches from the pixels of a patch to its row
 */
public record PatchEncoderWeights(
        Linear patches, RmsNorm inputNorm, List<Layer> layers, Projector projector) {
    private static final String PATCHES = "v.patch_embd.weight";

    /**
     * The row of the token between two lines of a picture. Converters copy it from the text model,
     * from which this engine takes it.
     */
    private static final String BREAK = "v.token_embd.img_break";

    /** One layer: attention and feed-forward network, each with a norm before it. */
    record Layer(
            RmsNorm attentionNorm,
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            RmsNorm feedForwardNorm,
            FeedForward.Layer feedForward) {}

    /** From patches to rows of the text model: second(gelu(first(merge(norm(x))))). */
    record Projector(Optional<Merger> merger, Linear first, Linear second) {}

    /** Makes one row of a square of patches (Mistral Small 3.1 and later). */
    record Merger(RmsNorm norm, Linear linear) {}

    /** Bytes that {@link #load} will allocate. */
    public static long packedBytes(GgufFile file) {
        return file.tensors().stream()
                .filter(tensor -> !tensor.name().equals(BREAK))
                .mapToLong(Weights::packedBytes)
                .sum();
    }

    public static PatchEncoderWeights load(
            GgufFile file,
            PatchEncoderConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        try (MatrixReader matrices = new MatrixReader(file, kernels, workers, memory)) {
            return new Loader(file, config, matrices, new TensorReader(file, matrices, memory))
                    .load();
        }
    }

    /** Finds tensors by the names that GGUF converters use. */
    private record Loader(
            GgufFile file, PatchEncoderConfig config, MatrixReader matrices, TensorReader tensors) {
        PatchEncoderWeights load() {
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < config.layers().count(); i++) {
                layers.add(layer("v.blk." + i + "."));
            }
            return new PatchEncoderWeights(patches(), norm("v.pre_ln"), layers, projector());
        }

        /**
         * The weights of the convolution that makes rows of patches. Its kernels do not overlap, so
         * it is a product with the pixels of a patch: red, then green, then blue.
         */
        private Linear patches() {
            TensorInfo tensor = file.required(PATCHES);
            int width = config.layers().width();
            int patch = config.picture().patch();
            int elements = config.picture().patchElements();
            ModelConfig.shaped(tensor, (long) width * elements / patch, patch);
            DType dtype = tensor.dtype();
            if (dtype.isQuantized() || tensor.stored().isPresent()) {
                throw new ModelException(PATCHES + " is " + dtype + ", expected F32, F16 or BF16");
            }
            TensorInfo rows =
                    new TensorInfo(
                            PATCHES, dtype, Optional.empty(), width, elements, tensor.offset());
            return new Linear(matrices.read(rows), Optional.empty());
        }

        private Layer layer(String prefix) {
            int width = config.layers().width();
            int inner = config.layers().feedForward();
            return new Layer(
                    norm(prefix + "ln1"),
                    tensors.linear(prefix + "attn_q", width, width),
                    tensors.linear(prefix + "attn_k", width, width),
                    tensors.linear(prefix + "attn_v", width, width),
                    tensors.linear(prefix + "attn_out", width, width),
                    norm(prefix + "ln2"),
                    new FeedForward.Layer(
                            tensors.linear(prefix + "ffn_gate", inner, width),
                            tensors.linear(prefix + "ffn_up", inner, width),
                            tensors.linear(prefix + "ffn_down", width, inner),
                            false));
        }

        private Projector projector() {
            int width = config.layers().width();
            int merged = width * config.picture().merge() * config.picture().merge();
            Optional<Merger> merger =
                    config.picture().merge() == 1
                            ? Optional.empty()
                            : Optional.of(
                                    new Merger(
                                            norm("mm.input_norm"),
                                            tensors.linear("mm.patch_merger", width, merged)));
            return new Projector(
                    merger,
                    tensors.linear("mm.1", config.textWidth(), width),
                    tensors.linear("mm.2", config.textWidth(), config.textWidth()));
        }

        private RmsNorm norm(String name) {
            int width = config.layers().width();
            return new RmsNorm(
                    tensors.vector(file.required(name + ".weight"), width),
                    width,
                    config.layers().epsilon());
        }
    }
}
