package tramontane.image;

import java.time.Duration;

/**
 * How a server takes pictures: where from, and within which limits.
 *
 * @param sources of the bytes
 * @param decoder shared by all models, since one picture is decoded at a time
 */
public record ImageIntake(ImageSources sources, ImageDecoder decoder) {
    private static final Duration FETCH_LIMIT = Duration.ofSeconds(10);

    /**
     * @param hosts from which pictures may be fetched
     */
    public static ImageIntake of(ImageHosts hosts, long heapBytes) {
        ImageLimits limits = ImageLimits.forHeap(heapBytes);
        return new ImageIntake(
                new ImageSources(limits, new ImageFetcher(hosts, FETCH_LIMIT)),
                new ImageDecoder(limits));
    }
}
