package tramontane.kernel;

import java.util.Optional;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one vector width of this process. Species must be constants for the compiler to make
 * instructions of them, so the width is chosen when this class loads: by the system property {@code
 * tramontane.vectorBits}, or the machine's own where that is empty. The sixteen virtual lanes are
 * one, two or four vectors.
 *
 * <p>Loading this class needs the module jdk.incubator.vector; {@link VectorKernels#refusal} looks
 * before it does.
 *
 * <p>A rule for the code that uses it: a method in which vectors live calls no method of ours with
 * them, nor gets one back. When a compilation has grown past the compiler's node budget it stops
 * inlining all but the Vector API's own methods, and a vector that crosses a call is an object: a
 * hundred times slower. Stages meet in arrays instead.
 */
final class VectorWidth {
    static final int BITS = chosenBits();
    private static final VectorShape SHAPE = VectorShape.forBitSize(BITS);
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SHAPE);
    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, SHAPE);

    /** Lanes of a vector of floats. */
    static final int LANES = BITS / Float.SIZE;

    /** Bytes of a vector. */
    static final int BYTES = BITS / Byte.SIZE;

    private VectorWidth() {}

    private static int chosenBits() {
        int wanted = Integer.getInteger(VectorKernels.BITS_PROPERTY, preferredBits());
        return wanted == 128 || wanted == 256 ? wanted : 512;
    }

    private static int preferredBits() {
        return Math.clamp(VectorSpecies.ofPreferred(float.class).vectorBitSize(), 128, 512);
    }

    /**
     * Why the chosen width cannot be used; wider vectors than the machine's would be emulated,
     * object by object.
     */
    static Optional<String> refusal() {
        int widest = VectorSpecies.ofLargestShape(float.class).vectorBitSize();
        return BITS <= widest
                ? Optional.empty()
                : Optional.of(
                        "vectors of " + BITS + " bits were asked for, this machine has " + widest);
    }
}
