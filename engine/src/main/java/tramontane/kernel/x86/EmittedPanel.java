package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.OffHeap;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * The machine code that multiplies many rows of activations with one format. It unpacks some
 * columns of some units to a panel, once for all tiles of a chunk, and multiplies the panel with
 * each tile. A unit is a pair of groups, or with vectors of 256 bits one group.
 *
 * <pre>
 * for each chunk of tiles                 one piece of their columns stays in the second-level cache
 *   for each piece of the columns         the piece of one tile stays in the first-level cache
 *     for each panel of units             stays in the second-level cache
 *       unpack
 *       for each tile: out = continued sums + tile * panel
 * </pre>
 *
 * Where rows are longer than a piece, the sums wait in the output, and no bit changes.
 */
final class EmittedPanel {
    /** In the fourth argument of the code for tiles, the bits below the number of blocks. */
    static final int LANE_BITS = 16;

    // Further arguments of the code for tiles, 64 bits each at these offsets of its scratch memory:
    // how many tiles; bytes from one to the next; the address of the panel; and the distance from
    // the last unit's output back to the first unit's.
    static final int TILES = 768;

    static final int TILE_BYTES = 776;
    static final int PANEL_ADDRESS = 784;
    static final int REWIND = 792;

    // For code that prefetches the weights that are unpacked next: the units again (AMX); where the
    // weights are; lines of a group for each tile (AMX); bytes of a group (AMX); the distance from
    // the end of what a tile prefetches of a unit to its part of the next unit, and after the last
    // unit to that of the next tile; bytes to prefetch while a block is multiplied (256 bits).
    static final int PAIRS = 800;
    static final int NEXT = 808;
    static final int LINES = 816;
    static final int GROUP_BYTES = 824;
    static final int NEXT_PAIR = 832;
    static final int NEXT_PART = 840;
    static final int BLOCK_AHEAD = 856;

    // For code with vectors of 256 bits, which has no masks and no register left for a constant: 1
    // if the sums continue those in the output, and a vector of ones of 16 bits.
    static final int CONTINUED = 848;
    static final int ONES = 896;
    private static final int VECTOR_BYTES = 32;

    private static final int ALL_LANES = 0xFFFF;

    /** Columns of a piece, in blocks. A tile of 12 rows then takes 20 KB. */
    private static final int PIECE_BLOCKS = 28;

    private static final int PANEL_BYTES = 384 << 10;

    /** With 256 bits: the weights of the next panel share the second-level cache. */
    private static final int SMALL_PANEL_BYTES = 192 << 10;

    private static final int LINE_BYTES = 64;

    private static final int ACTIVATION_BYTES = 1024 << 10;

    /** Where the panel begins in the scratch memory. */
    private static final int PANEL = 16 << 10;

    /** A whole huge page, so that a panel takes one entry of the translation buffer. */
    private static final int SCRATCH_BYTES = 2 << 20;

    private static final ThreadLocal<MemorySegment> SCRATCH =
            ThreadLocal.withInitial(EmittedPanel::allocateScratch);

    private final InstructionSet set;
    private final DType dtype;
    private final PanelKind kind;

    /** Groups of a unit. */
    private final int together;

    /** Index 0 has the code that unpacks, index i the code for tiles of i rows. */
    private final MemorySegment[] codes;

    private EmittedPanel(InstructionSet set, DType dtype, PanelKind kind, MemorySegment[] codes) {
        this.set = set;
        this.dtype = dtype;
        this.kind = kind;
        together = set.panelGroups();
        this.codes = codes;
    }

    /**
     * Empty if the instruction set or the format has no panels, or the host refuses executable
     * memory.
     */
    static Optional<EmittedPanel> emit(InstructionSet set, DType dtype) {
        return PanelKind.of(set, dtype).flatMap(kind -> emit(set, dtype, kind));
    }

    private static MemorySegment allocateScratch() {
        MemorySegment scratch = OffHeap.allocate(SCRATCH_BYTES, Arena.ofAuto());
        for (int i = 0; i < VECTOR_BYTES; i += 2) {
            scratch.set(JAVA_SHORT, ONES + i, (short) 1);
        }
        return scratch;
    }

