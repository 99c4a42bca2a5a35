package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyRingTest {
    private final KeyRing ring = new KeyRing(List.of("first", "second"));

    private boolean opens(String header) {
        return ring.caller(Optional.of(header)).isPresent();
    }

    @Test
    void eachKeyOpensAndNothingElseDoes() {
        assertThat(opens("Bearer first")).isTrue();
        assertThat(opens("bearer  second ")).isTrue();
        for (String header :
                List.of(
                        "Bearer",
                        "Bearer ",
                        "Bearer firs",
                        "Bearer first2",
                        "first",
                        "Basic first",
                        "")) {
            assertThat(opens(header)).as(header).isFalse();
        }
        assertThat(ring.caller(Optional.empty())).isEmpty();
    }

    @Test
    void callersAreToldApartWithoutShowingTheirKeys() {
        Caller first = ring.caller(Optional.of("Bearer first")).orElseThrow();
        Caller second = ring.caller(Optional.of("Bearer second")).orElseThrow();

        assertThat(first).isNotEqualTo(second);
        assertThat(first.id()).hasSize(16).doesNotContain("first");
        assertThat(ring.caller(Optional.of("Bearer first"))).contains(first);
    }

    @Test
    void withoutKeysEveryoneIsLetIn() {
        KeyRing open = new KeyRing(List.of());

        assertThat(open.asksForKey()).isFalse();
        assertThat(open.caller(Optional.empty())).contains(Caller.LOCAL);
        assertThat(open.caller(Optional.of("Bearer anything"))).contains(Caller.LOCAL);
    }
}
