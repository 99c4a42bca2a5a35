package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.R15;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;

/**
 * Emits the product of tiles of activations and a panel, with the matrix instructions of AMX.
 *
 * <pre>
 * void kernel(panel, first tile at the panel's first block, out, blocks << 16 | continued lanes, pairs of groups,
 *             bytes from one output row to the next, scratch with the number of tiles, see EmittedPanel)
 *
 * for each tile
 *   for each pair of groups
 *     F[2][h] = continued lanes of out             registers 0 to 2 h - 1
 *     for each step s                              its tile: r14; its panel: r15
 *       I[g] = A . B[g] of step s + 2              one tdpbssd a group: int32 of h rows x 16 outputs; r10 and rdi
 *       store I of step s + 1 in the ring
 *       F[g][m] = fma(D[g] * scale[m], float(I[g][m]), F[g][m])
 *     store F
 * </pre>
 *
 * A step has 32 columns, or 16 where a scale has 16. A tile of activations in memory is already the
 * first factor, and eight lines of a panel are the second. The vector units read the integers from
 * memory, because no instruction moves them to vector registers. The order of the fp32 sums is that
 * of the definition.
 *
 * <p>A product takes some 50 cycles, and what is issued after a store that waits for it waits as
 * well, so a product is stored one step after it was started. The last two steps of a pair start
 * the first two of the next pair or tile; at the very end, products that nobody needs.
 */
final class AmxTileCode {
    /** Rows of a tile of activations. Two groups then have 24 sums, which fit in 32 registers. */
    static final int MAX_HEIGHT = 12;

    /** In the scratch memory: the configuration of the tile registers for each height. */
    private static final int CONFIGURATION_BYTES = 64;

    /** Groups of a panel. */
    private static final int GROUPS = InstructionSet.AMX.panelGroups();

    private static final int RING = 1024;
    private static final int GROUP_BYTES = 1024;
    private static final int STEP_BYTES = 2 * GROUP_BYTES;

    /** Mask register of the lanes whose sums continue those in the output. */
    private static final int CONTINUED = 1;

    // Tile registers: sums of both groups of even steps, of odd steps; activations of even and odd
    // steps; weights of both groups.
    private static final int ACTIVATIONS = 4;
    private static final int WEIGHTS = 6;

    private static final int SCALES = 24;
    private static final int MINIMUMS = 26;
    private static final int ALL = 28;
    private static final int PRODUCT = 29;
    private static final int FLOATS = 30;

    private final Assembler asm = new Assembler(512);
    private final PanelKind kind;
    private final int height;
    private final int blockBytes;

    /** Blocks that two steps advance. */
    private final int advance;

    private AmxTileCode(PanelKind kind, int height) {
        this.kind = kind;
        this.height = height;
        blockBytes = kind.blockBytes(GROUPS);
        advance = kind == PanelKind.TWO_SCALES ? 1 : 2;
    }

    static byte[] emit(PanelKind kind, int height) {
        AmxTileCode code = new AmxTileCode(kind, height);
        code.code();
        return code.asm.code();
    }

    /** Writes what the code for all heights expects at the start of its scratch memory. */
    static void configure(PanelKind kind, MemorySegment scratch) {
        int columns = kind == PanelKind.TWO_SCALES ? 16 : Activations.BLOCK;
        scratch.asSlice(0, MAX_HEIGHT * CONFIGURATION_BYTES).fill((byte) 0);
        for (int height = 1; height <= MAX_HEIGHT; height++) {
            long at = (height - 1L) * CONFIGURATION_BYTES;
            scratch.set(JAVA_BYTE, at, (byte) 1);
            for (int tile = 0; tile < 8; tile++) {
                boolean isInput = tile >= ACTIVATIONS && tile < WEIGHTS;
                int rows = tile < WEIGHTS ? height : columns / 4;
                scratch.set(JAVA_SHORT, at + 16 + 2 * tile, (short) (isInput ? columns : 64));
                scratch.set(JAVA_BYTE, at + 48 + tile, (byte) rows);
            }
        }
    }

