package tramontane.kernel.x86;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/** The machine code that multiplies one format, for each tile height. */
final class EmittedMatmul {
    /**
     * Bytes of activations that stay in the second-level cache while all weights of a call are
     * read.
     */
    private static final int ACTIVATION_BYTES = 768 << 10;

    /**
     * Bytes of weights that stay in the second-level cache while the tiles are read. Meanwhile,
     * each tile stays in the first-level cache.
     */
    private static final int PANEL_BYTES = 128 << 10;

    private final DType dtype;
    private final int tileRows;

    /** Index i has the code for tiles of i + 1 rows. */
    private final MemorySegment[] codes;

    private final Optional<EmittedPanel> panel;

    private EmittedMatmul(DType dtype, MemorySegment[] codes, Optional<EmittedPanel> panel) {
        this.dtype = dtype;
        this.tileRows = codes.length;
        this.codes = codes;
        this.panel = panel;
    }

    /** Empty if the host refuses executable memory. */
    static Optional<EmittedMatmul> emit(InstructionSet set, DType dtype) {
        byte[][] pieces = new byte[set.tileRows()][];
        for (int height = 1; height <= pieces.length; height++) {
            pieces[height - 1] = set.matmul(dtype, height);
        }
        return ExecutableMemory.install(pieces)
                .map(codes -> new EmittedMatmul(dtype, codes, Optional.empty()));
    }

    /** The code for many rows of activations; empty without panels. */
    Optional<EmittedPanel> panel() {
        return panel;
    }

    /** This code, and for many rows of activations that of panels. */
    EmittedMatmul with(EmittedPanel panel) {
        return new EmittedMatmul(dtype, codes, Optional.of(panel));
    }

    void multiply(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        int from = groupFrom;
        if (panel.isPresent() && panel.get().pays(a.rows())) {
            // A panel may hold pairs of groups. One may be left over.
            from = panel.get().multiply(w, groupFrom, groupTo, a, out);
        }
        if (from < groupTo) {
            multiplyGroups(w, from, groupTo, a, out);
        }
    }

    private void multiplyGroups(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        Operands operands = new Operands(w, a, out);
        int tileBytes = tileRows * Math.max(1, a.blocks()) * Activations.BLOCK_ROW_BYTES;
        int chunk = Math.max(1, ACTIVATION_BYTES / tileBytes);
        for (int tile = 0; tile < a.tiles(); tile += chunk) {
            int end = Math.min(tile + chunk, a.tiles());
            boolean isOneTile = end - tile == 1;
            int panel = isOneTile ? groupTo : (int) Math.max(1, PANEL_BYTES / w.groupBytes());
            for (int group = groupFrom; group < groupTo; group += panel) {
                int groups = Math.min(panel, groupTo - group);
                for (int t = tile; t < end; t++) {
                    multiplyTile(operands, t, group, groups);
                }
            }
        }
    }

    private record Operands(PackedMatrix w, Activations a, Fp32Rows out) {}

    private void multiplyTile(Operands operands, int tile, int group, int groups) {
        PackedMatrix w = operands.w;
        Activations a = operands.a;
        Fp32Rows out = operands.out;
        long row = (long) tile * tileRows;
        long input =
                dtype.isQuantized()
                        ? a.quantized().address() + a.tileOffset(tile)
                        : a.values().address() + 4 * row * a.stride();
        Downcalls.emitted(
                codes[a.tileHeight(tile) - 1],
                w.data().address() + group * w.groupBytes(),
                input,
                out.values().address() + 4 * (row * out.stride() + 16L * group),
                w.columns() / dtype.blockElements(),
                groups,
                4L * out.stride(),
                4L * a.stride());
    }
}
