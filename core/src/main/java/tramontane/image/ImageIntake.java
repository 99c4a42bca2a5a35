package tramontane.image;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * How a server takes pictures: where from, and within which limits.
 *
 * @param hosts from which pictures may be fetched
 * @param sources of the bytes
 * @param decoder shared by all models, since one picture is decoded at a time
 */
public record ImageIntake(ImageHosts hosts, ImageSources sources, ImageDecoder decoder) {
    private static final Duration FETCH_LIMIT = Duration.ofSeconds(10);

    /**
     * @param hosts from which pictures may be fetched
     */
    public static ImageIntake of(ImageHosts hosts, long heapBytes) {
        ImageLimits limits = ImageLimits.forHeap(heapBytes);
        return new ImageIntake(
                hosts,
                new ImageSources(limits, new ImageFetcher(hosts, FETCH_LIMIT)),
                new ImageDecoder(limits));
    }

    /** The media types of the formats that are read. */
    public static List<String> mediaTypes() {
        return Arrays.stream(ImageFormat.values()).map(ImageFormat::mediaType).toList();
    }

    /** Maximum pixels on a side. */
    public static int maxSide() {
        return EncodedImage.MAX_SIDE;
    }
}