    private void code() {
        int[] saved = {RBX, RBP, R12, R13, R14, R15};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(R13, at(RSP, 8 * saved.length + 8));
        asm.loadTileConfiguration(at(R13, (height - 1) * CONFIGURATION_BYTES));
        asm.load(RBX, at(R13, EmittedPanel.TILES));
        asm.moveImmediate(R12, 32);
        asm.moveToMask(CONTINUED, RCX);
        asm.shiftRight(RCX, EmittedPanel.LANE_BITS);
        asm.move(R11, RCX);
        if (advance == 2) {
            asm.test(RCX, 1);
            int even = asm.jumpAheadIfZero();
            singleBlocks();
            int end = asm.jumpAhead();
            asm.land(even);
            asm.shiftRight(R11, 1);
            pipeline();
            asm.land(end);
        } else {
            pipeline();
        }
        asm.releaseTiles();
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
    }

    private int sum(int group, int row) {
        return group * height + row;
    }

    private void loadSums() {
        asm.move(RAX, RDX);
        for (int m = 0; m < height; m++) {
            asm.loadZeroing(sum(0, m), at(RAX, 0), CONTINUED);
            asm.loadZeroing(sum(1, m), at(RAX, 64), CONTINUED);
            asm.add(RAX, R9);
        }
    }

