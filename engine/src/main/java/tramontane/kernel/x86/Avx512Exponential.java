package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;

import tramontane.kernel.Exponential;

/**
 * Emits {@link Exponential#exp} for 16 lanes.
 *
 * <p>The constants stay in memory, which leaves the registers free. One scalef instruction rounds
 * like the two multiplications of the definition.
 */
final class Avx512Exponential {
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

    private final Assembler asm;
    private final int base;
    private final int offset;
    private final int loaded;
    private final int rounded;
    private final int n;
    private final int remainder;

    /**
     * @param base general register; the constants are at {@code offset} from it
     * @param register the first of four vector registers that the code may overwrite
     */
    Avx512Exponential(Assembler asm, int base, int offset, int register) {
        this.asm = asm;
        this.base = base;
        this.offset = offset;
        loaded = register;
        rounded = register + 1;
        n = register + 2;
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
        load(n, 8);
        load(rounded, 12);
        asm.op(Op.VFMADD213PS, n, x, rounded);
        asm.op(Op.VSUBPS, n, n, rounded);
        asm.op(Op.VPOR, remainder, x, x);
        asm.opBroadcast(Op.VFNMADD231PS, remainder, n, at(base, offset + 16));
        asm.opBroadcast(Op.VFNMADD231PS, remainder, n, at(base, offset + 20));
        load(x, 24);
        for (int coefficient = 28; coefficient <= ONE; coefficient += 4) {
            asm.opBroadcast(Op.VFMADD213PS, x, remainder, at(base, offset + coefficient));
        }
        asm.opBroadcast(Op.VFMADD213PS, x, remainder, at(base, offset + ONE));
        asm.op(Op.VSCALEFPS, x, x, n);
    }

    private void load(int register, int constant) {
        asm.op(Op.VBROADCASTSS, register, 0, at(base, offset + constant));
    }
}
