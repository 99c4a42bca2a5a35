package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.Lanes;
import tramontane.kernel.QueryRows;

/**
 * The machine code of attention for one head size and one number of query heads per KV head.
 *
 * <p>If several rows see all of a tile, one call computes as many rows as fit the registers. A tile
 * that some row sees only in part is computed row by row.
 */
final class EmittedAttention {
    private static final int TILE = AttentionShape.TILE;

    private final AttentionState state;

    /** Index i has the code for i + 1 rows. */
    private final MemorySegment[] codes;

    private final MemorySegment joinCode;
    private final MemorySegment endCode;

    /** For one row over several tiles at a time. */
    private final Optional<MemorySegment> severalTilesCode;

    private EmittedAttention(AttentionState state, int rows, MemorySegment[] pieces) {
        this.state = state;
        this.codes = Arrays.copyOf(pieces, rows);
        this.joinCode = pieces[rows];
        this.endCode = pieces[rows + 1];
        this.severalTilesCode =
                pieces.length > rows + 2 ? Optional.of(pieces[rows + 2]) : Optional.empty();
    }

    /** Empty if the host refuses executable memory or there is no code for the shape. */
    static Optional<EmittedAttention> emit(InstructionSet set, AttentionShape shape) {
        AttentionState state = new AttentionState(shape.groupSize(), shape.headSize());
        // A lane of the vector of maxima is a query head of a row.
        if (state.heads() > Lanes.COUNT) {
            return Optional.empty();
        }
        int rows = AttentionCode.QUERIES / state.heads();
        List<byte[]> pieces = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            pieces.add(set.attention(state, row + 1));
        }
        pieces.add(AttentionJoinCode.emit(set.bits(), state));
        pieces.add(AttentionEndCode.emit(set.bits(), state));
        set.severalTilesAttention(state).ifPresent(pieces::add);
        return ExecutableMemory.install(pieces.toArray(byte[][]::new))
                .map(codes -> new EmittedAttention(state, rows, codes));
    }

    /** The maximum number of rows of one call. */
    int blockRows() {
        return codes.length;
    }

    /** {@link Kernels#attention}. */
    void attend(KvHead head, QueryRows queries, MemorySegment out) {
        AttentionShape shape = head.shape();
        int width = shape.queryHeads() * shape.headSize();
        int rows = queries.count();
        int position = queries.position();
        Objects.checkFromIndexSize(0, 4L * ((rows - 1L) * width + width), out.byteSize());
        int firstTile = shape.firstVisible(position) / TILE;
        Pass pass = pass(head, firstTile, queries.lastPosition() / TILE);
        int row = 0;
        while (row < rows) {
            int count = Math.min(rows - row, codes.length);
            long start = 4L * ((long) row * queries.stride() + head.queryOffset());
            MemorySegment values = queries.values().asSlice(start);
            attendBlock(pass, new QueryRows(values, queries.stride(), count, position + row));
            for (int r = 0; r < count; r++) {
                long at = 4L * ((long) (row + r) * width + head.queryOffset());
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
    void attendSection(KvHead head, QueryRows query, int section, MemorySegment partial) {
        Objects.checkFromIndexSize(0, rowBytes(), partial.byteSize());
        AttentionShape shape = head.shape();
        int first = shape.firstVisible(query.position(), section) / TILE;
        int last = AttentionShape.lastVisible(query.position(), section) / TILE;
        Pass pass = pass(head, first, last);
        state.start(partial, 0, shape.scale(), query.values(), 4L * head.queryOffset());
        attendRows(pass.on(partial), 1, query.position(), first, last + 1);
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
     * The arguments that all calls for one KV head have in common.
     *
     * <pre>
     * states   [2][rows] states: sections alternate between the two halves
     *          offsets of the tiles from the first one on, then tilesTogether() times the last one
     * </pre>
     *
     * @param offsets address at which the offset of tile 0 would be
     */
    private record Pass(
            AttentionShape shape, MemorySegment states, long halfBytes, long head, long offsets) {
        /** Byte offset of the states of a section. */
        long half(int section) {
            return section % 2 * halfBytes;
        }

        Pass on(MemorySegment other) {
            return new Pass(shape, other, 0, head, offsets);
        }

        /** Runs the code for all rows of a block over whole tiles. */
        void runWhole(MemorySegment code, int tile, int tiles) {
            Downcalls.emitted(
                    code,
                    states.address(),
                    head,
                    offsets + 8L * tile,
                    tiles,
                    0,
                    TILE,
                    (1L << TILE) - 1);
        }

        /** Runs the code for one row over slots {@code from} to {@code to} of a tile. */
        void runPartly(MemorySegment code, long stateOffset, int tile, int from, int to) {
            Downcalls.emitted(
                    code,
                    states.address() + stateOffset,
                    head,
                    offsets + 8L * tile,
                    1,
                    from,
                    to - from,
                    (1L << to) - (1L << from));
        }
    }

    private Pass pass(KvHead head, int firstTile, int lastTile) {
        AttentionShape shape = head.shape();
        long[] tileOffsets = head.tileOffsets();
        Objects.checkIndex(head.index(), shape.kvHeads());
        long halfBytes = codes.length * rowBytes();
        long statesBytes = 2 * halfBytes;
        MemorySegment scratch =
                NativeScratch.ofThread(
                        statesBytes + 8L * (lastTile - firstTile + 1 + state.tilesTogether()));
        for (int tile = firstTile; tile <= lastTile; tile++) {
            Objects.checkFromIndexSize(
                    tileOffsets[tile], shape.tileBytes(), head.cache().byteSize());
            scratch.set(JAVA_LONG, statesBytes + 8L * (tile - firstTile), tileOffsets[tile]);
        }
        // The code also prefetches the tiles after the last one.
        for (int tile = lastTile + 1; tile <= lastTile + state.tilesTogether(); tile++) {
            scratch.set(JAVA_LONG, statesBytes + 8L * (tile - firstTile), tileOffsets[lastTile]);
        }
        return new Pass(
                shape,
                scratch,
                halfBytes,
                head.cache().address() + (long) head.index() * shape.headTileBytes(),
                scratch.address() + statesBytes - 8L * firstTile);
    }

    /** Computes a block of rows. Each row's result is in the half of its last section. */
    private void attendBlock(Pass pass, QueryRows queries) {
        AttentionShape shape = pass.shape;
        int rows = queries.count();
        int position = queries.position();
        int last = AttentionShape.section(queries.lastPosition());
        for (int section = shape.firstSection(position); section <= last; section++) {
            MemorySegment half = pass.states.asSlice(pass.half(section), pass.halfBytes);
            for (int r = 0; r < rows; r++) {
                if (section <= AttentionShape.section(position + r)) {
                    state.start(
                            half, r, shape.scale(), queries.values(), 4L * r * queries.stride());
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

    /** Adds the visible positions of a range of tiles. */
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
        int done = rows == 1 ? attendSeveral(pass, wholeFrom, wholeTo - wholeFrom) : 0;
        if (wholeFrom + done < wholeTo) {
            pass.runWhole(codes[rows - 1], wholeFrom + done, wholeTo - wholeFrom - done);
        }
        for (int tile = wholeTo; tile < end; tile++) {
            attendPartly(pass, rows, position, tile);
        }
    }

    /** Computes most of some whole tiles several at a time. Returns how many. */
    private int attendSeveral(Pass pass, int tile, int tiles) {
        int together = state.tilesTogether();
        if (severalTilesCode.isEmpty() || tiles < together) {
            return 0;
        }
        pass.runWhole(severalTilesCode.get(), tile, tiles / together);
        return tiles / together * together;
    }

    private void attendPartly(Pass pass, int rows, int position, int tile) {
        for (int r = 0; r < rows; r++) {
            int start = tile * TILE;
            int from = Math.max(pass.shape.firstVisible(position + r) - start, 0);
            int to = Math.min(position + r + 1 - start, TILE);
            if (from < to) {
                pass.runPartly(codes[0], r * rowBytes(), tile, from, to);
            }
        }
    }
}
