package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
    /** A generator whose bytes are all the same. */
    private static RandomGenerator constant(int value) {
        return () -> 0x0101_0101_0101_0101L * value;
    }

    @Test
    void keysHaveOneFormThatScannersCanFind() {
        Set<String> keys = new HashSet<>();
        Random random = new Random(5);
        for (int i = 0; i < 1000; i++) {
            keys.add(ApiKey.create(random));
        }
        keys.add(ApiKey.create(constant(0)));
        keys.add(ApiKey.create(constant(255)));
        assertThat(keys).hasSize(1002).allMatch(key -> key.matches("trm_[0-9A-Za-z]{49}"));
        assertThat(keys).noneMatch(ApiKey::isDamaged);
    }

    @Test
    void everySingleTypingErrorIsFound() {
        String key = ApiKey.create(new Random(6));
        for (int i = 4; i < key.length(); i++) {
            char other = key.charAt(i) == 'x' ? 'y' : 'x';
            assertThat(ApiKey.isDamaged(key.substring(0, i) + other + key.substring(i + 1)))
                    .as("letter %d", i)
                    .isTrue();
            assertThat(ApiKey.isDamaged(key.substring(0, i))).isTrue();
        }
        assertThat(ApiKey.isDamaged("the key of another service")).isFalse();
    }

    @Test
    void theSumIsSha256() {
        assertThat(ApiKey.sha256("abc"))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
