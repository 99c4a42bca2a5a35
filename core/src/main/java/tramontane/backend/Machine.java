package tramontane.backend;

import java.time.InstantSource;
import java.util.function.Supplier;
import tramontane.image.ImageHosts;
import tramontane.image.ImageIntake;
import tramontane.kernel.Kernels;

/**
 * The resources that a model may use.
 *
 * @param cores physical cores
 * @param availableBytes available memory
 * @param kernels created once, after the model file was opened
 * @param clock for templates that print the date
 * @param images how pictures of requests are taken
 * @param encoded the memory for encoded pictures, which all models share
 */
public record Machine(
        int cores,
        long availableBytes,
        Supplier<Kernels> kernels,
        InstantSource clock,
        ImageIntake images,
        EncodedImages encoded) {
    /** A machine that fetches no pictures. */
    public Machine(int cores, long availableBytes, Supplier<Kernels> kernels, InstantSource clock) {
        this(
                cores,
                availableBytes,
                kernels,
                clock,
                ImageIntake.of(ImageHosts.NONE, Runtime.getRuntime().maxMemory()),
                new EncodedImages(Runtime.getRuntime().maxMemory()));
    }

    /** The same machine with pictures from other places. */
    public Machine withImages(ImageIntake intake) {
        return new Machine(cores, availableBytes, kernels, clock, intake, encoded);
    }

    /** The same machine with another amount of memory for a model. */
    public Machine withAvailable(long bytes) {
        return new Machine(cores, bytes, kernels, clock, images, encoded);
    }
}
