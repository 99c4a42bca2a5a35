package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AllowedOriginsTest {
    @Test
    void aListedOriginIsAnsweredWithItselfAndOthersWithNothing() {
        AllowedOrigins listed = new AllowedOrigins(List.of("https://App.example:8443"));
        assertThat(listed.answer(Optional.of("https://app.example:8443")))
                .contains("https://app.example:8443");
        for (String other :
                List.of(
                        "https://app.example",
                        "http://app.example:8443",
                        "https://app.example:8443.evil.example",
                        "https://evil.example/?https://app.example:8443",
                        "null",
                        "*",
                        "")) {
            assertThat(listed.answer(Optional.of(other))).as(other).isEmpty();
        }
        assertThat(listed.answer(Optional.empty())).isEmpty();
        assertThat(listed.differs()).isTrue();
    }

    @Test
    void allOriginsAreAnsweredAlike() {
        AllowedOrigins any = new AllowedOrigins(List.of(AllowedOrigins.ANY));
        assertThat(any.answer(Optional.of("https://app.example"))).contains("*");
        assertThat(any.answer(Optional.empty())).contains("*");
        assertThat(any.differs()).isFalse();
    }
}
