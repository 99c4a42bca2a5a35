package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.RAX;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import tramontane.kernel.x86.Assembler.Address;

/**
 * What the emitters of matmuls over rows of activations have in common: the loop over groups of
 * weights, and the addresses of the rows.
 *
 * <pre>
 * void kernel(weights, rows, out, length of a row, groups, bytes from one output row to the next, bytes from one row to the next)
 *
 * for each group
 *   for each half of its 16 rows     a vector of 256 bits holds 8 of them, one of 512 bits all
 *     half
 * </pre>
 *
 * Three rows share a base register: row m is at base[m / 3] + (m % 3) * stride, which is one
 * addressing mode.
 */
abstract sealed class FloatRowsCode permits FloatMatmulCode, PairRowsCode {
    private static final int[] BASES = {RSI, R10, R11, RAX};

    /** Bytes of 16 outputs. */
    private static final int LINE = 64;

    final Assembler asm;
    final int bits;
    final int height;

    FloatRowsCode(int bits, int height) {
        this.bits = bits;
        this.height = height;
        asm = new Assembler(bits);
    }

    /** Once before the loops. */
    abstract void start();

    /** Computes half a group; RDI points to its weights, RDX to its outputs. */
    abstract void half(int half);

    /** How often {@link #half} is emitted: once a vector of 16 rows, or for both. */
    int halves() {
        return 512 / bits;
    }

    final byte[] code() {
        int[] saved = {RBX, RBP, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        start();
        asm.load(RBX, at(RSP, 8 * saved.length + 8));
        asm.move(R12, RSI);
        int group = asm.here();
        asm.move(R14, RDI);
        for (int half = 0; half < halves(); half++) {
            asm.move(RDI, R14);
            asm.move(RSI, R12);
            for (int i = 1; i < bases(); i++) {
                asm.address(BASES[i], at(BASES[i - 1], RBX, 2, 0));
                asm.add(BASES[i], RBX);
            }
            half(half);
        }
        asm.addImmediate(RDX, LINE);
        asm.decrement(R8);
        asm.jumpIfNotZero(group);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
        return asm.code();
    }

    private int bases() {
        return Math.ceilDiv(height, 3);
    }

    /** Moves the addresses of all rows. */
    final void advanceRows(int bytes) {
        for (int i = 0; i < bases(); i++) {
            asm.addImmediate(BASES[i], bytes);
        }
    }

    /**
     * {@code sum += weights * [row m]}.
     *
     * @param offset of the element in the row
     * @param broadcast a register for it where vectors have 256 bits
     */
    final void addProduct(int sum, int weights, int m, int offset, int broadcast) {
        if (bits == 512) {
            asm.opBroadcast(Op.VFMADD231PS, sum, weights, input(m, offset));
        } else {
            asm.op(Op.VBROADCASTSS, broadcast, 0, input(m, offset));
            asm.op(Op.VFMADD231PS, sum, weights, broadcast);
        }
    }

    /** What is {@code offset} bytes behind the address of row m. */
    final Address input(int m, int offset) {
        int base = BASES[m / 3];
        return m % 3 == 0 ? at(base, offset) : at(base, RBX, m % 3, offset);
    }
}
