package tramontane.kernel.x86;

import tramontane.kernel.x86.Assembler.Address;

/**
 * {@link AttentionCode} with vectors of 512 bits: all queries of a call are one pass, and their
 * scores stay in registers.
 */
final class Avx512Attention extends AttentionCode {
    private final Avx512Probabilities probabilities = new Avx512Probabilities(asm, state);

    private Avx512Attention(AttentionState state, int rows) {
        super(new Assembler(512), state, rows, QUERIES, Avx512Probabilities.FIRST);
    }

    static byte[] emit(AttentionState state, int rows) {
        return new Avx512Attention(state, rows).code();
    }

    @Override
    void start() {
        probabilities.start(MASK);
    }

    @Override
    void addProducts(int sum, int x, Address one) {
        asm.opBroadcast(Op.VFMADD231PS, sum, x, one);
    }

    @Override
    void multiply(int sum, Address one) {
        asm.opBroadcast(Op.VMULPS, sum, sum, one);
    }

    @Override
    void keepScores(int first, int end) {}

    @Override
    void probabilities(int row) {
        int base = row * state.rowBytes();
        probabilities.emit(
                row * state.heads(),
                base,
                base + AttentionState.FACTORS,
                head -> base + state.probabilities(head));
    }
}
