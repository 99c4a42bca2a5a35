package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.RopeShape;

/**
 * Cosines and sines of rotary positions in two dimensions. The pairs of a head with an even number
 * have the frequencies of a one-dimensional rope, and rotate by the line; those with an odd number
 * rotate by the column. Pixtral's heads have the former first:
 *
 * <pre>
 * patch:   cos of pairs 0, 2, ... (line), 1, 3, ... (column)    the same for sin      fp32
 * </pre>
 *
 * The values come from StrictMath, so that they are the same on every machine.
 */
final class PatchPositions {
    private final AttentionShape shape;
    private final RopeShape ropeShape;
    private final int quarter;
    private final double[] frequencies;
    private final MemorySegment table;

    /** Lines and columns of patches whose values are known. */
    private final float[] lines;

    private final float[] columns;

    PatchPositions(PatchEncoderConfig config, SegmentAllocator memory) {
        shape = config.layers().attention();
        int headSize = config.layers().headSize();
        ropeShape = new RopeShape(headSize, headSize, false);
        quarter = headSize / 4;
        frequencies = new double[headSize / 2];
        for (int pair = 0; pair < frequencies.length; pair++) {
            frequencies[pair] = StrictMath.pow(config.ropeBase(), -2.0 * pair / headSize);
        }
        int side = config.picture().maxSide() / config.picture().patch();
        lines = angles(side, 0);
        columns = angles(side, 1);
        table = memory.allocate(bytes(config), 64);
    }

    /** Bytes that the table takes. */
    static long bytes(PatchEncoderConfig config) {
        return 4L * config.layers().headSize() * config.picture().maxPatches();
    }

    /** Cosines, then sines, of every second pair, for each position. */
    private float[] angles(int positions, int first) {
        float[] angles = new float[positions * 2 * quarter];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < quarter; i++) {
                double angle = position * frequencies[2 * i + first];
                int at = position * 2 * quarter + i;
                angles[at] = (float) StrictMath.cos(angle);
                angles[at + quarter] = (float) StrictMath.sin(angle);
            }
        }
        return angles;
    }

    /** Fills the table for a picture with so many patches in a line. */
    void fill(int patches, int patchesOfLine) {
        for (int patch = 0; patch < patches; patch++) {
            MemorySegment row = row(patch);
            copy(lines, patch / patchesOfLine, row, 0);
            copy(columns, patch % patchesOfLine, row, quarter);
        }
    }

    private void copy(float[] from, int position, MemorySegment row, int column) {
        int at = position * 2 * quarter;
        MemorySegment.copy(from, at, row, ValueLayout.JAVA_FLOAT, 4L * column, quarter);
        MemorySegment.copy(
                from,
                at + quarter,
                row,
                ValueLayout.JAVA_FLOAT,
                4L * (2 * quarter + column),
                quarter);
    }

    /** Rotates the heads of a patch's query and key in place. */
    void rotate(Kernels kernels, int patch, MemorySegment query, MemorySegment key) {
        MemorySegment angles = row(patch);
        kernels.rope(ropeShape, query, shape.queryHeads(), angles);
        kernels.rope(ropeShape, key, shape.kvHeads(), angles);
    }

    private MemorySegment row(int patch) {
        long bytes = 4L * 4 * quarter;
        return table.asSlice(patch * bytes, bytes);
    }
}
