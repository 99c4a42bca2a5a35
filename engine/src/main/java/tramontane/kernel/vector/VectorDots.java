package tramontane.kernel.vector;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static tramontane.kernel.vector.VectorWidth.INTS;
import static tramontane.kernel.vector.VectorWidth.LANES;
import static tramontane.kernel.vector.VectorWidth.SHORTS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import tramontane.kernel.PackedMatrix;

/**
 * Dot products of one block of 16 packed rows with one row of int8 activations, in 16-bit lanes. An
 * instruction multiplies twice as many values as with floats. A sum is widened before it can
 * overflow.
 *
 * <p>The activations come in pairs, in the layout of {@link VectorDecode}: an int holds the two
 * values that are multiplied with the two short lanes of an int lane.
 *
 * <pre>
 * int lane r of a line, row r:  column 4 i     4 i + 1     4 i + 2     4 i + 3     (bytes)
 * x &amp; 0x00ff, "even"                4 i                  4 i + 2                 (shorts)
 * x &gt;&gt;&gt; 8,    "odd"                      4 i + 1                 4 i + 3
 * </pre>
 *
 * <p>A product is at most 127 times the code. So 16 bits hold the sum of 16 products for codes up
 * to 15, of eight for codes up to 31, of four for codes up to 63, and of two for signed bytes.
 *
 * <p>Shifts whose result is masked are those of ints: the compiler (C2 of JDK 25) has instructions
 * with a constant count for them and not for shorts.
 */
final class VectorDots {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;
    private static final IntVector NIBBLE = IntVector.broadcast(INTS, 0x000f000f);
    private static final IntVector NIBBLES = IntVector.broadcast(INTS, 0x0f0f0f0f);
    private static final IntVector FIFTHS = IntVector.broadcast(INTS, 0x10101010);
    private static final IntVector PAIRS = IntVector.broadcast(INTS, 0x30303030);
    private static final IntVector THREE = IntVector.broadcast(INTS, 0x00070007);
    private static final IntVector TWO = IntVector.broadcast(INTS, 0x00030003);
    private static final IntVector EVEN = IntVector.broadcast(INTS, 0x00ff00ff);
    private static final ShortVector SIGNS = ShortVector.broadcast(SHORTS, (short) 0x8080);

    private VectorDots() {}

