package tramontane.vision;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.model.HiddenRows;
import tramontane.model.ModelException;
import tramontane.model.PatchEncoder;
import tramontane.model.PatchEncoderConfig;
import tramontane.model.PatchEncoderWeights;
import tramontane.model.WeightSource;
import tramontane.packed.PackedPlace;
import tramontane.packed.PackedWeights;

/**
 * A loaded image encoder. It has threads of its own, so that answers go on while it encodes. Any
 * thread may call it; pictures are encoded one after the other.
 */
public final class VisionModel implements AutoCloseable {
    /**
     * @param kernels those of the text model
     * @param threads that compute, including the caller's
     * @param textWidth of the text model; a projector for another width is refused
     * @param packed where packed weights are kept for the next load
     */
    public record Options(Kernels kernels, int threads, int textWidth, PackedPlace packed) {}

    private final Arena arena;
    private final PackedWeights packed;
    private final Workers workers;
    private final VisionConfig config;
    private final PatchEncoder encoder;

    /** Held while a picture is encoded; the one who waits longest is next. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private boolean closed;

    private VisionModel(Arena arena, Workers workers, GgufFile file, Options options) {
        this.arena = arena;
        this.workers = workers;
        PatchEncoderConfig layers = PatchEncoderConfig.of(file);
        if (layers.textWidth() != options.textWidth) {
            throw new ModelException(
                    "the image encoder makes rows of "
                            + layers.textWidth()
                            + " elements, the text model reads "
                            + options.textWidth
                            + ": they do not belong together");
        }
        config = VisionConfig.of(layers);
        SegmentAllocator memory = OffHeap.in(arena);
        packed = PackedWeights.open(file, options.packed);
        PatchEncoderWeights weights =
                PatchEncoderWeights.load(
                        new WeightSource(file, packed), layers, options.kernels, workers, memory);
        file.checkUnchanged();
        encoder =
                new PatchEncoder(
                        layers, weights, new HiddenRows.Parts(options.kernels, workers, memory));
        packed.save();
    }

    /**
     * Loads an encoder from an open file, which is not needed afterwards.
     *
     * @throws tramontane.gguf.GgufException when the file is broken
     * @throws tramontane.model.ModelException when the encoder cannot run here, or does not belong
     *     to the text model
     */
    // The arena is closed with the model, or here when loading fails.
    @SuppressWarnings("MustBeClosedChecker")
    public static VisionModel load(GgufFile file, Options options) {
        Arena arena = Arena.ofShared();
        Workers workers = new Workers(options.threads);
        try {
            return new VisionModel(arena, workers, file, options);
        } catch (RuntimeException | Error e) {
            workers.close();
            arena.close();
            throw e;
        }
    }

    /**
     * Memory that an encoder takes once it is loaded: weights and buffers.
     *
     * @throws tramontane.model.ModelException when the encoder cannot run here
     */
    public static long plannedBytes(GgufFile file, int threads) {
        return PatchEncoderWeights.packedBytes(file) + PatchEncoder.bufferBytes(file, threads);
    }

    public VisionConfig config() {
        return config;
    }

    /**
     * Encodes a picture.
     *
     * @throws IllegalArgumentException for a size that {@link VisionConfig#grid} refuses
     * @throws IllegalStateException when the encoder is closed
     * @throws InterruptedException when the thread is interrupted while it waits or encodes
     */
    public ImageRows embed(ImagePixels pixels) throws InterruptedException {
        ImageGrid grid = config.grid(pixels.width(), pixels.height());
        float[] rows = encode(pixels);
        if (rows.length == 0) {
            throw new InterruptedException("interrupted while a picture was encoded");
        }
        return new ImageRows(pixels.digest(), grid, config.textWidth(), rows);
    }

    private float[] encode(ImagePixels pixels) throws InterruptedException {
        turn.lockInterruptibly();
        try {
            if (closed) {
                throw new IllegalStateException("the image encoder is closed");
            }
            return encoder.encode(
                    pixels.rgb(), pixels.width(), pixels.height(), Thread::interrupted);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Waits until packed weights that are being written are written. Returns why they could not be,
     * if that is so.
     */
    public Optional<String> awaitPacked() throws InterruptedException {
        return packed.await();
    }

    /** Waits for the picture that is being encoded. */
    @Override
    public void close() {
        turn.lock();
        try {
            if (!closed) {
                closed = true;
                packed.close();
                workers.close();
                arena.close();
            }
        } finally {
            turn.unlock();
        }
    }
}
