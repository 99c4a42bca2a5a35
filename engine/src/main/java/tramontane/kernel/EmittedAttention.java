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

    private final MemorySegment joinCode;
    private final MemorySegment endCode;

    private EmittedAttention(AttentionState state, MemorySegment[] pieces) {
        this.state = state;
        this.codes = Arrays.copyOf(pieces, pieces.length - 2);
        this.joinCode = pieces[pieces.length - 2];
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
        byte[][] pieces = new byte[rows + 2][];
        for (int row = 0; row < rows; row++) {
            pieces[row] = Avx512Attention.emit(state, row + 1);
        }
        pieces[rows] = Avx512AttentionJoin.emit(state);
        pieces[rows + 1] = Avx512AttentionEnd.emit(state);
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
        int width = shape.queryHeads() * shape.headSize();
        Objects.checkFromIndexSize(0, 4L * ((rows - 1L) * width + width), out.byteSize());
        int firstTile = shape.firstVisible(position) / TILE;
        Pass pass =
                pass(shape, cache, tileOffsets, kvHead, firstTile, (position + rows - 1) / TILE);
        int headOffset = kvHead * state.heads() * state.size();
        int row = 0;
        while (row < rows) {
            int count = Math.min(rows - row, codes.length);
            attendBlock(
                    pass,
                    query.asSlice(4L * ((long) row * queryStride + headOffset)),
                    queryStride,
                    count,
                    position + row);
            for (int r = 0; r < count; r++) {
                long at = 4L * ((long) (row + r) * width + headOffset);
                long last = pass.half(AttentionShape.section(position + row + r));
                end(pass.states.address() + last + r * rowBytes(), out.address() + at);
            }
            row += count;
        }
    }

    /** {@link Kernels#sectionBytes}: a row's state. */
    long rowBytes() {
        return state.rowBytes();
    }

    /** {@link Kernels#attentionSection}. */
    void attendSection(
            AttentionShape shape,
            MemorySegment query,
            int position,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int section,
            MemorySegment partial) {
        Objects.checkFromIndexSize(0, rowBytes(), partial.byteSize());
        int first = shape.firstVisible(position, section);
        int last = AttentionShape.lastVisible(position, section);
        Pass pass = pass(shape, cache, tileOffsets, kvHead, first / TILE, last / TILE);
        long at = 4L * kvHead * state.heads() * state.size();
        state.begin(partial, 0, shape.scale(), query, at);
        attendRows(pass.on(partial), 1, position, first / TILE, last / TILE + 1);
    }

    /** {@link Kernels#joinSections}. */
    void joinSections(
            AttentionShape shape,
            MemorySegment partials,
            int count,
            int kvHead,
            MemorySegment out) {
        Objects.checkFromIndexSize(0, count * rowBytes(), partials.byteSize());
        Objects.checkFromIndexSize(0, 4L * shape.queryHeads() * shape.headSize(), out.byteSize());
        long at = partials.address();
        for (int section = 1; section < count; section++) {
            join(at + rowBytes(), at);
            at += rowBytes();
        }
        end(at, out.address() + 4L * kvHead * state.heads() * state.size());
    }

    private void join(long later, long earlier) {
        Downcalls.emitted(joinCode, later, earlier, 0, 0, 0, 0, 0);
    }

    private void end(long states, long out) {
        Downcalls.emitted(endCode, states, out, 0, 0, 0, 0, 0);
    }

    /**
     * What all calls of the code for one KV head have in common.
     *
     * <pre>
     * states   [2][rows] states: the section under way and the one before, in turn
     *          offsets of the tiles from the first on, and once more the last
     * </pre>
     *
     * @param offsets where that of tile 0 would lie
     */
    private record Pass(
            AttentionShape shape, MemorySegment states, long halfBytes, long head, long offsets) {
        /** Where the states of a section lie. */
        long half(int section) {
            return section % 2 * halfBytes;
        }

        Pass on(MemorySegment other) {
            return new Pass(shape, other, 0, head, offsets);
        }

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

    private Pass pass(
            AttentionShape shape,
            MemorySegment cache,
            long[] tileOffsets,
            int kvHead,
            int firstTile,
            int lastTile) {
        Objects.checkIndex(kvHead, shape.kvHeads());
        long halfBytes = codes.length * rowBytes();
        long statesBytes = 2 * halfBytes;
        MemorySegment scratch =
                Scratch.ofThread().outside(statesBytes + 8L * (lastTile - firstTile + 2));
        for (int tile = firstTile; tile <= lastTile; tile++) {
            Objects.checkFromIndexSize(tileOffsets[tile], shape.tileBytes(), cache.byteSize());
            scratch.set(JAVA_LONG, statesBytes + 8L * (tile - firstTile), tileOffsets[tile]);
        }
        // The code asks for the tile after the last one too.
        scratch.set(
                JAVA_LONG, statesBytes + 8L * (lastTile - firstTile + 1), tileOffsets[lastTile]);
        return new Pass(
                shape,
                scratch,
                halfBytes,
                cache.address() + (long) kvHead * shape.headTileBytes(),
                scratch.address() + statesBytes - 8L * firstTile);
    }

    /** Leaves each row's state in the half of its last section. */
    private void attendBlock(
            Pass pass, MemorySegment query, int queryStride, int rows, int position) {
        AttentionShape shape = pass.shape;
        int last = AttentionShape.section(position + rows - 1);
        for (int section = shape.firstSection(position); section <= last; section++) {
            MemorySegment half = pass.states.asSlice(pass.half(section), pass.halfBytes);
            for (int r = 0; r < rows; r++) {
                if (section <= AttentionShape.section(position + r)) {
                    state.begin(half, r, shape.scale(), query, 4L * r * queryStride);
                }
            }
            int tile = section * AttentionShape.SECTION / TILE;
            attendRows(pass.on(half), rows, position, tile, tile + AttentionShape.SECTION / TILE);
            for (int r = 0; r < rows; r++) {
                if (section > shape.firstSection(position + r)
                        && section <= AttentionShape.section(position + r)) {
                    long at = pass.states.address() + r * rowBytes();
                    join(at + pass.half(section), at + pass.half(section - 1));
                }
            }
        }
    }

    /** Adds what the rows see of the tiles in a range. */
    private void attendRows(Pass pass, int rows, int position, int fromTile, int toTile) {
        int lastPosition = position + rows - 1;
        int first = Math.max(pass.shape.firstVisible(position) / TILE, fromTile);
        int end = Math.min(lastPosition / TILE + 1, toTile);
        int wholeFrom = Math.ceilDiv(pass.shape.firstVisible(lastPosition), TILE);
        wholeFrom = Math.min(Math.max(wholeFrom, first), end);
        int wholeTo = Math.min(Math.max(wholeFrom, (position + 1) / TILE), end);
        for (int tile = first; tile < wholeFrom; tile++) {
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
            int from = Math.max(pass.shape.firstVisible(position + r) - start, 0);
            int to = Math.min(position + r + 1 - start, TILE);
            if (from < to) {
                pass.run(codes[0], r * rowBytes(), tile, 1, from, to);
            }
        }
    }
}
