package tramontane.kernel.x86;

import static tramontane.kernel.x86.Assembler.Address.at;
import static tramontane.kernel.x86.Assembler.R10;
import static tramontane.kernel.x86.Assembler.R11;
import static tramontane.kernel.x86.Assembler.R12;
import static tramontane.kernel.x86.Assembler.R13;
import static tramontane.kernel.x86.Assembler.R14;
import static tramontane.kernel.x86.Assembler.RBP;
import static tramontane.kernel.x86.Assembler.RBX;
import static tramontane.kernel.x86.Assembler.RCX;
import static tramontane.kernel.x86.Assembler.RDI;
import static tramontane.kernel.x86.Assembler.RDX;
import static tramontane.kernel.x86.Assembler.RSI;

/**
 * Emits attention of one row with few query heads per KV head, over whole tiles, several at a time,
 * with vectors of 512 bits. The sums are those of {@link AttentionCode}, in the same order.
 *
 * <p>A score is a chain of as many fmas as a head has elements, and each waits for the one before.
 * With few heads a tile has few chains, and the CPU would mostly wait. So the scores of several
 * tiles are computed side by side, and the outputs of several dimensions.
 *
 * <pre>
 * void kernel(state, KV head in the cache, offsets of the tiles, how many times t tiles)
 *
 * for each t tiles
 *   S[t][q] = sum over i of key[t][i] * query[q][i]        one lane per position
 *   for each tile: S = probabilities under the new maximum   stored, with the factors
 *   for each 16 * d dimensions:
 *     for each tile:  O[q][d] = O[q][d] * factor[q] + sum over j of value[j][d] * probability[q][j]
 * </pre>
 *
 * The values are prefetched with the scores, and the next keys with the outputs. The offsets must
 * have t more tiles at their end, any, for that.
 */
final class SeveralTilesAttention {
    /** Pointers to the tiles whose scores are computed. */
    private static final int[] TILES = {R10, RBX, R13, R14};

    private static final int REGISTERS = 32;

    private final Assembler asm = new Assembler(512);
    private final AttentionState state;
    private final Avx512Probabilities probabilities;
    private final int tiles;
    private final int heads;

    /** Vectors of dimensions of a pass over the values. */
    private final int vectors;

    private SeveralTilesAttention(AttentionState state) {
        this.state = state;
        probabilities = new Avx512Probabilities(asm, state);
        tiles = state.tilesTogether();
        heads = state.heads();
        vectors = vectors(state);
    }

    /**
     * @param state with more than one tile together
     */
    static byte[] emit(AttentionState state) {
        return new SeveralTilesAttention(state).code();
    }

    // As many as the registers hold beside one value of a probability.
    private static int vectors(AttentionState state) {
        int vectors = 1;
        while (state.size() / 16 % (2 * vectors) == 0
                && (state.heads() + 1) * 2 * vectors < REGISTERS) {
            vectors *= 2;
        }
        return vectors;
    }

    private byte[] code() {
        int[] saved = {RBX, RBP, R12, R13, R14};
        for (int register : saved) {
            asm.push(register);
        }
        probabilities.start(AttentionCode.MASK);
        int next = asm.here();
        scores();
        for (int i = 0; i < tiles; i++) {
            int tile = i;
            probabilities.emit(
                    tile * heads, 0, state.factors(tile), head -> state.probabilities(tile, head));
        }
        values();
        asm.addImmediate(RDX, 8 * tiles);
        asm.decrement(RCX);
        asm.jumpIfNotZero(next);
        for (int i = saved.length - 1; i >= 0; i--) {
            asm.pop(saved[i]);
        }
        asm.returnToCaller();
        return asm.code();
    }

