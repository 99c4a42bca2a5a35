package tramontane.kernel.x86;

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

import tramontane.kernel.Activations;
import tramontane.kernel.WeightBlock;
import tramontane.kernel.x86.Assembler.Address;
import tramontane.tensor.DType;

/**
 * Emits the product of tiles of activations and a panel, without AMX. The subclasses differ in how
 * they multiply bytes, and in how many rows the registers hold.
 *
 * <pre>
 * void kernel(panel, first tile at the panel's first block, out, blocks << 16 | continued lanes, pairs of groups,
 *             bytes from one output row to the next, scratch with the number of tiles, see EmittedPanel)
 *
 * for each tile
 *   for each pair of groups, or with 256 bits for each group: two vectors of outputs
 *     for each part of the tile, some rows         rbx points to the pair's blocks, rdi and r10 to the current one
 *       F[2][rows] = continued lanes of out
 *       for each block
 *         I[2][rows] = codes . activations
 *         F[v][m] = fma(D[v] * scale[m], float(I[v][m]), F[v][m])
 *       store F
 * </pre>
 *
 * Two vectors share the load of an activation, which limits the speed of a single one.
 *
 * <p>With 256 bits, each block also prefetches some bytes of the weights that are unpacked next:
 * r15 points to them. With 32 rows, reading them later would take a fifth of the time.
 */
abstract sealed class PanelTileCode permits VnniTileCode, Avx2TileCode {
    /** Vectors of outputs that are computed together. */
    static final int VECTORS = 2;

    final Assembler asm;
    final DType dtype;
    final PanelKind kind;
    final Registers registers;
    private final int height;
    private final int maxRows;

    /** Groups of a panel that are together: one vector each, or one with two vectors. */
    private final int groups;

    /** The rows of the tile that are being computed. */
    private int from;

    int rows;

    /**
     * Vector registers that the sums do not use.
     *
     * @param numbers for scales, the first of as many as there are vectors
     * @param all for one value in all lanes
     * @param product for products
     */
    record Registers(int numbers, int all, int product) {}

    /**
     * @param height rows of a tile
     * @param maxRows rows whose sums the registers hold
     */
    PanelTileCode(
            Assembler asm,
            DType dtype,
            PanelKind kind,
            int height,
            int maxRows,
            Registers registers) {
        this.asm = asm;
        this.dtype = dtype;
        this.kind = kind;
        this.height = height;
        this.maxRows = maxRows;
        this.registers = registers;
        groups = asm.isWide() ? 2 : 1;
    }

    /** Once before the loops. */
    abstract void start();

    /** The register of the fp32 sums of a vector of outputs. */
    abstract int sum(int vector, int row);

    /** The register of the integer sums of the current block. */
    abstract int integer(int vector, int row);

    /** Sets the sums to those in the output, or to 0 if they are not continued. */
    abstract void loadSums();

    /**
     * Computes the integer sums over some columns of a block.
     *
     * @param start the field of the activations with their start values; 0 if they start at 0
     */
    abstract void integers(int first, int end, int start);

    final byte[] code() {
        int[] saved = {RBX, RBP, R12, R13, R14, R15};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(R13, at(RSP, 8 * saved.length + 8));
        asm.load(R14, at(R13, EmittedPanel.TILES));
        if (readsAhead()) {
            asm.load(R15, at(R13, EmittedPanel.NEXT));
            asm.load(RBP, at(R13, EmittedPanel.BLOCK_AHEAD));
        }
        start();
        asm.shiftRight(RCX, EmittedPanel.LANE_BITS);
        int tile = asm.here();
        asm.load(RDI, at(R13, EmittedPanel.PANEL_ADDRESS));
        asm.move(R12, R8);
        int pair = asm.here();
        asm.move(RBX, RDI);
        parts();
        moveAhead(EmittedPanel.NEXT_PAIR);
        asm.addImmediate(RDX, 64 * groups);
        asm.decrement(R12);
        asm.jumpIfNotZero(pair);
        asm.load(RDX, at(R13, EmittedPanel.REWIND));
        asm.add(RDX, RAX);
        asm.load(RAX, at(R13, EmittedPanel.TILE_BYTES));
        asm.add(RSI, RAX);
        moveAhead(EmittedPanel.NEXT_PART);
        asm.decrement(R14);
        asm.jumpIfNotZero(tile);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
        return asm.code();
    }

