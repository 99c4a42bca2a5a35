package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.tensor.DType;

/** The machine code that multiplies one format, for tiles of every height. */
final class EmittedMatmul {
    /** Activations kept in the second-level cache while all weights of a call pass by. */
    private static final int ACTIVATION_BYTES = 768 << 10;

    /** Weights kept there while a full tile and the short one after it each read them. */
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
            int tiles = Math.min(chunk, a.tiles() - tile);
            boolean isLastShort = a.tileHeight(tile + tiles - 1) < tileRows;
            int full = isLastShort ? tiles - 1 : tiles;
            boolean isOneCall = full == 0 || !isLastShort;
            int panel = isOneCall ? groupTo : (int) Math.max(1, PANEL_BYTES / w.groupBytes());
            for (int group = groupFrom; group < groupTo; group += panel) {
                Weights weights = new Weights(w, group, Math.min(panel, groupTo - group));
                if (full > 0) {
                    multiplyTiles(weights, a, tile, full, out, outStride);
                }
                if (isLastShort) {
                    multiplyTiles(weights, a, tile + full, 1, out, outStride);
                }
            }
        }
    }

    private record Weights(PackedMatrix matrix, int group, int groups) {
        long address() {
            return matrix.data().address() + group * matrix.groupBytes();
        }
    }

    private void multiplyTiles(
            Weights w, Activations a, int tile, int tiles, MemorySegment out, int outStride) {
        MemorySegment code = codes[a.tileHeight(tile) - 1];
        long target = out.address() + 4L * ((long) tile * tileRows * outStride + 16L * w.group);
        int columns = w.matrix.columns();
        if (dtype.isQuantized()) {
            long input = a.quantized().address() + a.tileOffset(tile);
            Downcalls.emitted(
                    code,
                    w.address(),
                    input,
                    target,
                    columns / dtype.blockElements(),
                    w.groups,
                    4L * outStride,
                    tiles);
            return;
        }
        for (int t = 0; t < tiles; t++) {
            long row = (long) t * tileRows;
            long input = a.values().address() + 4 * (tile * (long) tileRows + row) * a.stride();
            Downcalls.emitted(
                    code,
                    w.address(),
                    input,
                    target + 4 * row * outStride,
                    columns,
                    w.groups,
                    4L * outStride,
                    4L * a.stride());
        }
    }
}
