package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import tramontane.kernel.Activations;
import tramontane.kernel.WeightBlock;
import tramontane.tensor.DType;

/**
 * Emits the product of tiles of activations and a panel of unsigned codes, with byte dot products
 * of 512 bits.
 *
 * <pre>
 * void kernel(panel, first tile at the panel's first block, out, blocks << 16 | continued lanes, pairs of groups,
 *             bytes from one output row to the next, scratch with the number of tiles, see EmittedPanel)
 *
 * for each tile
 *   for each pair of groups
 *     for each half of the tile, h rows            rbx points to the pair's blocks, rdi and r10 to the current one
 *       F[2][h] = continued lanes of out           registers 0 to 11
 *       for each block
 *         I[2][h] = start values                   registers 12 to 23
 *         for each line: I[g][m] += codes[g] . activations[m]
 *         F[g][m] = fma(D[g] * scale[m], float(I[g][m]), F[g][m])
 *       store F
 * </pre>
 *
 * Two groups share the load of an activation, which limits the speed of a single group.
 */
final class VnniTileCode {
    private static final int MAX_HEIGHT = 6;

    /** Mask register of the lanes whose sums continue those in the output. */
    private static final int CONTINUED = 1;

    private static final int CODES = 24;
    private static final int NUMBERS = 26;
    private static final int ALL = 28;
    private static final int PRODUCT = 29;

    private final Assembler asm = new Assembler(512);
    private final DType dtype;
    private final PanelKind kind;
    private final int height;

    /** The rows of the tile that are being computed. */
    private int from;

    private int rows;

    private VnniTileCode(DType dtype, PanelKind kind, int height) {
        this.dtype = dtype;
        this.kind = kind;
        this.height = height;
    }

    static byte[] emit(DType dtype, PanelKind kind, int height) {
        VnniTileCode code = new VnniTileCode(dtype, kind, height);
        code.loops();
        return code.asm.code();
    }

    private void loops() {
        int[] saved = {RBX, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(R13, at(RSP, 8 * saved.length + 8));
        asm.load(R14, at(R13, EmittedPanel.TILES));
        asm.moveToMask(CONTINUED, RCX);
        asm.shiftRight(RCX, EmittedPanel.LANE_BITS);
        int tile = asm.here();
        asm.load(RDI, at(R13, EmittedPanel.PANEL_ADDRESS));
        asm.move(R12, R8);
        int pair = asm.here();
        asm.move(RBX, RDI);
        int parts = Math.ceilDiv(height, MAX_HEIGHT);
        int partRows = Math.ceilDiv(height, parts);
        for (from = 0; from < height; from += partRows) {
            rows = Math.min(partRows, height - from);
            asm.move(RDI, RBX);
            rows();
        }
        asm.addImmediate(RDX, 128);
        asm.decrement(R12);
        asm.jumpIfNotZero(pair);
        asm.load(RDX, at(R13, EmittedPanel.REWIND));
        asm.add(RDX, RAX);
        asm.load(RAX, at(R13, EmittedPanel.TILE_BYTES));
        asm.add(RSI, RAX);
        asm.decrement(R14);
        asm.jumpIfNotZero(tile);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
    }

    private static int sum(int group, int row) {
        return group * MAX_HEIGHT + row;
    }

    private static int integer(int group, int row) {
        return (2 + group) * MAX_HEIGHT + row;
    }

    private void rows() {
        toFirstRow();
        for (int m = 0; m < rows; m++) {
            asm.loadZeroing(sum(0, m), at(RAX, 0), CONTINUED);
            asm.loadZeroing(sum(1, m), at(RAX, 64), CONTINUED);
            asm.add(RAX, R9);
        }
        asm.move(R10, RSI);
        asm.move(R11, RCX);
        int block = asm.here();
        if (kind == PanelKind.TWO_SCALES) {
            columns(0, 16, Activations.START_FIRST_HALF);
            columns(16, 32, Activations.START_LAST_HALF);
        } else {
            columns(0, 32, startField());
        }
        asm.addImmediate(R10, height * Activations.BLOCK_ROW_BYTES);
        asm.addImmediate(RDI, kind.blockBytes);
        asm.decrement(R11);
        asm.jumpIfNotZero(block);
        toFirstRow();
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VMOVUPS_STORE, sum(0, m), 0, at(RAX, 0));
            asm.op(Op.VMOVUPS_STORE, sum(1, m), 0, at(RAX, 64));
            asm.add(RAX, R9);
        }
    }

    private void toFirstRow() {
        asm.move(RAX, RDX);
        for (int m = 0; m < from; m++) {
            asm.add(RAX, R9);
        }
    }

    /** 0 for formats without an offset, whose sums start at 0. */
    private int startField() {
        return switch (WeightBlock.offset(dtype)) {
            case 8 -> Activations.START_8;
            case 16 -> Activations.START_16;
            case 128 -> Activations.START_128;
            default -> 0;
        };
    }

    private void columns(int first, int end, int start) {
        for (int m = 0; m < rows; m++) {
            for (int group = 0; group < 2; group++) {
                if (start == 0) {
                    asm.op(Op.VPXOR, integer(group, m), integer(group, m), integer(group, m));
                } else {
                    asm.op(Op.VPBROADCASTD, integer(group, m), 0, field(start, m));
                }
            }
        }
        for (int column = first; column < end; column += 4) {
            for (int group = 0; group < 2; group++) {
                int line = group * PanelKind.GROUP_CODES + 16 * column;
                asm.op(Op.VMOVUPS, CODES + group, 0, at(RDI, line));
            }
            for (int m = 0; m < rows; m++) {
                asm.op(Op.VPBROADCASTD, ALL, 0, at(R10, 32 * (from + m) + column));
                asm.op(Op.VPDPBUSD, integer(0, m), CODES, ALL);
                asm.op(Op.VPDPBUSD, integer(1, m), CODES + 1, ALL);
            }
        }
        addScaled(first == 0 ? PanelKind.SCALES : PanelKind.SECOND);
        if (kind == PanelKind.MINIMUM) {
            addMinimum();
        }
    }

    private Assembler.Address field(int field, int m) {
        return at(R10, field * height + 4 * (from + m));
    }

    private void load(int numbers) {
        asm.op(Op.VMOVUPS, NUMBERS, 0, at(RDI, numbers));
        asm.op(Op.VMOVUPS, NUMBERS + 1, 0, at(RDI, numbers + 64));
    }

    private void addScaled(int scales) {
        load(scales);
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VBROADCASTSS, ALL, 0, field(Activations.SCALE, m));
            for (int group = 0; group < 2; group++) {
                asm.op(Op.VCVTDQ2PS, integer(group, m), 0, integer(group, m));
                asm.op(Op.VMULPS, PRODUCT, NUMBERS + group, ALL);
                asm.op(Op.VFMADD231PS, sum(group, m), PRODUCT, integer(group, m));
            }
        }
    }

    private void addMinimum() {
        load(PanelKind.SECOND);
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VBROADCASTSS, ALL, 0, field(Activations.SCALED_SUM, m));
            asm.op(Op.VFMADD231PS, sum(0, m), NUMBERS, ALL);
            asm.op(Op.VFMADD231PS, sum(1, m), NUMBERS + 1, ALL);
        }
    }
}
