package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LocalOriginTest {
    @Test
    void namesOfThisMachineAreLocal() {
        for (String host :
                List.of(
                        "localhost",
                        "LOCALHOST:8000",
                        "127.0.0.1",
                        "127.1.2.3:1",
                        "[::1]:8000",
                        "a.localhost")) {
            assertThat(LocalOrigin.isLocalHost(Optional.of(host))).as(host).isTrue();
            assertThat(LocalOrigin.isLocalOrigin(Optional.of("http://" + host))).as(host).isTrue();
        }
        assertThat(LocalOrigin.isLocalHost(Optional.empty())).isTrue();
        assertThat(LocalOrigin.isLocalOrigin(Optional.empty())).isTrue();
    }

    @Test
    void everythingElseIsForeign() {
        for (String host :
                List.of(
                        "example.com",
                        "localhost.example.com",
                        "127.0.0.1.example.com",
                        "1127.0.0.1",
                        "0.0.0.0",
                        "",
                        "[::2]",
                        "user@localhost")) {
            assertThat(LocalOrigin.isLocalHost(Optional.of(host))).as(host).isFalse();
            assertThat(LocalOrigin.isLocalOrigin(Optional.of("https://" + host)))
                    .as(host)
                    .isFalse();
        }
        assertThat(LocalOrigin.isLocalOrigin(Optional.of("null"))).isFalse();
        assertThat(LocalOrigin.isLocalOrigin(Optional.of("file://localhost"))).isFalse();
    }
}