    private static Optional<EmittedPanel> emit(InstructionSet set, DType dtype, PanelKind kind) {
        byte[][] pieces = new byte[set.tileRows() + 1][];
        pieces[0] = PanelCode.emit(set, dtype, kind);
        for (int height = 1; height < pieces.length; height++) {
            pieces[height] = set.panelTile(dtype, kind, height);
        }
        return ExecutableMemory.install(pieces)
                .map(codes -> new EmittedPanel(set, dtype, kind, codes));
    }

    /** Whether so many rows are multiplied faster in panels than without. */
    boolean pays(int rows) {
        return rows >= set.minPanelRows(dtype);
    }

    /**
     * Multiplies some groups.
     *
     * @return the first group that it left out, because it has no partner for a unit; else {@code
     *     groupTo}
     */
    int multiply(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        int end = groupTo - (groupTo - groupFrom) % together;
        new Call(w, groupFrom, end, a, out).multiply(PIECE_BLOCKS);
        return end;
    }

    /** Like {@link #multiply} with at most {@code pieceBlocks} blocks of 32 columns in a piece. */
    void multiply(PackedMatrix w, Activations a, Fp32Rows out, int pieceBlocks) {
        new Call(w, 0, w.groups(), a, out).multiply(pieceBlocks);
    }

    private final class Call {
        private final PackedMatrix w;
        private final int groupFrom;
        private final int groupTo;
        private final Activations a;
        private final Fp32Rows out;
        private final MemorySegment scratch = SCRATCH.get();
        private final long panel = scratch.address() + PANEL;

        /** Blocks of 32 columns in one block of the format. */
        private final int parts = dtype.blockElements() / Activations.BLOCK;

        Call(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
            this.w = w;
            this.groupFrom = groupFrom;
            this.groupTo = groupTo;
            this.a = a;
            this.out = out;
        }

        void multiply(int pieceBlocks) {
            if (set == InstructionSet.AMX) {
                AmxTileCode.configure(kind, scratch);
            }
            int piece = piece(a.blocks(), pieceBlocks);
            int tileBytes = a.tileRows() * piece * Activations.BLOCK_ROW_BYTES;
            int chunk = Math.max(1, ACTIVATION_BYTES / tileBytes);
            for (int tile = 0; tile < a.tiles(); tile += chunk) {
                int end = Math.min(tile + chunk, a.tiles());
                for (int block = 0; block < a.blocks(); ) {
                    int count = evenOrOne(Math.min(piece, a.blocks() - block));
                    multiplyPiece(tile, end, block, count);
                    block += count;
                }
            }
        }

        // The code for tiles computes two blocks at a time, or slowly one.
        private int evenOrOne(int blocks) {
            return blocks == 1 ? 1 : blocks / 2 * 2;
        }

        // All pieces have nearly the same length, a multiple of the format's blocks and even,
        // except perhaps the last.
        private int piece(int blocks, int max) {
            int unit = parts == 1 ? 2 : parts;
            int pieces = Math.ceilDiv(blocks, Math.max(unit, max / unit * unit));
            return Math.ceilDiv(Math.ceilDiv(blocks, pieces), unit) * unit;
        }

        private void multiplyPiece(int tileFrom, int tileTo, int block, int count) {
            int unitBytes = count * kind.blockBytes(together);
            int panelBytes = set == InstructionSet.AVX2 ? SMALL_PANEL_BYTES : PANEL_BYTES;
            int groups = Math.max(1, panelBytes / unitBytes) * together;
            int fullTiles = a.rows() / a.tileRows();
            for (int group = groupFrom; group < groupTo; group += groups) {
                int units = Math.min(groups, groupTo - group) / together;
                for (int i = 0; i < together * units; i++) {
                    unpack(group + i, block, count, panel + (long) (i / together) * unitBytes);
                }
                Part part = new Part(group, units, block, count);
                int full = Math.min(tileTo, fullTiles);
                if (tileFrom < full) {
                    prefetch(part, full - tileFrom);
                    multiplyTiles(tileFrom, full - tileFrom, part);
                }
                if (full < tileTo) {
                    scratch.set(JAVA_LONG, LINES, 0);
                    scratch.set(JAVA_LONG, BLOCK_AHEAD, 0);
                    multiplyTiles(full, 1, part);
                }
            }
        }