    private boolean readsAhead() {
        return !asm.isWide();
    }

    private void moveAhead(int distance) {
        if (readsAhead()) {
            asm.load(R11, at(R13, distance));
            asm.add(R15, R11);
        }
    }

    private void parts() {
        int parts = Math.ceilDiv(height, maxRows);
        int partRows = Math.ceilDiv(height, parts);
        for (from = 0; from < height; from += partRows) {
            rows = Math.min(partRows, height - from);
            asm.move(RDI, RBX);
            part();
        }
    }

    private void part() {
        loadSums();
        asm.move(R10, RSI);
        asm.move(R11, RCX);
        int block = asm.here();
        if (kind == PanelKind.TWO_SCALES) {
            columns(0, 16, Activations.START_FIRST_HALF);
            columns(16, 32, Activations.START_LAST_HALF);
        } else {
            columns(0, 32, startField());
        }
        if (readsAhead()) {
            asm.prefetchToSecondLevel(R15, 0);
            asm.add(R15, RBP);
        }
        asm.addImmediate(R10, height * Activations.BLOCK_ROW_BYTES);
        asm.addImmediate(RDI, kind.blockBytes(groups));
        asm.decrement(R11);
        asm.jumpIfNotZero(block);
        forEachSum((sum, address) -> asm.op(Op.VMOVUPS_STORE, sum, 0, address));
    }

    /** Emits something for a sum's register and its place in the output. */
    @FunctionalInterface
    interface SumCode {
        void emit(int register, Address address);
    }

    /** Leaves the address of the row after the last one in RAX. */
    final void forEachSum(SumCode code) {
        asm.move(RAX, RDX);
        for (int m = 0; m < from; m++) {
            asm.add(RAX, R9);
        }
        for (int m = 0; m < rows; m++) {
            for (int v = 0; v < VECTORS; v++) {
                code.emit(sum(v, m), at(RAX, line(v)));
            }
            asm.add(RAX, R9);
        }
    }

    /** Where a vector is in the lines of 16 numbers, one for each group. */
    private int line(int vector) {
        return 64 * groups / VECTORS * vector;
    }

    /** The codes of four columns. */
    final Address codes(int vector, int column) {
        int offset = groups == 1 ? 32 * vector : PanelKind.GROUP_CODES * vector;
        return at(RDI, offset + 16 * column);
    }

    /** Four activations. */
    final Address activations(int row, int column) {
        return at(R10, 32 * (from + row) + column);
    }

    final Address field(int field, int row) {
        return at(R10, field * height + 4 * (from + row));
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
        integers(first, end, start);
        addScaled(first == 0 ? PanelKind.scales(groups) : PanelKind.second(groups));
        if (kind == PanelKind.MINIMUM) {
            addMinimum();
        }
    }

    private void load(int numbers) {
        for (int v = 0; v < VECTORS; v++) {
            asm.op(Op.VMOVUPS, registers.numbers + v, 0, at(RDI, numbers + line(v)));
        }
    }

    private void addScaled(int scales) {
        load(scales);
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VBROADCASTSS, registers.all, 0, field(Activations.SCALE, m));
            for (int v = 0; v < VECTORS; v++) {
                asm.op(Op.VCVTDQ2PS, integer(v, m), 0, integer(v, m));
                asm.op(Op.VMULPS, registers.product, registers.numbers + v, registers.all);
                asm.op(Op.VFMADD231PS, sum(v, m), registers.product, integer(v, m));
            }
        }
    }

    private void addMinimum() {
        load(PanelKind.second(groups));
        for (int m = 0; m < rows; m++) {
            asm.op(Op.VBROADCASTSS, registers.all, 0, field(Activations.SCALED_SUM, m));
            for (int v = 0; v < VECTORS; v++) {
                asm.op(Op.VFMADD231PS, sum(v, m), registers.numbers + v, registers.all);
            }
        }
    }
}
