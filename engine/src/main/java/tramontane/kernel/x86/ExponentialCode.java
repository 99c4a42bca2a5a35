package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;

import tramontane.kernel.Exponential;
import tramontane.kernel.x86.Assembler.Shift;

/**
 * Emits {@link Exponential#exp} for the lanes of one vector.
 *
 * <p>The constants stay in memory, which leaves the registers free. With 512 bits, one scalef
 * instruction rounds like the two multiplications of the definition.
 */
final class ExponentialCode {
    private static final float[] CONSTANTS = {
        Exponential.MIN,
        Exponential.MAX,
        Exponential.LOG2_E,
        Exponential.ROUND,
        Exponential.LN2_HIGH,
        Exponential.LN2_LOW,
        Exponential.C6,
        Exponential.C5,
        Exponential.C4,
        Exponential.C3,
        Exponential.C2,
        1f
    };
    private static final int ONE = 4 * 11;

    /** Shifts an integer into the exponent of a float. */
    private static final int TO_EXPONENT = 23;

    private final Assembler asm;
    private final int base;
    private final int offset;
    private final int loaded;
    private final int n;
    private final int rounded;
    private final int remainder;

    /**
     * @param base general register; the constants are at {@code offset} from it
     * @param register the first of four vector registers that the code may overwrite
     */
    ExponentialCode(Assembler asm, int base, int offset, int register) {
        this.asm = asm;
        this.base = base;
        this.offset = offset;
        loaded = register;
        n = register + 1;
        rounded = register + 2;
        remainder = register + 3;
    }

    static float[] constants() {
        return CONSTANTS.clone();
    }

    /** Replaces {@code x} by its exponential. */
    void emit(int x) {
        load(loaded, 0);
        asm.op(Op.VMAXPS, x, loaded, x);
        load(loaded, 4);
        asm.op(Op.VMINPS, x, loaded, x);
        load(rounded, 8);
        load(n, 12);
        asm.op(Op.VFMADD213PS, rounded, x, n);
        asm.op(Op.VSUBPS, n, rounded, n);
        asm.op(Op.VPOR, remainder, x, x);
        withConstant(Op.VFNMADD231PS, remainder, n, 16);
        withConstant(Op.VFNMADD231PS, remainder, n, 20);
        load(x, 24);
        for (int coefficient = 28; coefficient <= ONE; coefficient += 4) {
            withConstant(Op.VFMADD213PS, x, remainder, coefficient);
        }
        withConstant(Op.VFMADD213PS, x, remainder, ONE);
        if (asm.isWide()) {
            asm.op(Op.VSCALEFPS, x, x, n);
        } else {
            timesPowerOfTwo(x);
        }
    }

    // The low bits of `rounded` are n; the others are multiples of 2^9 also after a halving, and so
    // leave the register when n moves to the exponent.
    private void timesPowerOfTwo(int x) {
        int half = remainder;
        asm.shift(Shift.INTS_RIGHT, half, rounded, 1);
        asm.op(Op.VPSUBD, rounded, rounded, half);
        load(loaded, ONE);
        for (int factor : new int[] {half, rounded}) {
            asm.shift(Shift.INTS_LEFT, factor, factor, TO_EXPONENT);
            asm.op(Op.VPADDD, factor, factor, loaded);
            asm.op(Op.VMULPS, x, x, factor);
        }
    }

    private void load(int register, int constant) {
        asm.op(Op.VBROADCASTSS, register, 0, at(base, offset + constant));
    }

    private void withConstant(Op op, int register, int second, int constant) {
        if (asm.isWide()) {
            asm.opBroadcast(op, register, second, at(base, offset + constant));
        } else {
            load(loaded, constant);
            asm.op(op, register, second, loaded);
        }
    }
}
