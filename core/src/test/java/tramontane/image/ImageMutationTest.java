package tramontane.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the bytes, the result is a picture within the limits, or an {@link ImageException}. */
class ImageMutationTest {
    private static final int ROUNDS = 300;

    static List<String> names() {
        return GoldenImages.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void mutatedFilesGiveAPictureOrATypedError(String name) throws Exception {
        byte[] file = GoldenImages.file(name);
        Random random = new Random(name.hashCode());
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] mutated = mutated(file, random);
            try {
                Picture picture = GoldenImages.decoded(mutated);
                assertThat((long) picture.width() * picture.height())
                        .isLessThanOrEqualTo(GoldenImages.LIMITS.pixels());
                read++;
            } catch (ImageException e) {
                assertThat(e).hasMessageMatching("(?s)(The|A) .*");
            }
        }
        assertThat(read).isLessThan(ROUNDS);
    }

    private static byte[] mutated(byte[] file, Random random) {
        byte[] copy =
                random.nextInt(4) == 0
                        ? Arrays.copyOf(file, random.nextInt(file.length))
                        : file.clone();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes && copy.length > 0; i++) {
            // The header decides most.
            int within = random.nextBoolean() ? Math.min(copy.length, 64) : copy.length;
            copy[random.nextInt(within)] = (byte) random.nextInt(256);
        }
        return copy;
    }
}
