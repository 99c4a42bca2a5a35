package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RSI;

/**
 * Emits the end of attention for one row: the tree adds the lanes of each sum, and the outputs are
 * divided by it.
 *
 * <pre>
 * void kernel(state of the row, address of its outputs)
 * </pre>
 */
final class AttentionEndCode {
    private static final int SUM = 0;
    private static final int OTHER = 1;

    private AttentionEndCode() {}

    static byte[] emit(int bits, AttentionState state) {
        Assembler asm = new Assembler(bits);
        for (int head = 0; head < state.heads(); head++) {
            for (int offset : asm.lanesOffsets()) {
                int part = offset == 0 ? SUM : OTHER;
                asm.op(Op.VMOVUPS, part, 0, at(RDI, state.sums(head) + offset));
            }
            RowsCode.addLanes(asm, SUM, OTHER);
            asm.moveImmediate(RCX, state.size() / 16);
            int dimensions = asm.here();
            for (int offset : asm.lanesOffsets()) {
                asm.op(Op.VMOVUPS, OTHER, 0, at(RDI, state.outputs(head) + offset));
                asm.op(Op.VDIVPS, OTHER, OTHER, SUM);
                asm.op(Op.VMOVUPS_STORE, OTHER, 0, at(RSI, offset));
            }
            asm.addImmediate(RDI, 64);
            asm.addImmediate(RSI, 64);
            asm.decrement(RCX);
            asm.jumpIfNotZero(dimensions);
            asm.addImmediate(RDI, -4 * state.size());
        }
        asm.returnToCaller();
        return asm.code();
    }
}
