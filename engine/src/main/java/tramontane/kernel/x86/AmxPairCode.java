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

/**
 * Emits the products of bf16 with the matrix instructions of AMX, for one or two tiles of 16 rows
 * of activations and one or two groups of weights at a time.
 *
 * <pre>
 * void kernel(weights of the first group, first tile, out, blocks, turns, bytes from one output row to the next, scratch)
 *
 * for each turn, which has the next tiles of activations, or the next groups
 *   C[t][g] = 0 or out
 *   for each block of 32 columns: C[t][g] += A[t] . B[g]      tdpbf16ps of 16 x 32 and 32 x 16
 *   out = C
 * </pre>
 *
 * A block of a tile of activations, and of a group of weights, is 1 KB in memory and one tile
 * register. Four products are independent, so that none waits for the one before it. Each step asks
 * for two lines of the weights that come next.
 */
final class AmxPairCode {
    /** Rows of a tile of activations, and outputs of a group. */
    static final int TILE = 16;

    /** Bytes of a block of a tile or of a group. */
    static final int BLOCK_BYTES = 1024;

    // Arguments in the scratch memory, behind the configuration of the tile registers: bytes from
    // one tile of activations to the next; from one group of weights to the next; the weights that
    // come next.
    static final int TILE_BYTES = 64;
    static final int GROUP_BYTES = 72;
    static final int NEXT = 80;
    static final int SCRATCH_BYTES = 128;

    private static final int ROW_BYTES = 64;

    // Tile registers 0 to 3 are sums.
    private static final int ACTIVATIONS = 4;
    private static final int WEIGHTS = 6;

    private final Assembler asm = new Assembler(512);
    private final int tiles;
    private final int groups;
    private final boolean byGroups;

    private AmxPairCode(int tiles, int groups, boolean byGroups) {
        this.tiles = tiles;
        this.groups = groups;
        this.byGroups = byGroups;
    }

    /**
     * @param continued whether the sums continue those in the output
     * @param byGroups whether the turns have the next groups
     */
    static byte[] emit(int tiles, int groups, boolean continued, boolean byGroups) {
        AmxPairCode code = new AmxPairCode(tiles, groups, byGroups);
        code.code(continued);
        return code.asm.code();
    }

    /**
     * Writes the configuration for tiles of activations of these heights.
     *
     * @param second 0 if there is only one
     */
    static void configure(MemorySegment scratch, int first, int second) {
        scratch.asSlice(0, ROW_BYTES).fill((byte) 0);
        scratch.set(JAVA_BYTE, 0, (byte) 1);
        for (int register = 0; register < 8; register++) {
            int height =
                    switch (register) {
                        case 0, 1, ACTIVATIONS -> first;
                        case 2, 3, ACTIVATIONS + 1 -> Math.max(1, second);
                        default -> TILE;
                    };
            scratch.set(JAVA_SHORT, 16 + 2L * register, (short) ROW_BYTES);
            scratch.set(JAVA_BYTE, 48L + register, (byte) height);
        }
    }

    private void code(boolean continued) {
        int[] saved = {RBX, RBP, R12, R13, R14, R15};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(R13, at(RSP, 8 * saved.length + 8));
        asm.loadTileConfiguration(at(R13, 0));
        asm.load(RBP, at(R13, GROUP_BYTES));
        asm.load(RBX, at(R13, NEXT));
        asm.moveImmediate(R12, ROW_BYTES);
        int turn = asm.here();
        starts(8 * saved.length + 8);
        for (int sum = 0; sum < 2 * tiles; sum++) {
            if (sum % 2 < groups && continued) {
                asm.loadTile(sum, output(sum));
            } else if (sum % 2 < groups) {
                asm.zeroTile(sum);
            }
        }
        asm.move(R14, RCX);
        int block = asm.here();
        block();
        asm.decrement(R14);
        asm.jumpIfNotZero(block);
        for (int sum = 0; sum < 2 * tiles; sum++) {
            if (sum % 2 < groups) {
                asm.storeTile(sum, output(sum));
            }
        }
        if (byGroups) {
            asm.address(RDI, at(RDI, RBP, groups, 0));
            asm.addImmediate(RDX, groups * ROW_BYTES);
        } else {
            toNextTiles(8 * saved.length + 8);
        }
        asm.decrement(R8);
        asm.jumpIfNotZero(turn);
        asm.releaseTiles();
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
    }

    /** The output of a sum: its tile in bit 1, its group in bit 0. */
    private Assembler.Address output(int sum) {
        return at(sum < 2 ? RDX : R13, R9, 1, sum % 2 * ROW_BYTES);
    }

    // R10 and R15 are the tiles of activations, RAX and R11 the groups of weights, R13 the output
    // of the second tile.
    private void starts(int scratch) {
        asm.load(R13, at(RSP, scratch));
        asm.load(R15, at(R13, TILE_BYTES));
        asm.add(R15, RSI);
        asm.move(R10, RSI);
        asm.move(RAX, RDI);
        asm.address(R11, at(RDI, RBP, 1, 0));
        asm.address(R13, at(RDX, R9, 8, 0));
        asm.address(R13, at(R13, R9, 8, 0));
    }

    private void block() {
        asm.loadTile(ACTIVATIONS, at(R10, R12, 1, 0));
        asm.loadTile(WEIGHTS, at(RAX, R12, 1, 0));
        asm.multiplyBf16Tiles(0, ACTIVATIONS, WEIGHTS);
        if (groups == 2) {
            asm.loadTile(WEIGHTS + 1, at(R11, R12, 1, 0));
            asm.multiplyBf16Tiles(1, ACTIVATIONS, WEIGHTS + 1);
        }
        if (tiles == 2) {
            asm.loadTile(ACTIVATIONS + 1, at(R15, R12, 1, 0));
            asm.multiplyBf16Tiles(2, ACTIVATIONS + 1, WEIGHTS);
            if (groups == 2) {
                asm.multiplyBf16Tiles(3, ACTIVATIONS + 1, WEIGHTS + 1);
            }
        }
        asm.prefetchFar(at(RBX, 0));
        asm.prefetchFar(at(RBX, RBP, 1, 0));
        asm.addImmediate(RBX, ROW_BYTES);
        for (int pointer : new int[] {R10, R15, RAX, R11}) {
            asm.addImmediate(pointer, BLOCK_BYTES);
        }
    }

    private void toNextTiles(int scratch) {
        asm.address(RDX, at(R13, R9, 8, 0));
        asm.address(RDX, at(RDX, R9, 8, 0));
        asm.load(R13, at(RSP, scratch));
        asm.load(R13, at(R13, TILE_BYTES));
        asm.address(RSI, at(RSI, R13, 2, 0));
    }
}
