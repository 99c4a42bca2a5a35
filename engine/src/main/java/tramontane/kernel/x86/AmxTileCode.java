package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R15;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;

/**
 * Emits the product of one tile of activations and a panel, with the matrix instructions of AMX.
 *
 * <pre>
 * void kernel(panel, tile at the panel's first block, out, blocks << 16 | continued lanes, pairs of groups,
 *             bytes from one output row to the next, scratch)
 *
 * for each pair of groups                        rdi points to its blocks in the panel, r10 to those of the tile
 *   F[2][h] = continued lanes of out             registers 0 to 2 h - 1
 *   for each step s
 *     I[g] = A . B[g]                            one tdpbssd a group: int32 of h rows x 16 outputs
 *     store I in the ring
 *     F[g][m] = fma(D[g] * scale[m], float(I'[g][m]), F[g][m])      I' is the result of step s - 2
 *   store F
 * </pre>
 *
 * A step has 32 columns, or 16 where a scale has 16. A tile of activations in memory is already the
 * first factor, and eight lines of a panel are the second. The vector units read the integers from
 * memory, because no instruction moves them to vector registers; two steps later, they are in the
 * first-level cache. The order of the fp32 sums is that of the definition.
 */
final class AmxTileCode {
    /** Rows of a tile of activations. Two groups then have 24 sums, which fit in 32 registers. */
    static final int MAX_HEIGHT = 12;

    /** In the scratch memory: the configuration of the tile registers for each height. */
    private static final int CONFIGURATION_BYTES = 64;

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

    /** Blocks that two steps advance. */
    private final int advance;

    private AmxTileCode(PanelKind kind, int height) {
        this.kind = kind;
        this.height = height;
        advance = kind == PanelKind.TWO_SCALES ? 1 : 2;
    }

    static byte[] emit(PanelKind kind, int height) {
        AmxTileCode code = new AmxTileCode(kind, height);
        code.loops();
        return code.asm.code();
    }

    /** Writes what the code for all heights expects at the start of its scratch memory. */
    static void configure(PanelKind kind, MemorySegment scratch) {
        int columns = kind == PanelKind.TWO_SCALES ? 16 : Activations.BLOCK;
        scratch.asSlice(0, RING).fill((byte) 0);
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

    private void loops() {
        int[] saved = {RBX, R12, R13, R15};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(R13, at(RSP, 8 * saved.length + 8));
        asm.loadTileConfiguration(at(R13, (height - 1) * CONFIGURATION_BYTES));
        asm.addImmediate(R13, RING);
        asm.address(R15, at(R13, 2 * STEP_BYTES));
        asm.moveImmediate(R12, 32);
        asm.moveToMask(CONTINUED, RCX);
        asm.shiftRight(RCX, EmittedPanel.LANE_BITS);
        int pair = asm.here();
        asm.move(R10, RSI);
        loadSums();
        steps();
        storeSums();
        asm.addImmediate(RDX, 128);
        asm.decrement(R8);
        asm.jumpIfNotZero(pair);
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

    private void storeSums() {
        asm.move(RAX, RDX);
        for (int m = 0; m < height; m++) {
            asm.op(Op.VMOVUPS_STORE, sum(0, m), 0, at(RAX, 0));
            asm.op(Op.VMOVUPS_STORE, sum(1, m), 0, at(RAX, 64));
            asm.add(RAX, R9);
        }
    }

    private void steps() {
        asm.move(R11, RCX);
        if (advance == 2) {
            oneBlock();
            asm.shiftRight(R11, 1);
            int none = asm.jumpAheadIfZero();
            pipeline();
            asm.land(none);
        } else {
            pipeline();
        }
    }

    // An odd number of blocks: the first is multiplied alone.
    private void oneBlock() {
        asm.test(RCX, 1);
        int even = asm.jumpAheadIfZero();
        multiply(0, 0);
        add(0, 0, R13);
        advance(1);
        asm.land(even);
    }

    private void pipeline() {
        multiply(0, 0);
        multiply(1, advance - 1);
        advance(advance);
        asm.decrement(R11);
        int last = asm.jumpAheadIfZero();
        int loop = asm.here();
        asm.exchange(R13, R15);
        multiply(0, 0);
        add(0, -advance, R15);
        multiply(1, advance - 1);
        add(1, -1, R15);
        advance(advance);
        asm.decrement(R11);
        asm.jumpIfNotZero(loop);
        asm.land(last);
        add(0, -advance, R13);
        add(1, -1, R13);
    }

    private void advance(int blocks) {
        asm.addImmediate(R10, blocks * height * Activations.BLOCK_ROW_BYTES);
        asm.addImmediate(RDI, blocks * kind.blockBytes);
    }

    /** The integers of an even (0) or odd (1) step, {@code block} blocks from the current one. */
    private void multiply(int step, int block) {
        boolean isLastHalf = kind == PanelKind.TWO_SCALES && step == 1;
        int tile = block * height * Activations.BLOCK_ROW_BYTES + (isLastHalf ? 16 : 0);
        int panel = block * kind.blockBytes + (isLastHalf ? 256 : 0);
        asm.loadTile(ACTIVATIONS + step, at(R10, R12, 1, tile));
        for (int group = 0; group < 2; group++) {
            int weights = panel + group * PanelKind.GROUP_CODES;
            asm.loadTile(WEIGHTS + group, at(RDI, R12, 2, weights));
            asm.zeroTile(2 * step + group);
            asm.multiplyTiles(2 * step + group, ACTIVATIONS + step, WEIGHTS + group);
        }
        for (int group = 0; group < 2; group++) {
            int at = step * STEP_BYTES + group * GROUP_BYTES;
            asm.storeTile(2 * step + group, at(R13, R12, 2, at));
        }
    }

    /** Adds the integers of a step that are in one half of the ring. */
    private void add(int step, int block, int ring) {
        boolean isLastHalf = kind == PanelKind.TWO_SCALES && step == 1;
        int panel = block * kind.blockBytes;
        int fields = block * height * Activations.BLOCK_ROW_BYTES;
        for (int group = 0; group < 2; group++) {
            int scales = isLastHalf ? PanelKind.SECOND : PanelKind.SCALES;
            asm.op(Op.VMOVUPS, SCALES + group, 0, at(RDI, panel + scales + 64 * group));
            if (kind == PanelKind.MINIMUM) {
                int minimums = panel + PanelKind.SECOND + 64 * group;
                asm.op(Op.VMOVUPS, MINIMUMS + group, 0, at(RDI, minimums));
            }
        }
        for (int m = 0; m < height; m++) {
            broadcast(fields + Activations.SCALE * height + 4 * m);
            for (int group = 0; group < 2; group++) {
                int integers = step * STEP_BYTES + group * GROUP_BYTES + 64 * m;
                asm.op(Op.VCVTDQ2PS, FLOATS, 0, at(ring, integers));
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

    private void broadcast(int field) {
        asm.op(Op.VBROADCASTSS, ALL, 0, at(R10, field));
    }
}
