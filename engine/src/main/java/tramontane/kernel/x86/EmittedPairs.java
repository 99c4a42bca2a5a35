package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;

/**
 * The machine code for products of bf16, and for the bf16 form of activations that it reads.
 *
 * <pre>
 * TILES   with AMX: tiles of 16 rows; for each block of 32 columns bf16[16 rows][32], the last block filled with zeros
 * QUADS   with VDPBF16PS: rows of bf16 in the order of {@link RoundCode#toQuads}
 * FP32    otherwise: rows of fp32, as in the scalar kernels
 * </pre>
 */
final class EmittedPairs {
    /** Bytes of weights that stay in the second-level cache while the tiles are read. */
    private static final int PANEL_BYTES = 128 << 10;

    /**
     * Blocks of a piece of the columns: those of two groups are 32 KB, which stay in the
     * first-level cache while tiles of activations pass.
     */
    private static final int PIECE_BLOCKS = 16;

    private enum Form {
        TILES,
        QUADS,
        FP32
    }

    private static final int LINE = 64;

    private final Form form;
    private final MemorySegment round;

    /**
     * With AMX, the code for turns of tiles or of groups (bit 3), 1 or 2 tiles (bit 2), 1 or 2
     * groups (bit 1), from 0 or continued (bit 0). Otherwise, index i has the code for i + 1 rows.
     */
    private final MemorySegment[] codes;

    private EmittedPairs(Form form, MemorySegment round, MemorySegment[] codes) {
        this.form = form;
        this.round = round;
        this.codes = codes;
    }

    /** Empty if the host refuses executable memory. */
    static Optional<EmittedPairs> emit(InstructionSet set) {
        return set == InstructionSet.AMX ? emitAmx() : emitFma(set);
    }

    /** Code with VDPBF16PS. */
    static Optional<EmittedPairs> emitDots(int tileRows) {
        byte[][] pieces = new byte[tileRows][];
        for (int height = 1; height <= pieces.length; height++) {
            pieces[height - 1] = DotPairCode.emit(height);
        }
        return install(Form.QUADS, RoundCode.toQuads(), pieces);
    }

