package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * The machine code of attention for one head size and one number of query heads to a KV head.
 *
 * <p>Most tiles are seen whole by several rows at once, and go through code for as many rows as the
 * registers hold. A tile that some row sees in part only goes through code for one row, row by row.
 */
final class EmittedAttention {
    private static final int TILE = AttentionShape.TILE;

    private final AttentionState state;

    /** Code by the number of rows less one. */
    private final MemorySegment[] codes;

    private final MemorySegment endCode;

    private EmittedAttention(AttentionState state, MemorySegment[] pieces) {
        this.state = state;
        this.codes = Arrays.copyOf(pieces, pieces.length - 1);
        this.endCode = pieces[pieces.length - 1];
    }

    /** Nothing where the host refuses executable memory or there is no code for the shape. */
    static Optional<EmittedAttention> emit(InstructionSet set, AttentionShape shape) {
        AttentionState state = new AttentionState(shape.groupSize(), shape.headSize());
        // The lanes of a vector of maxima are the query heads of a row.
        if (!set.hasRowsAndAttention() || state.heads() > Lanes.COUNT) {
            return Optional.empty();
        }
        int rows = Avx512Attention.QUERIES / state.heads();
        byte[][] pieces = new byte[rows + 1][];
        for (int row = 0; row < rows; row++) {
            pieces[row] = Avx512Attention.emit(state, row + 1);
        }
        pieces[rows] = Avx512AttentionEnd.emit(state);
        return ExecutableMemory.install(pieces).map(codes -> new EmittedAttention(state, codes));
    }

    /** Rows that go through the code together at most. */
    int blockRows() {
        return codes.length;
    }

    /** {@link Kernels#attention}. */
    void attend(
            AttentionShape shape,
            MemorySegment query,
            int queryStride,
            int rows,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            MemorySegment out) {
        Objects.checkIndex(kvHead, shape.kvHeads());
        int width = shape.queryHeads() * shape.headSize();
        Objects.checkFromIndexSize(0, 4L * ((rows - 1L) * width + width), out.byteSize());
        int firstTile = ScalarAttention.firstVisible(shape, position) / TILE;
        int lastTile = (position + rows - 1) / TILE;
        long statesBytes = (long) codes.length * state.rowBytes();
        MemorySegment scratch =
                Scratch.ofThread().outside(statesBytes + 8L * (lastTile - firstTile + 2));
        for (int tile = firstTile; tile <= lastTile; tile++) {
            Objects.checkFromIndexSize(tileOffsets[tile], shape.tileBytes(), cache.byteSize());
            scratch.set(JAVA_LONG, statesBytes + 8L * (tile - firstTile), tileOffsets[tile]);
        }
        // The code asks for the tile after the last one too.
        scratch.set(
                JAVA_LONG, statesBytes + 8L * (lastTile - firstTile + 1), tileOffsets[lastTile]);
        long head = cache.address() + (long) kvHead * shape.headTileBytes();
        long offsets = scratch.address() + statesBytes - 8L * firstTile;
        Pass pass = new Pass(shape, scratch, head, offsets);
        int headOffset = kvHead * state.heads() * state.size();
        int row = 0;
        while (row < rows) {
            int count = Math.min(rows - row, codes.length);
            for (int r = 0; r < count; r++) {
                long at = 4L * ((long) (row + r) * queryStride + headOffset);
                state.begin(scratch, r, shape.scale(), query, at);
            }
            attendRows(pass, count, position + row);
            for (int r = 0; r < count; r++) {
                long at = 4L * ((long) (row + r) * width + headOffset);
                Downcalls.emitted(
                        endCode,
                        scratch.address() + (long) r * state.rowBytes(),
                        out.address() + at,
                        0,
                        0,
                        0,
                        0,
                        0);
            }
            row += count;
        }
    }

    private record Pass(AttentionShape shape, MemorySegment states, long head, long offsets) {
        void run(MemorySegment code, long stateOffset, int tile, int tiles, int from, int to) {
            Downcalls.emitted(
                    code,
                    states.address() + stateOffset,
                    head,
                    offsets + 8L * tile,
                    tiles,
                    from,
                    to - from,
                    (1L << to) - (1L << from));
        }
    }

    private void attendRows(Pass pass, int rows, int position) {
        int lastPosition = position + rows - 1;
        int first = ScalarAttention.firstVisible(pass.shape, position) / TILE;
        int end = lastPosition / TILE + 1;
        int wholeFrom = Math.ceilDiv(ScalarAttention.firstVisible(pass.shape, lastPosition), TILE);
        int wholeTo = Math.max(wholeFrom, (position + 1) / TILE);
        for (int tile = first; tile < Math.min(wholeFrom, end); tile++) {
            attendPartly(pass, rows, position, tile);
        }
        if (wholeFrom < wholeTo) {
            pass.run(codes[rows - 1], 0, wholeFrom, wholeTo - wholeFrom, 0, TILE);
        }
        for (int tile = wholeTo; tile < end; tile++) {
            attendPartly(pass, rows, position, tile);
        }
    }

    private void attendPartly(Pass pass, int rows, int position, int tile) {
        for (int r = 0; r < rows; r++) {
            int start = tile * TILE;
            int from = Math.max(ScalarAttention.firstVisible(pass.shape, position + r) - start, 0);
            int to = Math.min(position + r + 1 - start, TILE);
            if (from < to) {
                pass.run(codes[0], (long) r * state.rowBytes(), tile, 1, from, to);
            }
        }
    }
}
