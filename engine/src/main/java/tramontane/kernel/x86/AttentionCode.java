package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.R8;
import static tramontane.kernel.x86.Assembler.R9;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;
import static tramontane.kernel.x86.Assembler.RSP;

import tramontane.kernel.x86.Assembler.Address;

/**
 * Emits attention of several rows, with all query heads of one KV head, over a range of tiles. The
 * subclasses differ in how many registers hold 16 lanes, and in what they keep in registers.
 *
 * <pre>
 * void kernel(states, KV head in the cache, offsets of the tiles, number of tiles,
 *             first visible position of a tile, number of visible positions, the same as a mask)
 *
 * for each tile
 *   for each pass of queries: S[q] = sum over i of key[i] * query[q][i]       one lane per position
 *   S = probabilities under the new maximum               stored, with the factor for the earlier sums
 *   for each pass of queries, for each 16 dimensions:
 *     O[q] = O[q] * factor[q] + sum over j of value[j] * probability[q][j]
 * </pre>
 *
 * A query is one head of one row. A pass has as many queries as the registers hold; keys and values
 * are converted from fp16 once for all of them.
 */
abstract sealed class AttentionCode permits Avx2Attention, Avx512Attention {
    /** Queries of one call. */
    static final int QUERIES = 24;

    static final int SWAP_HALVES = 0x4E;
    static final int SWAP_NEIGHBOURS = 0xB1;

    /** Where the last argument is after the pushes. */
    static final Address MASK = at(RSP, 48);

    final Assembler asm;
    final AttentionState state;
    final int rows;
    private final int passQueries;

    /** The offsets in fp32 of the vectors that hold 16 lanes. */
    private final int[] lanes;

    /** Registers of the converted keys or values. */
    private final int loaded;

    AttentionCode(Assembler asm, AttentionState state, int rows, int passQueries, int loaded) {
        this.asm = asm;
        this.state = state;
        this.rows = rows;
        this.passQueries = passQueries;
        this.loaded = loaded;
        lanes = asm.lanesOffsets();
    }

    /** Once before the loop over the tiles. */
    abstract void start();

    /** {@code sum += x * [one]}, with 16 lanes of {@code sum} and of {@code x}. */
    abstract void addProducts(int sum, int x, Address one);

    /** Multiplies the 16 lanes of {@code sum} by one value. */
    abstract void multiply(int sum, Address one);

    /** After the scores of a pass, whose queries begin at {@code first}. */
    abstract void keepScores(int first, int end);

    /** Turns the scores of a row into probabilities. */
    abstract void probabilities(int row);

    /** The first register of a query's 16 lanes in a pass that begins at {@code first}. */
    final int register(int query, int first) {
        return (query - first) * lanes.length;
    }

    /** Offset from RDI of the state of a query's row. */
    final int rowOffset(int query) {
        return query / state.heads() * state.rowBytes();
    }

    final int head(int query) {
        return query % state.heads();
    }

    /** The passes are as even as possible. */
    @FunctionalInterface
    private interface Pass {
        void emit(int first, int end);
    }

    private void forEachPass(Pass pass) {
        int queries = rows * state.heads();
        int passes = Math.ceilDiv(queries, passQueries);
        for (int i = 0; i < passes; i++) {
            pass.emit(queries * i / passes, queries * (i + 1) / passes);
        }
    }

    final byte[] code() {
        int[] saved = {RBX, RBP, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        start();
        int tile = asm.here();
        forEachPass((first, end) -> {
            scores(first, end);
            keepScores(first, end);
        });
        for (int row = 0; row < rows; row++) {
            probabilities(row);
        }
        forEachPass(this::values);
        asm.addImmediate(RDX, 8);
        asm.decrement(RCX);
        asm.jumpIfNotZero(tile);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
        return asm.code();
    }

    // R12 prefetches the next tile while this one is multiplied, in the first pass. The offset
    // exists even after the last tile.
    private void scores(int first, int end) {
        for (int s = 0; s < register(end, first); s++) {
            asm.op(Op.VPXOR, s, s, s);
        }
        asm.load(R10, at(RDX, 0));
        asm.add(R10, RSI);
        asm.load(R12, at(RDX, 8));
        asm.add(R12, RSI);
        asm.move(R11, RDI);
        asm.moveImmediate(RBP, state.size() / 2);
        int pair = asm.here();
        if (first == 0) {
            asm.prefetch(R12, 0);
        }
        for (int dimension = 0; dimension < 2; dimension++) {
            convert(32 * dimension);
            for (int q = first; q < end; q++) {
                int query = rowOffset(q) + state.queries(head(q)) + 4 * dimension;
                addProducts(register(q, first), loaded, at(R11, query));
            }
        }
        asm.addImmediate(R10, 64);
        asm.addImmediate(R11, 8);
        asm.addImmediate(R12, 64);
        asm.decrement(RBP);
        asm.jumpIfNotZero(pair);
    }

    /** Converts 16 values of fp16 at R10. */
    private void convert(int offset) {
        for (int i = 0; i < lanes.length; i++) {
            asm.op(Op.VCVTPH2PS, loaded + i, 0, at(R10, offset + lanes[i] / 2));
        }
    }

    // RBX points to the outputs of 16 dimensions, R12 to their first visible value. R10 and R11
    // advance by positions.
    private void values(int first, int end) {
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
        for (int q = first; q < end; q++) {
            moveOutputs(Op.VMOVUPS, q, first);
            int factor = rowOffset(q) + AttentionState.FACTORS + 4 * head(q);
            multiply(register(q, first), at(RDI, factor));
        }
        asm.move(R10, R12);
        asm.address(R11, at(RDI, R8, 4, 0));
        asm.move(R13, R9);
        int position = asm.here();
        if (first == 0) {
            asm.prefetch(R14, 0);
            asm.addImmediate(R14, 32);
        }
        convert(0);
        for (int q = first; q < end; q++) {
            int probability = rowOffset(q) + state.probabilities(head(q));
            addProducts(register(q, first), loaded, at(R11, probability));
        }
        asm.addImmediate(R10, 2 * state.size());
        asm.addImmediate(R11, 4);
        asm.decrement(R13);
        asm.jumpIfNotZero(position);
        for (int q = first; q < end; q++) {
            moveOutputs(Op.VMOVUPS_STORE, q, first);
        }
        asm.addImmediate(RBX, 64);
        asm.addImmediate(R12, 32);
        asm.decrement(RBP);
        asm.jumpIfNotZero(dimensions);
    }

    private void moveOutputs(Op move, int query, int first) {
        for (int i = 0; i < lanes.length; i++) {
            int outputs = rowOffset(query) + state.outputs(head(query)) + lanes[i];
            asm.op(move, register(query, first) + i, 0, at(RBX, outputs));
        }
    }
}