        private void unpack(int group, int block, int count, long unit) {
            int inUnit = (group - groupFrom) % together;
            Downcalls.emitted(
                    codes[0],
                    weights(group, block),
                    unit + inUnit * PanelKind.GROUP_CODES,
                    unit + PanelKind.scales(together) + inUnit * 64,
                    count / parts,
                    0,
                    0,
                    0);
        }

        private long weights(int group, int block) {
            return w.data().address()
                    + group * w.groupBytes()
                    + (long) (block / parts) * PackedMatrix.groupBlockBytes(dtype);
        }

        // What is unpacked after this part: the next groups, the next piece of the columns, or the
        // groups after those of this call, which often come next. It may lie behind the matrix.
        private void prefetch(Part part, int tiles) {
            int after = part.group + together * part.units;
            int blockAfter = part.block + part.count;
            boolean isLast = after >= groupTo;
            boolean isNextPiece = isLast && blockAfter < a.blocks();
            long next =
                    weights(
                            isNextPiece ? groupFrom : after,
                            isNextPiece ? blockAfter : isLast ? 0 : part.block);
            long bytes = (long) part.count / parts * PackedMatrix.groupBlockBytes(dtype);
            long ahead =
                    set == InstructionSet.AVX2
                            ? inBlocks(part, tiles, bytes)
                            : inLines(tiles, bytes);
            scratch.set(JAVA_LONG, NEXT, next);
            scratch.set(JAVA_LONG, GROUP_BYTES, w.groupBytes());
            scratch.set(JAVA_LONG, NEXT_PAIR, together * w.groupBytes() - ahead);
            scratch.set(JAVA_LONG, NEXT_PART, ahead - together * w.groupBytes() * part.units);
        }

        /** Sets what a tile prefetches of each group's next {@code bytes}, and returns it. */
        private long inLines(int tiles, long bytes) {
            long lines = Math.ceilDiv(bytes, (long) LINE_BYTES * tiles);
            scratch.set(JAVA_LONG, LINES, lines);
            return LINE_BYTES * lines;
        }

        // At most one line for each block. With fewer than six tiles, that is not all of some
        // formats.
        private long inBlocks(Part part, int tiles, long bytes) {
            long blocks = (long) Avx2TileCode.passes(a.tileRows()) * part.count;
            long each = Math.min(LINE_BYTES, Math.ceilDiv(bytes, blocks * tiles));
            scratch.set(JAVA_LONG, BLOCK_AHEAD, each);
            return blocks * each;
        }

        /** Multiplies tiles of equal height. */
        private void multiplyTiles(int tile, int tiles, Part part) {
            int row = tile * a.tileRows();
            long tileBytes = (long) a.tileRows() * a.blocks() * Activations.BLOCK_ROW_BYTES;
            scratch.set(JAVA_LONG, TILES, tiles);
            scratch.set(JAVA_LONG, TILE_BYTES, tileBytes);
            scratch.set(JAVA_LONG, PANEL_ADDRESS, panel);
            scratch.set(JAVA_LONG, PAIRS, part.units);
            scratch.set(JAVA_LONG, REWIND, 64L * together * (1 - part.units));
            scratch.set(JAVA_LONG, CONTINUED, part.block == 0 ? 0 : 1);
            Downcalls.emitted(
                    codes[a.tileHeight(tile)],
                    panel,
                    a.quantized().address() + a.blockOffset(row, part.block),
                    out.values().address() + 4 * ((long) row * out.stride() + 16L * part.group),
                    (long) part.count << LANE_BITS | (part.block == 0 ? 0 : ALL_LANES),
                    part.units,
                    4L * out.stride(),
                    scratch.address());
        }
    }

    /** What a panel holds: some blocks of some units. */
    private record Part(int group, int units, int block, int count) {}
}
