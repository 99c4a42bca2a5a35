package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import tramontane.tensor.DType;

/**
 * Kernels as machine code, written into memory at start-up. What has no emitted form is inherited.
 *
 * <p>Emitted code checks no bounds: every call is checked here, before it.
 */
final class NativeKernels extends VectorKernels {
    /** Activations kept in the second-level cache while all weights of a call pass by. */
    private static final int ACTIVATION_BYTES = 768 << 10;

    /** Weights kept there while a full tile and the short one after it each read them. */
    private static final int PANEL_BYTES = 128 << 10;

    /** Code by format, then by rows of the tile less one. */
    private final MemorySegment[][] matmul;

    private final MemorySegment quantize;

    private NativeKernels(MemorySegment[][] matmul, MemorySegment quantize) {
        this.matmul = matmul;
        this.quantize = quantize;
    }

    /** Nothing where the host refuses executable memory. */
    static Optional<NativeKernels> emit() {
        DType[] types = DType.values();
        int heights = Avx512Matmul.TILE_ROWS;
        int matmuls = types.length * heights;
        byte[][] pieces = new byte[matmuls + 1][];
        for (DType dtype : types) {
            for (int height = 1; height <= heights; height++) {
                pieces[dtype.ordinal() * heights + height - 1] = emitMatmul(dtype, height);
            }
        }
        pieces[matmuls] = Avx512Quantize.emit();
        return ExecutableMemory.install(pieces)
                .map(code -> {
                    MemorySegment[][] matmul = new MemorySegment[types.length][heights];
                    for (int i = 0; i < matmuls; i++) {
                        matmul[i / heights][i % heights] = code[i];
                    }
                    return new NativeKernels(matmul, code[matmuls]);
                });
    }

    private static byte[] emitMatmul(DType dtype, int height) {
        return dtype.isQuantized()
                ? Avx512Matmul.emit(dtype, height)
                : Avx512FloatMatmul.emit(dtype, height);
    }

    @Override
    public String name() {
        return "avx512-vnni";
    }

    @Override
    public int tileRows() {
        return Avx512Matmul.TILE_ROWS;
    }

    @Override
    public void quantize(Activations a, int from, int to) {
        Objects.checkFromToIndex(from, to, a.rows());
        MatmulShape.checkNative(a, tileRows());
        for (int row = from; row < to && a.blocks() > 0; row++) {
            int height = a.tileHeight(row / tileRows());
            long bytes = a.quantized().address();
            Downcalls.emitted(
                    quantize,
                    a.values().address() + 4L * row * a.stride(),
                    bytes + a.valuesOffset(row, 0),
                    bytes + a.fieldOffset(row, 0, Activations.SCALE),
                    a.blocks(),
                    (long) height * Activations.BLOCK_ROW_BYTES,
                    4L * height,
                    0);
        }
    }

    @Override
    public void matmul(
            PackedMatrix w,
            int groupFrom,
            int groupTo,
            Activations a,
            MemorySegment out,
            int outStride) {
        MatmulShape.check(w, groupFrom, groupTo, a, out, outStride);
        MatmulShape.checkNative(w, out);
        MatmulShape.checkNative(a, tileRows());
        int tileBytes = tileRows() * Math.max(1, a.blocks()) * Activations.BLOCK_ROW_BYTES;
        int chunk = Math.max(1, ACTIVATION_BYTES / tileBytes);
        for (int tile = 0; tile < a.tiles(); tile += chunk) {
            int tiles = Math.min(chunk, a.tiles() - tile);
            boolean isOneCall = tiles == 1 || a.tileHeight(tile + tiles - 1) == tileRows();
            int panel = isOneCall ? groupTo : (int) Math.max(1, PANEL_BYTES / w.groupBytes());
            for (int group = groupFrom; group < groupTo; group += panel) {
                int groups = Math.min(panel, groupTo - group);
                multiplyPanel(w, group, groups, a, tile, tiles, out, outStride);
            }
        }
    }

    // Full tiles are one call, the short tile that may end a batch is another.
    private void multiplyPanel(
            PackedMatrix w,
            int group,
            int groups,
            Activations a,
            int tile,
            int tiles,
            MemorySegment out,
            int outStride) {
        boolean isLastShort = a.tileHeight(tile + tiles - 1) < tileRows();
        int full = isLastShort ? tiles - 1 : tiles;
        if (full > 0) {
            multiplyTiles(w, group, groups, a, tile, full, out, outStride);
        }
        if (isLastShort) {
            multiplyTiles(w, group, groups, a, tile + full, 1, out, outStride);
        }
    }

    private void multiplyTiles(
            PackedMatrix w,
            int group,
            int groups,
            Activations a,
            int tile,
            int tiles,
            MemorySegment out,
            int outStride) {
        MemorySegment code = matmul[w.dtype().ordinal()][a.tileHeight(tile) - 1];
        long weights = w.data().address() + group * w.groupBytes();
        long target = out.address() + 4L * ((long) tile * tileRows() * outStride + 16L * group);
        if (w.dtype().isQuantized()) {
            long blocks = w.columns() / w.dtype().blockElements();
            long input = a.quantized().address() + a.tileOffset(tile);
            Downcalls.emitted(code, weights, input, target, blocks, groups, 4L * outStride, tiles);
            return;
        }
        for (int t = 0; t < tiles; t++) {
            long row = (long) t * tileRows();
            long input = a.values().address() + 4 * (tile * (long) tileRows() + row) * a.stride();
            Downcalls.emitted(
                    code,
                    weights,
                    input,
                    target + 4 * row * outStride,
                    w.columns(),
                    groups,
                    4L * outStride,
                    4L * a.stride());
        }
    }
}
