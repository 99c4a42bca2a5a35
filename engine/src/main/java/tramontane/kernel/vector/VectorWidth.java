package tramontane.kernel.vector;

import java.util.Optional;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this process. The JIT compiler needs species that are constants, so the width
 * is chosen when this class loads: by the system property {@code tramontane.vectorBits} or, if it
 * is empty, by what the machine prefers. The sixteen virtual lanes are one, two or four vectors.
 *
 * <p>Loading this class needs the module jdk.incubator.vector; {@link VectorKernels#refusal} checks
 * that first.
 *
 * <p>Rule for code with vectors: a method must not pass a vector to a method of ours or receive one
 * from it. When a compilation exceeds the compiler's node budget, the compiler inlines only methods
 * of the Vector API. A vector that crosses a call is then an object, which is a hundred times
 * slower. Stages exchange arrays instead.
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
     * The reason why the chosen width cannot be used; empty if it can. Vectors wider than the
     * machine's would be emulated with objects.
     */
    static Optional<String> refusal() {
        int widest = VectorSpecies.ofLargestShape(float.class).vectorBitSize();
        return BITS <= widest
                ? Optional.empty()
                : Optional.of(
                        "vectors of " + BITS + " bits were asked for, this machine has " + widest);
    }
}
