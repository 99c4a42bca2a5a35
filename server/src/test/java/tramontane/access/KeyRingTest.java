package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tramontane.api.FieldSet;
import tramontane.backend.Caller;

class KeyRingTest {
    private static final String TEXT = ApiKey.create(new Random(1));
    private static final String OLD_TEXT = ApiKey.create(new Random(2));

    private long nowMillis = 1_000;
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMillis);
    private final KeyRing ring = new KeyRing(List.of("first", "second"), List.of("boss"), clock);

    private static StoredKey key(
            Optional<Long> expires, Optional<Long> revoked, Optional<StoredKey.Previous> previous) {
        return new StoredKey(
                "key_1",
                "alice",
                new StoredKey.Secret(ApiKey.sha256(TEXT), previous),
                new StoredKey.Lifetime(0, expires, revoked, Optional.empty()),
                new StoredKey.Scope(Set.of("tiny"), false, FieldSet.MISTRAL),
                KeyLimits.NONE);
    }

    private static StoredKey valid() {
        return key(Optional.empty(), Optional.empty(), Optional.empty());
    }

    private Access access(String header) {
        return ring.access(Optional.of(header));
    }

    private boolean opens(String header) {
        return access(header) instanceof Access.Granted;
    }

    private Caller caller(String header) {
        return ((Access.Granted) access(header)).caller();
    }

    private String refusal(String header) {
        return ((Access.Refused) access(header)).message();
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
        assertThat(ring.access(Optional.empty())).isInstanceOf(Access.Refused.class);
    }

    @Test
    void callersAreToldApartWithoutShowingTheirKeys() {
        Caller first = caller("Bearer first");

        assertThat(first).isNotEqualTo(caller("Bearer second"));
        assertThat(first.id()).hasSize(16).doesNotContain("first");
        assertThat(caller("Bearer first")).isEqualTo(first);
    }

    @Test
    void withoutKeysEveryoneIsLetIn() {
        KeyRing open = new KeyRing(List.of(), List.of(), clock);
        Access everything = new Access.Granted(Caller.LOCAL, true, KeyLimits.NONE, "");

        assertThat(open.asksForKey()).isFalse();
        assertThat(open.access(Optional.empty())).isEqualTo(everything);
        assertThat(open.access(Optional.of("Bearer anything"))).isEqualTo(everything);
    }

    @Test
    void onlyAdministrationKeysOpenAdministration() {
        assertThat(((Access.Granted) access("Bearer boss")).admin()).isTrue();
        assertThat(((Access.Granted) access("Bearer first")).admin()).isFalse();
    }

    @Test
    void aStoredKeyOpensWhatItIsFor() {
        ring.replace(List.of(valid()));
        Access.Granted granted = (Access.Granted) access("Bearer " + TEXT);

        assertThat(granted.caller().id()).isEqualTo("key_1");
        assertThat(granted.caller().models()).containsExactly("tiny");
        assertThat(granted.sum()).doesNotContain(TEXT);
        assertThat(ring.takeUsed()).containsEntry("key_1", 1_000L);
        assertThat(ring.takeUsed()).isEmpty();
    }

    @Test
    void aRevokedKeyIsNotInForceAndAnExpiredOneMayFinish() {
        ring.replace(List.of(key(Optional.of(2_000L), Optional.empty(), Optional.empty())));
        Access.Granted granted = (Access.Granted) access("Bearer " + TEXT);
        nowMillis = 2_000;
        assertThat(refusal("Bearer " + TEXT)).isEqualTo("API key alice has expired");
        assertThat(ring.isInForce(granted)).isTrue();

        ring.replace(List.of(key(Optional.empty(), Optional.of(1_500L), Optional.empty())));
        assertThat(refusal("Bearer " + TEXT)).isEqualTo("API key alice is revoked");
        assertThat(ring.isInForce(granted)).isFalse();
        ring.replace(List.of());
        assertThat(refusal("Bearer " + TEXT)).isEqualTo("Unauthorized");
        assertThat(ring.isInForce(granted)).isFalse();
    }

    @Test
    void aReplacedTextOpensUntilItsOverlapEnds() {
        StoredKey.Previous old = new StoredKey.Previous(ApiKey.sha256(OLD_TEXT), 2_000);
        ring.replace(List.of(key(Optional.empty(), Optional.empty(), Optional.of(old))));
        assertThat(caller("Bearer " + OLD_TEXT)).isEqualTo(caller("Bearer " + TEXT));
        nowMillis = 2_000;
        assertThat(refusal("Bearer " + OLD_TEXT))
                .isEqualTo("API key alice was replaced by a new one");
        assertThat(opens("Bearer " + TEXT)).isTrue();
    }

    /** Revoking the last key must not open the server to everyone. */
    @Test
    void aRevokedKeyStillMakesTheServerAskForKeys() {
        KeyRing open = new KeyRing(List.of(), List.of(), clock);
        open.replace(List.of(key(Optional.empty(), Optional.of(1L), Optional.empty())));
        assertThat(open.asksForKey()).isTrue();
        assertThat(open.access(Optional.empty())).isInstanceOf(Access.Refused.class);
    }

    @Test
    void aKeyWithATypingErrorIsTold() {
        String typo =
                TEXT.substring(0, 10) + (TEXT.charAt(10) == 'a' ? 'b' : 'a') + TEXT.substring(11);
        assertThat(refusal("Bearer " + typo)).contains("checksum is wrong").doesNotContain(typo);
        assertThat(refusal("Bearer " + TEXT.substring(0, 40))).contains("checksum is wrong");
        assertThat(refusal("Bearer " + OLD_TEXT)).isEqualTo("Unauthorized");
    }
}
