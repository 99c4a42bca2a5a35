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
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

/**
 * Emits attention of several rows, with all query heads of one KV head, over a range of tiles.
 *
 * <pre>
 * void kernel(states, KV head in the cache, offsets of the tiles, number of tiles,
 *             first visible position of a tile, number of visible positions, the same as a mask)
 *
 * for each tile
 *   S[q] = sum over i of key[i] * query[q][i]{1to16}    one lane per position, one register per query
 *   S = probabilities under the new maximum             stored, with the factor for the earlier sums
 *   for each 16 dimensions: O[q] = O[q] * factor[q] + sum over j of value[j] * probability[q][j]{1to16}
 * </pre>
 *
 * A query is one head of one row. Keys and values are converted from fp16 once for all queries.
 */
final class Avx512Attention {
    /** Queries of one call. Their scores leave 8 registers free. */
    static final int QUERIES = 24;

    private static final int LOADED = 24;
    private static final int OTHER = 25;
    private static final int N = 26;
    private static final int RAISED = 29;
    private static final int OLD = 30;

    private static final int VISIBLE = 1;
    private static final int ONE_HEAD = 2;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler asm = new Assembler(512);
    private final AttentionState state;
    private final int rows;
    private final Avx512Exponential exponential =
            new Avx512Exponential(asm, RDI, AttentionState.EXP, LOADED);

    private Avx512Attention(AttentionState state, int rows) {
        this.state = state;
        this.rows = rows;
    }

    static byte[] emit(AttentionState state, int rows) {
        Avx512Attention attention = new Avx512Attention(state, rows);
        attention.loop();
        return attention.asm.code();
    }

    private int register(int row, int head) {
        return row * state.heads() + head;
    }

    @FunctionalInterface
    private interface QueryCode {
        void emit(int register, int rowOffset, int head);
    }

    private void forEachQuery(QueryCode code) {
        for (int row = 0; row < rows; row++) {
            for (int head = 0; head < state.heads(); head++) {
                code.emit(register(row, head), row * state.rowBytes(), head);
            }
        }
    }

