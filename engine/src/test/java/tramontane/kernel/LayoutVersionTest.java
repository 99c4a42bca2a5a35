package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import tramontane.tensor.DType;

/** Packed weights are kept in files, so a change of their layout needs another version. */
class LayoutVersionTest {
    private static final int VERSION = 6;
    private static final long SUM = 2_825_638_398L;

    @Test
    void aChangeOfTheLayoutHasANewVersion() {
        CRC32C sum = new CRC32C();
        for (DType dtype : DType.values()) {
            SplittableRandom random = new SplittableRandom(dtype.blockBytes());
            try (Arena arena = Arena.ofConfined()) {
                PackedMatrix packed =
                        PackedMatrix.pack(
                                RandomWeights.tensor(
                                        dtype, 35, 512, RandomWeights.Kind.ORDINARY, random),
                                arena);
                sum.update(packed.data().asByteBuffer());
            }
        }
        assertThat(sum.getValue())
                .as(
                        "the layout has changed: add one to PackedMatrix.LAYOUT_VERSION and write it and the sum here")
                .isEqualTo(SUM);
        assertThat(PackedMatrix.LAYOUT_VERSION).isEqualTo(VERSION);
    }
}
