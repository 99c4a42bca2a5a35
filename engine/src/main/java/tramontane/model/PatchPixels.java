package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import tramontane.kernel.Activations;

/**
 * The pixels of patches as the encoder reads them: the difference from the mean of their channel,
 * in deviations.
 *
 * <pre>
 * patch:   red [patch lines][patch columns]   green   blue      fp32
 * </pre>
 */
final class PatchPixels {
    private static final int LEVELS = 256;

    private final int patch;
    private final Activations values;

    /** For each channel, the value of each byte. */
    private final float[][] levels;

    PatchPixels(
            PatchEncoderConfig.Picture picture, int chunk, int tileRows, SegmentAllocator memory) {
        patch = picture.patch();
        values = Activations.withRounded(chunk, picture.patchElements(), tileRows, memory);
        levels = new float[picture.mean().size()][LEVELS];
        for (int channel = 0; channel < levels.length; channel++) {
            double mean = picture.mean().get(channel);
            double deviation = picture.deviation().get(channel);
            for (int level = 0; level < LEVELS; level++) {
                levels[channel][level] = (float) ((level / 255.0 - mean) / deviation);
            }
        }
    }

    /** Bytes that the pixels of a chunk take. */
    static long bytes(PatchEncoderConfig.Picture picture, int chunk) {
        return Activations.bytesWithRounded(chunk, picture.patchElements());
    }

    /** The patches of the current chunk. */
    Activations values() {
        return values;
    }

    /** Fills the rows of patches {@code from} to {@code to} of a chunk that begins at a patch. */
    void fill(byte[] rgb, int pictureWidth, int from, int to, int chunkStart) {
        int columns = pictureWidth / patch;
        for (int index = from; index < to; index++) {
            MemorySegment row = values.fp32().slice(index - chunkStart, index - chunkStart + 1);
            int left = index % columns * patch;
            int top = index / columns * patch;
            long at = 0;
            for (int channel = 0; channel < levels.length; channel++) {
                float[] level = levels[channel];
                for (int y = top; y < top + patch; y++) {
                    int pixel = (y * pictureWidth + left) * levels.length + channel;
                    for (int i = 0; i < patch; i++) {
                        row.setAtIndex(ValueLayout.JAVA_FLOAT, at++, level[rgb[pixel] & 0xff]);
                        pixel += levels.length;
                    }
                }
            }
        }
    }
}
