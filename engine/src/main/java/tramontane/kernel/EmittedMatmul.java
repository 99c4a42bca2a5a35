package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.tensor.DType;

/** The machine code that multiplies one format, for tiles of every height. */
final class EmittedMatmul {
    /** Activations kept in the second-level cache while all weights of a call pass by. */
    private static final int ACTIVATION_BYTES = 768 << 10;

    /**
     * Weights kept there while the tiles pass by, each of which stays in the first level meanwhile.
     */
    private static final int PANEL_BYTES = 128 << 10;

    private final DType dtype;
    private final int tileRows;

    /** Code by rows of the tile less one. */
    private final MemorySegment[] codes;

    private EmittedMatmul(DType dtype, MemorySegment[] codes) {
        this.dtype = dtype;
        this.tileRows = codes.length;
        this.codes = codes;
    }

    /** Nothing where the host refuses executable memory. */
    static Optional<EmittedMatmul> emit(InstructionSet set, DType dtype) {
        byte[][] pieces = new byte[set.tileRows()][];
        for (int height = 1; height <= pieces.length; height++) {
            pieces[height - 1] = set.matmul(dtype, height);
        }
        return ExecutableMemory.install(pieces).map(codes -> new EmittedMatmul(dtype, codes));
    }

    void multiply(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        int tileBytes = tileRows * Math.max(1, a.blocks()) * Activations.BLOCK_ROW_BYTES;
        int chunk = Math.max(1, ACTIVATION_BYTES / tileBytes);
        for (int tile = 0; tile < a.tiles(); tile += chunk) {
            int end = Math.min(tile + chunk, a.tiles());
            boolean isOneTile = end - tile == 1;
            int panel = isOneTile ? groupTo : (int) Math.max(1, PANEL_BYTES / w.groupBytes());
            for (int group = groupFrom; group < groupTo; group += panel) {
                int groups = Math.min(panel, groupTo - group);
                for (int t = tile; t < end; t++) {
                    multiplyTile(w, group, groups, a, t, out, outStride);
                }
            }
        }
    }

    private void multiplyTile(
            PackedMatrix w,
            int group,
            int groups,
            Activations a,
            int tile,
            MemorySegment out,
            int outStride) {
        long row = (long) tile * tileRows;
        long input =
                dtype.isQuantized()
                        ? a.quantized().address() + a.tileOffset(tile)
                        : a.values().address() + 4 * row * a.stride();
        Downcalls.emitted(
                codes[a.tileHeight(tile) - 1],
                w.data().address() + group * w.groupBytes(),
                input,
                out.address() + 4 * (row * outStride + 16L * group),
                w.columns() / dtype.blockElements(),
                groups,
                4L * outStride,
                4L * a.stride());
    }
}