    /** {@code dots[r]} = sum of the nibbles times the activations, plus the start value. */
    static void nibbles(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            ShortVector s = ShortVector.zero(SHORTS);
            ShortVector t = s;
            // C2 replaces loops of at most three turns by their turns. It would keep a loop of four
            // turns of this size, which is slower here and faster in `bytes`.
            for (int half = 0; half < 2; half++) {
                for (int line = 0; line < 2; line++) {
                    int i = 2 * half + line;
                    int p = a + i;
                    IntVector x = fromMemorySegment(INTS, w, at + 64 * i + 4 * lane, LITTLE_ENDIAN);
                    s =
                            x.and(NIBBLE)
                                    .reinterpretAsShorts()
                                    .mul(IntVector.broadcast(INTS, acts[p]).reinterpretAsShorts())
                                    .add(s);
                    t =
                            x.lanewise(LSHR, 4)
                                    .and(NIBBLE)
                                    .reinterpretAsShorts()
                                    .mul(
                                            IntVector.broadcast(INTS, acts[p + 8])
                                                    .reinterpretAsShorts())
                                    .add(t);
                    s =
                            x.lanewise(LSHR, 8)
                                    .and(NIBBLE)
                                    .reinterpretAsShorts()
                                    .mul(
                                            IntVector.broadcast(INTS, acts[p + 4])
                                                    .reinterpretAsShorts())
                                    .add(s);
                    t =
                            x.lanewise(LSHR, 12)
                                    .and(NIBBLE)
                                    .reinterpretAsShorts()
                                    .mul(
                                            IntVector.broadcast(INTS, acts[p + 12])
                                                    .reinterpretAsShorts())
                                    .add(t);
                }
            }
            IntVector both = s.add(t).reinterpretAsInts();
            IntVector sum =
                    both.lanewise(LSHL, 16)
                            .lanewise(ASHR, 16)
                            .add(both.lanewise(ASHR, 16))
                            .add(acts[a + VectorDecode.START]);
            ((FloatVector) sum.convert(I2F, 0)).intoArray(dots, lane);
        }
    }

    /** Three-bit codes: the dot products of the first 16 columns, then of the last 16. */
    static void threes(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector y = fromMemorySegment(INTS, w, at + 128 + 4 * lane, LITTLE_ENDIAN);
            for (int half = 0; half < 2; half++) {
                int p = a + 8 * half;
                ShortVector s = ShortVector.zero(SHORTS);
                IntVector x = fromMemorySegment(INTS, w, at + 64 * half + 4 * lane, LITTLE_ENDIAN);
                s =
                        x.and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p]).reinterpretAsShorts())
                                .add(s);
                s =
                        x.lanewise(LSHR, 8)
                                .and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 4]).reinterpretAsShorts())
                                .add(s);
                IntVector second = x.lanewise(LSHR, 3);
                s =
                        second.and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 1]).reinterpretAsShorts())
                                .add(s);
                s =
                        second.lanewise(LSHR, 8)
                                .and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 5]).reinterpretAsShorts())
                                .add(s);
                IntVector third =
                        x.lanewise(LSHR, 6)
                                .and(0x03030303)
                                .or(y.lanewise(LSHR, 4 + half).and(0x04040404));
                s =
                        third.and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 2]).reinterpretAsShorts())
                                .add(s);
                s =
                        third.lanewise(LSHR, 8)
                                .and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 6]).reinterpretAsShorts())
                                .add(s);
                IntVector fourth = y.lanewise(LSHR, 3 * half);
                s =
                        fourth.and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 3]).reinterpretAsShorts())
                                .add(s);
                s =
                        fourth.lanewise(LSHR, 8)
                                .and(THREE)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 7]).reinterpretAsShorts())
                                .add(s);
                IntVector both = s.reinterpretAsInts();
                IntVector sum =
                        both.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(both.lanewise(ASHR, 16))
                                .add(acts[a + VectorDecode.START + half]);
                ((FloatVector) sum.convert(I2F, 0)).intoArray(dots, half * ROWS + lane);
            }
        }
    }

    /** Like {@link #nibbles}, for codes with fifth bits. */
    static void fives(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            ShortVector s = ShortVector.zero(SHORTS);
            ShortVector t = s;
            IntVector fifth = fromMemorySegment(INTS, w, at + 256 + 4 * lane, LITTLE_ENDIAN);
            for (int i = 0; i < 4; i++) {
                int p = a + i;
                IntVector x = fromMemorySegment(INTS, w, at + 64 * i + 4 * lane, LITTLE_ENDIAN);
                IntVector low = fifth.lanewise(LSHL, 4).and(FIFTHS).or(x.and(NIBBLES));
                s =
                        low.and(EVEN)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p]).reinterpretAsShorts())
                                .add(s);
                s =
                        low.reinterpretAsShorts()
                                .lanewise(LSHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 4]).reinterpretAsShorts())
                                .add(s);
                IntVector high =
                        fifth.lanewise(LSHL, 3).and(FIFTHS).or(x.lanewise(LSHR, 4).and(NIBBLES));
                t =
                        high.and(EVEN)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 8]).reinterpretAsShorts())
                                .add(t);
                t =
                        high.reinterpretAsShorts()
                                .lanewise(LSHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 12]).reinterpretAsShorts())
                                .add(t);
                fifth = fifth.lanewise(LSHR, 2);
            }
            IntVector first = s.reinterpretAsInts();
            IntVector last = t.reinterpretAsInts();
            IntVector sum =
                    first.lanewise(LSHL, 16)
                            .lanewise(ASHR, 16)
                            .add(first.lanewise(ASHR, 16))
                            .add(last.lanewise(LSHL, 16).lanewise(ASHR, 16))
                            .add(last.lanewise(ASHR, 16))
                            .add(acts[a + VectorDecode.START]);
            ((FloatVector) sum.convert(I2F, 0)).intoArray(dots, lane);
        }
    }

    /** Six-bit codes: the dot products of the first 16 columns, then of the last 16. */
    static void sixes(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector first = IntVector.broadcast(INTS, acts[a + VectorDecode.START]);
            IntVector last = IntVector.broadcast(INTS, acts[a + VectorDecode.LAST_START]);
            for (int i = 0; i < 4; i += 2) {
                int p = a + i;
                long line = at + 64 * i + 4 * lane;
                IntVector pairs = fromMemorySegment(INTS, w, line + 256 - 32 * i, LITTLE_ENDIAN);
                IntVector x = fromMemorySegment(INTS, w, line, LITTLE_ENDIAN);
                IntVector low = pairs.lanewise(LSHL, 4).and(PAIRS).or(x.and(NIBBLES));
                IntVector high =
                        pairs.lanewise(LSHL, 2).and(PAIRS).or(x.lanewise(LSHR, 4).and(NIBBLES));
                ShortVector s =
                        low.and(EVEN)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p]).reinterpretAsShorts());
                ShortVector t =
                        high.and(EVEN)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 8]).reinterpretAsShorts());
                s =
                        low.reinterpretAsShorts()
                                .lanewise(LSHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 4]).reinterpretAsShorts())
                                .add(s);
                t =
                        high.reinterpretAsShorts()
                                .lanewise(LSHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 12]).reinterpretAsShorts())
                                .add(t);
                x = fromMemorySegment(INTS, w, line + 64, LITTLE_ENDIAN);
                low = pairs.and(PAIRS).or(x.and(NIBBLES));
                high = pairs.lanewise(LSHR, 2).and(PAIRS).or(x.lanewise(LSHR, 4).and(NIBBLES));
                s =
                        low.and(EVEN)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 1]).reinterpretAsShorts())
                                .add(s);
                t =
                        high.and(EVEN)
                                .reinterpretAsShorts()
                                .mul(IntVector.broadcast(INTS, acts[p + 9]).reinterpretAsShorts())
                                .add(t);
                s =
                        low.reinterpretAsShorts()
                                .lanewise(LSHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 5]).reinterpretAsShorts())
                                .add(s);
                t =
                        high.reinterpretAsShorts()
                                .lanewise(LSHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 13]).reinterpretAsShorts())
                                .add(t);
                first =
                        s.reinterpretAsInts()
                                .lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(s.reinterpretAsInts().lanewise(ASHR, 16))
                                .add(first);
                last =
                        t.reinterpretAsInts()
                                .lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(t.reinterpretAsInts().lanewise(ASHR, 16))
                                .add(last);
            }
            ((FloatVector) first.convert(I2F, 0)).intoArray(dots, lane);
            ((FloatVector) last.convert(I2F, 0)).intoArray(dots, ROWS + lane);
        }
    }

    /**
     * Two-bit codes: the dot products of the first 16 columns, then of the last 16. 16 bits hold
     * the sum of all products.
     */
    static void twos(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            for (int half = 0; half < 2; half++) {
                IntVector line =
                        fromMemorySegment(INTS, w, at + 64 * half + 4 * lane, LITTLE_ENDIAN);
                ShortVector s = ShortVector.zero(SHORTS);
                for (int i = 0; i < 4; i++) {
                    int p = a + 8 * half + i;
                    s =
                            line.and(TWO)
                                    .reinterpretAsShorts()
                                    .mul(IntVector.broadcast(INTS, acts[p]).reinterpretAsShorts())
                                    .add(s);
                    s =
                            line.lanewise(LSHR, 8)
                                    .and(TWO)
                                    .reinterpretAsShorts()
                                    .mul(
                                            IntVector.broadcast(INTS, acts[p + 4])
                                                    .reinterpretAsShorts())
                                    .add(s);
                    line = line.lanewise(LSHR, 2);
                }
                IntVector both = s.reinterpretAsInts();
                IntVector sum =
                        both.lanewise(LSHL, 16).lanewise(ASHR, 16).add(both.lanewise(ASHR, 16));
                ((FloatVector) sum.convert(I2F, 0)).intoArray(dots, half * ROWS + lane);
            }
        }
    }

    /** Eight-bit codes, which are converted to signed bytes first. */
    static void bytes(MemorySegment w, long at, int[] acts, int a, float[] dots) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            IntVector sum = IntVector.zero(INTS);
            for (int i = 0; i < 8; i++) {
                int p = a + i / 4 * 8 + i % 4;
                ShortVector x =
                        ShortVector.fromMemorySegment(
                                        SHORTS, w, at + 64 * i + 4 * lane, LITTLE_ENDIAN)
                                .lanewise(XOR, SIGNS);
                ShortVector even =
                        x.lanewise(LSHL, 8)
                                .lanewise(ASHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p]).reinterpretAsShorts());
                IntVector both =
                        x.lanewise(ASHR, 8)
                                .mul(IntVector.broadcast(INTS, acts[p + 4]).reinterpretAsShorts())
                                .add(even)
                                .reinterpretAsInts();
                sum =
                        both.lanewise(LSHL, 16)
                                .lanewise(ASHR, 16)
                                .add(both.lanewise(ASHR, 16))
                                .add(sum);
            }
            ((FloatVector) sum.convert(I2F, 0)).intoArray(dots, lane);
        }
    }
}