    // R11 points to the elements of the queries.
    private void scores() {
        int loaded = tiles * heads;
        int one = loaded + tiles;
        for (int s = 0; s < loaded; s++) {
            asm.op(Op.VPXOR, s, s, s);
        }
        for (int tile = 0; tile < tiles; tile++) {
            asm.load(TILES[tile], at(RDX, 8 * tile));
            asm.add(TILES[tile], RSI);
        }
        asm.move(R11, RDI);
        asm.moveImmediate(RBP, state.size() / 2);
        int pair = asm.here();
        for (int dimension = 0; dimension < 2; dimension++) {
            for (int tile = 0; tile < tiles; tile++) {
                asm.op(Op.VCVTPH2PS, loaded + tile, 0, at(TILES[tile], 32 * dimension));
            }
            for (int head = 0; head < heads; head++) {
                asm.op(Op.VBROADCASTSS, one, 0, at(R11, state.queries(head) + 4 * dimension));
                for (int tile = 0; tile < tiles; tile++) {
                    asm.op(Op.VFMADD231PS, tile * heads + head, loaded + tile, one);
                }
            }
        }
        for (int tile = 0; tile < tiles; tile++) {
            asm.prefetch(TILES[tile], 32 * state.size());
            asm.addImmediate(TILES[tile], 64);
        }
        asm.addImmediate(R11, 8);
        asm.decrement(RBP);
        asm.jumpIfNotZero(pair);
    }

    // RBX points to the outputs of the pass, R12 is the offset of its dimensions in a value.
    private void values() {
        asm.move(RBX, RDI);
        asm.moveImmediate(R12, 0);
        asm.moveImmediate(RBP, state.size() / 16 / vectors);
        int pass = asm.here();
        moveOutputs(Op.VMOVUPS);
        for (int tile = 0; tile < tiles; tile++) {
            addValues(tile);
        }
        moveOutputs(Op.VMOVUPS_STORE);
        asm.addImmediate(RBX, 64 * vectors);
        asm.addImmediate(R12, 32 * vectors);
        asm.decrement(RBP);
        asm.jumpIfNotZero(pass);
    }

    // R10 points to the values of a position, R11 to its probabilities, R14 to the keys of a later
    // tile, as many of which are prefetched as this tile has values.
    private void addValues(int tile) {
        int loaded = heads * vectors;
        int one = loaded + vectors;
        for (int head = 0; head < heads; head++) {
            asm.op(Op.VBROADCASTSS, one, 0, at(RDI, state.factors(tile) + 4 * head));
            for (int i = 0; i < vectors; i++) {
                asm.op(Op.VMULPS, head * vectors + i, head * vectors + i, one);
            }
        }
        asm.load(R10, at(RDX, 8 * tile));
        asm.add(R10, RSI);
        asm.add(R10, R12);
        asm.addImmediate(R10, 32 * state.size());
        asm.load(R14, at(RDX, 8 * (tiles + tile)));
        asm.add(R14, RSI);
        asm.address(R14, at(R14, R12, 8, 0));
        asm.address(R14, at(R14, R12, 8, 0));
        asm.move(R11, RDI);
        asm.moveImmediate(R13, 16);
        int position = asm.here();
        for (int i = 0; i < vectors; i++) {
            asm.op(Op.VCVTPH2PS, loaded + i, 0, at(R10, 32 * i));
        }
        for (int head = 0; head < heads; head++) {
            asm.op(Op.VBROADCASTSS, one, 0, at(R11, state.probabilities(tile, head)));
            for (int i = 0; i < vectors; i++) {
                asm.op(Op.VFMADD231PS, head * vectors + i, loaded + i, one);
            }
        }
        for (int line = 0; line < vectors; line += 2) {
            asm.prefetch(R14, 32 * line);
        }
        asm.addImmediate(R14, 32 * vectors);
        asm.addImmediate(R10, 2 * state.size());
        asm.addImmediate(R11, 4);
        asm.decrement(R13);
        asm.jumpIfNotZero(position);
    }

    private void moveOutputs(Op move) {
        for (int head = 0; head < heads; head++) {
            for (int i = 0; i < vectors; i++) {
                asm.op(move, head * vectors + i, 0, at(RBX, state.outputs(head) + 64 * i));
            }
        }
    }
}
