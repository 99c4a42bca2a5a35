package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/**
 * Cosines and sines for each position. They come from StrictMath, so that they are the same on
 * every machine. The table is filled up to the maximum position so far.
 *
 * <pre>
 * position p:  cos of pair 0, 1, ...   sin of pair 0, 1, ...    fp32
 * </pre>
 */
final class RopeTable {
    private final RopeConfig config;
    private final MemorySegment table;
    private final long rowBytes;
    private int filled;

    RopeTable(RopeConfig config, int positions, SegmentAllocator memory) {
        this.config = config;
        this.rowBytes = 4L * config.rotated();
        this.table = memory.allocate(bytes(config, positions), 64);
    }

    static long bytes(RopeConfig config, int positions) {
        return 4L * config.rotated() * positions;
    }

    /**
     * Fills the table for positions below {@code end}. The engine thread calls this while no worker
     * runs.
     */
    void fill(int end) {
        double[] frequencies = config.frequencies();
        for (; filled < end; filled++) {
            long row = filled * rowBytes;
            for (int pair = 0; pair < frequencies.length; pair++) {
                double angle = filled * frequencies[pair];
                float cosine = (float) (StrictMath.cos(angle) * config.magnitude());
                float sine = (float) (StrictMath.sin(angle) * config.magnitude());
                table.set(ValueLayout.JAVA_FLOAT, row + 4L * pair, cosine);
                table.set(ValueLayout.JAVA_FLOAT, row + 4L * (frequencies.length + pair), sine);
            }
        }
    }

    MemorySegment row(int position) {
        return table.asSlice(position * rowBytes, rowBytes);
    }
}