    private void loop() {
        int[] saved = {RBX, RBP, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        asm.load(RAX, at(RSP, 48));
        asm.moveToMask(VISIBLE, RAX);
        int tile = asm.here();
        scores();
        for (int row = 0; row < rows; row++) {
            probabilities(row);
        }
        values();
        asm.addImmediate(RDX, 8);
        asm.decrement(RCX);
        asm.jumpIfNotZero(tile);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
    }

    // R12 prefetches the next tile while this one is multiplied. The offset exists even after the
    // last tile.
    private void scores() {
        forEachQuery((s, row, head) -> asm.op(Op.VPXOR, s, s, s));
        asm.load(R10, at(RDX, 0));
        asm.add(R10, RSI);
        asm.load(R12, at(RDX, 8));
        asm.add(R12, RSI);
        asm.move(R11, RDI);
        asm.moveImmediate(RBP, state.size() / 2);
        int pair = asm.here();
        asm.prefetch(R12, 0);
        for (int i = 0; i < 2; i++) {
            int dimension = i;
            asm.op(Op.VCVTPH2PS, LOADED, 0, at(R10, 32 * i));
            forEachQuery((s, row, head) ->
                    asm.opBroadcast(
                            Op.VFMADD231PS,
                            s,
                            LOADED,
                            at(R11, row + state.queries(head) + 4 * dimension)));
        }
        asm.addImmediate(R10, 64);
        asm.addImmediate(R11, 8);
        asm.addImmediate(R12, 64);
        asm.decrement(RBP);
        asm.jumpIfNotZero(pair);
    }

    private void probabilities(int row) {
        int base = row * state.rowBytes();
        asm.op(Op.VMOVUPS, OLD, 0, at(RDI, base + AttentionState.MAXIMA));
        asm.op(Op.VPOR, RAISED, OLD, OLD);
        asm.op(Op.VBROADCASTSS, LOADED, 0, at(RDI, AttentionState.NEGATIVE_INFINITY));
        for (int head = 0; head < state.heads(); head++) {
            int s = register(row, head);
            asm.opBroadcast(Op.VMULPS, s, s, at(RDI, AttentionState.SCALE));
            asm.opMasked(Op.VBLENDMPS, s, LOADED, s, VISIBLE);
            highestLane(s);
            asm.moveImmediate(RAX, 1 << head);
            asm.moveToMask(ONE_HEAD, RAX);
            asm.opMasked(Op.VMAXPS, RAISED, RAISED, N, ONE_HEAD);
        }
        asm.op(Op.VMOVUPS_STORE, RAISED, 0, at(RDI, base + AttentionState.MAXIMA));
        asm.op(Op.VSUBPS, OLD, OLD, RAISED);
        exponential.emit(OLD);
        asm.op(Op.VMOVUPS_STORE, OLD, 0, at(RDI, base + AttentionState.FACTORS));
        for (int head = 0; head < state.heads(); head++) {
            int s = register(row, head);
            asm.opBroadcast(Op.VSUBPS, s, s, at(RDI, base + AttentionState.MAXIMA + 4 * head));
            exponential.emit(s);
            asm.op(Op.VMOVUPS_STORE, s, 0, at(RDI, base + state.probabilities(head)));
            asm.op(Op.VMOVUPS, N, 0, at(RDI, base + state.sums(head)));
            asm.opBroadcast(Op.VMULPS, N, N, at(RDI, base + AttentionState.FACTORS + 4 * head));
            asm.op(Op.VADDPS, N, N, s);
            asm.op(Op.VMOVUPS_STORE, N, 0, at(RDI, base + state.sums(head)));
        }
    }

    // Sets all lanes of N to the maximum of s.
    private void highestLane(int s) {
        asm.op(Op.VSHUFF32X4, N, s, s, SWAP_HALVES);
        asm.op(Op.VMAXPS, N, N, s);
        asm.op(Op.VSHUFF32X4, OTHER, N, N, SWAP_NEIGHBOURS);
        asm.op(Op.VMAXPS, N, N, OTHER);
        asm.op(Op.VPSHUFD, OTHER, 0, N, SWAP_HALVES);
        asm.op(Op.VMAXPS, N, N, OTHER);
        asm.op(Op.VPSHUFD, OTHER, 0, N, SWAP_NEIGHBOURS);
        asm.op(Op.VMAXPS, N, N, OTHER);
    }

    // RBX points to the outputs of 16 dimensions, R12 to their first visible value. R10 and R11
    // advance by positions.
    private void values() {
        asm.load(R12, at(RDX, 0));
        asm.add(R12, RSI);
        asm.addImmediate(R12, 32 * state.size());
        asm.move(R10, R8);
        asm.multiplyImmediate(R10, 2 * state.size());
        asm.add(R12, R10);
        asm.load(R14, at(RDX, 8));
        asm.add(R14, RSI);
        asm.addImmediate(R14, 32 * state.size());
        asm.move(RBX, RDI);
        asm.moveImmediate(RBP, state.size() / 16);
        int dimensions = asm.here();
        forEachQuery((o, row, head) -> {
            asm.op(Op.VMOVUPS, o, 0, at(RBX, row + state.outputs(head)));
            int factor = row + AttentionState.FACTORS + 4 * head;
            asm.opBroadcast(Op.VMULPS, o, o, at(RDI, factor));
        });
        asm.move(R10, R12);
        asm.address(R11, at(RDI, R8, 4, 0));
        asm.move(R13, R9);
        int position = asm.here();
        asm.prefetch(R14, 0);
        asm.addImmediate(R14, 32);
        asm.op(Op.VCVTPH2PS, LOADED, 0, at(R10, 0));
        forEachQuery((o, row, head) ->
                asm.opBroadcast(
                        Op.VFMADD231PS, o, LOADED, at(R11, row + state.probabilities(head))));
        asm.addImmediate(R10, 2 * state.size());
        asm.addImmediate(R11, 4);
        asm.decrement(R13);
        asm.jumpIfNotZero(position);
        forEachQuery((o, row, head) ->
                asm.op(Op.VMOVUPS_STORE, o, 0, at(RBX, row + state.outputs(head))));
        asm.addImmediate(RBX, 64);
        asm.addImmediate(R12, 32);
        asm.decrement(RBP);
        asm.jumpIfNotZero(dimensions);
    }
}