    /** Leaves the output after the last row in RAX and moves RDX to the next pair. */
    private void storeSums() {
        asm.move(RAX, RDX);
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, sum(0, m), 0, at(RAX, 0));
            asm.op(Op.VMOVUPS_STORE, sum(1, m), 0, at(RAX, 64));
            asm.add(RAX, R9);
        }
        asm.addImmediate(RDX, 128);
    }

    /** After the last pair of a tile: the output of the next tile. */
    private void toNextOutput() {
        asm.load(RDX, at(R13, EmittedPanel.REWIND));
        asm.add(RDX, RAX);
    }

    private void toNextTile() {
        asm.load(RAX, at(R13, EmittedPanel.TILE_BYTES));
        asm.add(RSI, RAX);
    }

    // Block by block, for an odd number of them. A product is waited for.
    private void singleBlocks() {
        int tile = asm.here();
        asm.move(RBP, R8);
        asm.load(R15, at(R13, EmittedPanel.PANEL_ADDRESS));
        int pair = asm.here();
        loadSums();
        asm.move(R14, RSI);
        asm.move(RCX, R11);
        int block = asm.here();
        asm.move(R10, R14);
        asm.move(RDI, R15);
        multiply(0, 0);
        store(0, 0);
        store(0, 1);
        add(0, 0, 0, height);
        asm.addImmediate(R14, height * Activations.BLOCK_ROW_BYTES);
        asm.addImmediate(R15, blockBytes);
        asm.decrement(RCX);
        asm.jumpIfNotZero(block);
        storeSums();
        asm.decrement(RBP);
        asm.jumpIfNotZero(pair);
        toNextOutput();
        toNextTile();
        asm.decrement(RBX);
        asm.jumpIfNotZero(tile);
    }

    // Each tile asks for a part of the next panel's weights, and each of its pairs for the part of
    // two groups, which are in the second-level cache when they are unpacked.
    private void prefetch() {
        asm.load(RCX, at(R13, EmittedPanel.LINES));
        asm.test(RCX, -1);
        int none = asm.jumpAheadIfZero();
        asm.load(RAX, at(R13, EmittedPanel.GROUP_BYTES));
        int line = asm.here();
        asm.prefetchFar(at(R8, 0));
        asm.prefetchFar(at(R8, RAX, 1, 0));
        asm.addImmediate(R8, 64);
        asm.decrement(RCX);
        asm.jumpIfNotZero(line);
        asm.load(RAX, at(R13, EmittedPanel.NEXT_PAIR));
        asm.add(R8, RAX);
        asm.land(none);
    }

    private void pipeline() {
        asm.load(R8, at(R13, EmittedPanel.NEXT));
        asm.move(R10, RSI);
        asm.move(R14, RSI);
        multiply(0, 0);
        multiply(1, advance - 1);
        store(0, 0);
        store(0, 1);
        advance(R10, RDI);
        int tile = asm.here();
        asm.load(RBP, at(R13, EmittedPanel.PAIRS));
        asm.load(R15, at(R13, EmittedPanel.PANEL_ADDRESS));
        int pair = asm.here();
        prefetch();
        loadSums();
        asm.move(RCX, R11);
        int loop = asm.here();
        toNextStart();
        multiply(0, 0);
        addAndStore(0, 0);
        multiply(1, advance - 1);
        addAndStore(1, advance - 1);
        advance(R10, RDI);
        advance(R14, R15);
        asm.test(RCX, -1);
        asm.jumpIfNotZero(loop);
        storeSums();
        asm.move(R14, RSI);
        asm.test(RBP, -1);
        asm.jumpIfNotZero(pair);
        toNextOutput();
        asm.load(RAX, at(R13, EmittedPanel.NEXT_PART));
        asm.add(R8, RAX);
        asm.test(RBX, -1);
        asm.jumpIfNotZero(tile);
    }

    // In the last turn of a pair, the products are those of the next pair, or of the next tile. The
    // last tile is followed by itself.
    private void toNextStart() {
        asm.decrement(RCX);
        int isSamePair = asm.jumpAheadIfNotZero();
        asm.move(R10, RSI);
        asm.decrement(RBP);
        int isSameTile = asm.jumpAheadIfNotZero();
        asm.load(RDI, at(R13, EmittedPanel.PANEL_ADDRESS));
        asm.decrement(RBX);
        int isLast = asm.jumpAheadIfZero();
        toNextTile();
        asm.move(R10, RSI);
        asm.land(isSamePair);
        asm.land(isSameTile);
        asm.land(isLast);
    }

    private void advance(int tile, int panel) {
        asm.addImmediate(tile, advance * height * Activations.BLOCK_ROW_BYTES);
        asm.addImmediate(panel, advance * blockBytes);
    }

    private boolean isLastHalf(int step) {
        return kind == PanelKind.TWO_SCALES && step == 1;
    }

    /** The integers of an even (0) or odd (1) step, {@code block} blocks from the current one. */
    private void multiply(int step, int block) {
        int tile = block * height * Activations.BLOCK_ROW_BYTES + (isLastHalf(step) ? 16 : 0);
        int panel = block * blockBytes + (isLastHalf(step) ? 256 : 0);
        asm.loadTile(ACTIVATIONS + step, at(R10, R12, 1, tile));
        for (int group = 0; group < 2; group++) {
            int weights = panel + group * PanelKind.GROUP_CODES;
            asm.loadTile(WEIGHTS + group, at(RDI, R12, 2, weights));
            asm.zeroTile(2 * step + group);
            asm.multiplyTiles(2 * step + group, ACTIVATIONS + step, WEIGHTS + group);
        }
    }

    private static int ring(int step, int group) {
        return RING + step * STEP_BYTES + group * GROUP_BYTES;
    }

    private void store(int step, int group) {
        asm.storeTile(2 * step + group, at(R13, R12, 2, ring(step, group)));
    }

    /** Adds the integers of a step while those of the step after it go to the ring. */
    private void addAndStore(int step, int block) {
        add(step, block, 0, height / 3);
        store(1 - step, 0);
        add(step, block, height / 3, 2 * height / 3);
        store(1 - step, 1);
        add(step, block, 2 * height / 3, height);
    }

    /** Adds the integers of a step to the sums of some rows. */
    private void add(int step, int block, int rowFrom, int rowTo) {
        int panel = block * blockBytes;
        int fields = block * height * Activations.BLOCK_ROW_BYTES;
        if (rowFrom == 0) {
            loadScales(step, panel);
        }
        for (int m = rowFrom; m < rowTo; m++) {
            broadcast(fields + Activations.SCALE * height + 4 * m);
            for (int group = 0; group < 2; group++) {
                asm.op(Op.VCVTDQ2PS, FLOATS, 0, at(R13, ring(step, group) + 64 * m));
                asm.op(Op.VMULPS, PRODUCT, SCALES + group, ALL);
                asm.op(Op.VFMADD231PS, sum(group, m), PRODUCT, FLOATS);
            }
            if (kind == PanelKind.MINIMUM) {
                broadcast(fields + Activations.SCALED_SUM * height + 4 * m);
                asm.op(Op.VFMADD231PS, sum(0, m), MINIMUMS, ALL);
                asm.op(Op.VFMADD231PS, sum(1, m), MINIMUMS + 1, ALL);
            }
        }
    }

    private void loadScales(int step, int panel) {
        int scales = isLastHalf(step) ? PanelKind.second(GROUPS) : PanelKind.scales(GROUPS);
        for (int group = 0; group < 2; group++) {
            asm.op(Op.VMOVUPS, SCALES + group, 0, at(R15, panel + scales + 64 * group));
            if (kind == PanelKind.MINIMUM) {
                int minimums = panel + PanelKind.second(GROUPS) + 64 * group;
                asm.op(Op.VMOVUPS, MINIMUMS + group, 0, at(R15, minimums));
            }
        }
    }

    private void broadcast(int field) {
        asm.op(Op.VBROADCASTSS, ALL, 0, at(R14, field));
    }
}