    private static Optional<EmittedPairs> emitAmx() {
        byte[][] pieces = new byte[16][];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] =
                    AmxPairCode.emit(1 + (i >> 2 & 1), 1 + (i >> 1 & 1), (i & 1) == 1, i >> 3 == 1);
        }
        return install(Form.TILES, RoundCode.toBf16(), pieces);
    }

    private static Optional<EmittedPairs> emitFma(InstructionSet set) {
        byte[][] pieces = new byte[PairMatmulCode.maxRows(set)][];
        for (int height = 1; height <= pieces.length; height++) {
            pieces[height - 1] = PairMatmulCode.emit(set, height);
        }
        return install(Form.FP32, RoundCode.toFp32(set.bits()), pieces);
    }

    private static Optional<EmittedPairs> install(Form form, byte[] round, byte[][] pieces) {
        return ExecutableMemory.install(round)
                .flatMap(first ->
                        ExecutableMemory.install(pieces)
                                .map(codes -> new EmittedPairs(form, first[0], codes)));
    }

    /**
     * Rounds some columns of rows {@code from} to {@code to} of {@code a}.
     *
     * @param x these rows, whose first elements are in the first of the columns
     * @param columns from a multiple of 32; a multiple of 32, except at the end of the rows
     */
    void round(Fp32Rows x, Activations a, int from, int to, Columns columns) {
        int block = columns.from / Bfloat16.BLOCK;
        int whole = columns.count / Bfloat16.BLOCK;
        int rest = columns.count % Bfloat16.BLOCK;
        for (int row = from; row < to; ) {
            int end = Math.min(to, (row / AmxPairCode.TILE + 1) * AmxPairCode.TILE);
            if (whole > 0) {
                Source source =
                        new Source(
                                x.values().address() + 4L * (row - from) * x.stride(),
                                end - row,
                                4L * x.stride());
                roundBlocks(source, a, row, block, whole);
            }
            row = end;
        }
        if (rest > 0) {
            MemorySegment last = NativeScratch.ofThread(4L * Bfloat16.BLOCK);
            last.asSlice(0, 4L * Bfloat16.BLOCK).fill((byte) 0);
            for (int row = from; row < to; row++) {
                long at = 4L * ((long) (row - from) * x.stride() + columns.count - rest);
                MemorySegment.copy(x.values(), at, last, 0, 4L * rest);
                roundBlocks(new Source(last.address(), 1, 0), a, row, block + whole, 1);
            }
        }
    }

    /** A range of columns. */
    record Columns(int from, int count) {}

    /** Rows of one tile. */
    private record Source(long address, int rows, long rowBytes) {}

    private void roundBlocks(Source x, Activations a, int row, int block, int blocks) {
        boolean tiles = form == Form.TILES;
        long offset =
                tiles
                        ? row / AmxPairCode.TILE * tileBytes(a)
                                + (long) block * AmxPairCode.BLOCK_BYTES
                                + 2L * Bfloat16.BLOCK * (row % AmxPairCode.TILE)
                        : row * rowBytes(a) + (long) block * rowBlockBytes();
        Downcalls.emitted(
                round,
                x.address,
                a.rounded().address() + offset,
                blocks,
                tiles ? AmxPairCode.BLOCK_BYTES : rowBlockBytes(),
                x.rows,
                x.rowBytes,
                tiles ? 2L * Bfloat16.BLOCK : rowBytes(a));
    }

    private int rowBlockBytes() {
        return (form == Form.FP32 ? 4 : 2) * Bfloat16.BLOCK;
    }

    /** A line more than the columns, so that the rows of a tile do not share lines of a cache. */
    private long rowBytes(Activations a) {
        return form == Form.FP32
                ? 4L * a.roundedStride()
                : (long) blocks(a.columns()) * rowBlockBytes() + LINE;
    }

    private static long tileBytes(Activations a) {
        return (long) blocks(a.columns()) * AmxPairCode.BLOCK_BYTES;
    }

    private static int blocks(int columns) {
        return Bfloat16.padded(columns) / Bfloat16.BLOCK;
    }

    void multiply(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        if (form == Form.TILES) {
            multiplyTiles(w, groupFrom, groupTo, a, out);
        } else {
            multiplyRows(w, groupFrom, groupTo, a, out);
        }
    }

    private void multiplyRows(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        long rowBytes = rowBytes(a);
        int panel = (int) Math.max(1, PANEL_BYTES / w.groupBytes());
        for (int group = groupFrom; group < groupTo; group += panel) {
            for (int row = 0; row < a.rows(); row += codes.length) {
                Downcalls.emitted(
                        codes[Math.min(codes.length, a.rows() - row) - 1],
                        w.data().address() + group * w.groupBytes(),
                        a.rounded().address() + row * rowBytes,
                        out.values().address() + 4 * ((long) row * out.stride() + 16L * group),
                        blocks(w.columns()),
                        Math.min(panel, groupTo - group),
                        4L * out.stride(),
                        rowBytes);
            }
        }
    }

    private void multiplyTiles(
            PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        MemorySegment scratch = NativeScratch.ofThread(AmxPairCode.SCRATCH_BYTES);
        scratch.set(JAVA_LONG, AmxPairCode.TILE_BYTES, tileBytes(a));
        scratch.set(JAVA_LONG, AmxPairCode.GROUP_BYTES, w.groupBytes());
        int blocks = blocks(w.columns());
        if (a.rows() <= 2 * AmxPairCode.TILE) {
            multiplyFewTiles(new Groups(w, groupFrom, groupTo), a, out, scratch);
            return;
        }
        for (int block = 0; block < blocks; block += PIECE_BLOCKS) {
            int count = Math.min(PIECE_BLOCKS, blocks - block);
            for (int group = groupFrom; group < groupTo; group += 2) {
                int groups = Math.min(2, groupTo - group);
                long piece = w.data().address() + (long) block * AmxPairCode.BLOCK_BYTES;
                boolean last = group + groups == groupTo;
                long next =
                        last
                                ? groupFrom * w.groupBytes()
                                        + (long) count * AmxPairCode.BLOCK_BYTES
                                : (group + groups) * w.groupBytes();
                scratch.set(JAVA_LONG, AmxPairCode.NEXT, piece + next);
                Step step =
                        new Step(
                                piece + group * w.groupBytes(),
                                a.rounded().address() + (long) block * AmxPairCode.BLOCK_BYTES,
                                out.values().address() + 64L * group,
                                count,
                                (groups - 1) << 1 | (block > 0 ? 1 : 0));
                multiplyStep(step, a, 4L * out.stride(), scratch);
            }
        }
    }

    private record Groups(PackedMatrix w, int from, int to) {}

    /** At most two tiles of activations, which stay in the cache while all weights pass. */
    private void multiplyFewTiles(
            Groups groups, Activations a, Fp32Rows out, MemorySegment scratch) {
        int first = Math.min(a.rows(), AmxPairCode.TILE);
        AmxPairCode.configure(scratch, first, a.rows() - first);
        int twoTiles = a.rows() > first ? 1 << 2 : 0;
        int count = groups.to - groups.from;
        for (int rest = 0; rest < 2; rest++) {
            int turns = rest == 0 ? count / 2 : count % 2;
            int group = rest == 0 ? groups.from : groups.to - 1;
            if (turns > 0) {
                long weights = groups.w.data().address() + group * groups.w.groupBytes();
                scratch.set(JAVA_LONG, AmxPairCode.NEXT, weights + 4 * groups.w.groupBytes());
                Downcalls.emitted(
                        codes[1 << 3 | twoTiles | (1 - rest) << 1],
                        weights,
                        a.rounded().address(),
                        out.values().address() + 64L * group,
                        blocks(a.columns()),
                        turns,
                        4L * out.stride(),
                        scratch.address());
            }
        }
    }

    /** One or two groups and a piece of their columns, with all tiles of activations. */
    private record Step(long weights, long tiles, long out, int blocks, int code) {}

    private void multiplyStep(Step step, Activations a, long rowBytes, MemorySegment scratch) {
        int pairRows = 2 * AmxPairCode.TILE;
        int turns = a.rows() / pairRows;
        if (turns > 0) {
            AmxPairCode.configure(scratch, AmxPairCode.TILE, AmxPairCode.TILE);
            call(step, 0, turns, new Rows(rowBytes, tileBytes(a), scratch), 1);
        }
        int rest = a.rows() % pairRows;
        if (rest > 0) {
            int first = Math.min(rest, AmxPairCode.TILE);
            AmxPairCode.configure(scratch, first, rest - first);
            Rows rows = new Rows(rowBytes, tileBytes(a), scratch);
            call(step, turns * pairRows, 1, rows, rest > first ? 1 : 0);
        }
    }

    private record Rows(long outBytes, long tileBytes, MemorySegment scratch) {}

    private void call(Step step, int row, int turns, Rows rows, int twoTiles) {
        Downcalls.emitted(
                codes[twoTiles << 2 | step.code],
                step.weights,
                step.tiles + row / AmxPairCode.TILE * rows.tileBytes,
                step.out + row * rows.outBytes,
                step.blocks,
                turns,
                rows.outBytes,
                rows.scratch.address());
    }
}
