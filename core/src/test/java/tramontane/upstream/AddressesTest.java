package tramontane.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;

/** Which address gets a request, on a clock of the test's own. */
class AddressesTest {
    private final AtomicLong nanos = new AtomicLong();

    private Addresses addresses(int count) {
        Duration time = Duration.ofSeconds(1);
        Addresses addresses =
                new Addresses(
                        new UpstreamModel(
                                "m",
                                UpstreamKind.VLLM,
                                IntStream.range(0, count)
                                        .mapToObj(i -> URI.create("http://h" + i + ":80"))
                                        .toList(),
                                "m",
                                Optional.empty(),
                                Optional.empty(),
                                new UpstreamTimes(time, time, time, time)),
                        nanos::get);
        addresses.all().forEach(address -> address.checked(Optional.empty()));
        return addresses;
    }

    private static Address.Place enter(Addresses addresses, long tokens) throws ApiException {
        return addresses.enter(load(tokens), Set.of());
    }

    private static Addresses.Load load(long tokens) {
        return new Addresses.Load(tokens, PromptPrefixes.NONE);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void theAddressWithTheFewestExpectedTokensGetsTheRequest() throws ApiException {
        Addresses addresses = addresses(3);
        Address.Place long1 = enter(addresses, 1000);
        Address.Place short1 = enter(addresses, 10);
        Address.Place short2 = enter(addresses, 20);
        assertThat(Set.of(long1.address(), short1.address(), short2.address())).hasSize(3);
        // Counted when it is sent: the next ones avoid the long answer at once.
        assertThat(enter(addresses, 5).address()).isEqualTo(short1.address());
        assertThat(enter(addresses, 100).address()).isEqualTo(short1.address());
        assertThat(enter(addresses, 5).address()).isEqualTo(short2.address());
        long1.leave();
        assertThat(enter(addresses, 5).address()).isEqualTo(long1.address());
    }

    @Test
    void anAddressThatIsDownOrWasTriedGetsNone() throws ApiException {
        Addresses addresses = addresses(2);
        Address down = addresses.all().getFirst();
        down.checked(Optional.of("it is gone"));
        Address.Place place = enter(addresses, 1);
        assertThat(place.address()).isNotEqualTo(down);
        assertThat(addresses.failure()).isEmpty();
        ApiException refused =
                catchThrowableOfType(
                        ApiException.class,
                        () -> addresses.enter(load(1), Set.of(place.address())));
        assertThat(refused.code().status()).isEqualTo(503);
        place.address().checked(Optional.of("it is gone"));
        assertThat(addresses.failure()).contains("it is gone");
    }

    @Test
    void anAddressThatWasSentTheBeginningIsPreferredWithinABoundOfLoad() throws ApiException {
        Addresses addresses = addresses(2);
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("prompt", "abc");
        Addresses.Load load = new Addresses.Load(4000, PromptPrefixes.of(body, "key"));
        Address first = addresses.enter(load, Set.of()).address();
        for (int i = 0; i < 4; i++) {
            assertThat(addresses.enter(load, Set.of()).address()).isEqualTo(first);
        }
        // 20,000 tokens are more than 16,384 and one and a half times none.
        Address second = addresses.enter(load, Set.of()).address();
        assertThat(second).isNotEqualTo(first);
        // Now both were sent it, and the one with fewer tokens is chosen.
        assertThat(addresses.enter(load, Set.of()).address()).isEqualTo(second);
        assertThat(addresses.counts().affinityHits()).isEqualTo(5);
        assertThat(addresses.counts().affinityLost()).isOne();
        Address.Place place = addresses.enter(load, Set.of());
        assertThat(place.address()).isEqualTo(second);
        for (int i = 0; i < 3; i++) {
            place.failed("x");
        }
        first.forgetPrefixes();
        assertThat(first.prefixes().matching(load.prefixes().hashes())).isZero();
        // The address that was sent the beginning gets nothing now.
        assertThat(addresses.enter(load, Set.of()).address()).isEqualTo(first);
        assertThat(addresses.counts().affinityHits()).isEqualTo(6);
        second.checked(Optional.of("it is gone"));
        assertThat(second.prefixes().matching(load.prefixes().hashes())).isZero();
    }

    @Test
    void idleAddressesTakeTurns() throws ApiException {
        Addresses addresses = addresses(3);
        List<Address> chosen = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Address.Place place = enter(addresses, 10);
            chosen.add(place.address());
            place.leave();
        }
        assertThat(chosen.subList(0, 3)).doesNotHaveDuplicates();
        assertThat(chosen.subList(3, 6)).isEqualTo(chosen.subList(0, 3));
    }

    @Test
    void oneProbeDecidesWhetherAnOpenBreakerCloses() throws ApiException {
        Addresses addresses = addresses(1);
        Address address = addresses.all().getFirst();
        Address.Place old = enter(addresses, 1);
        for (int i = 0; i < 3; i++) {
            assertThat(address.breaker()).isEqualTo(Address.Breaker.CLOSED);
            old.failed("x");
        }
        assertThat(address.breaker()).isEqualTo(Address.Breaker.OPEN);
        // Requests that were sent before do not make the pause longer.
        old.failed("x");
        assertThat(addresses.failure()).contains("its last requests failed");
        pass(Duration.ofSeconds(2));
        assertThat(address.breaker()).isEqualTo(Address.Breaker.HALF_OPEN);
        Address.Place probe = enter(addresses, 1);
        assertThat(probe.probe()).isTrue();
        // The end of an older request is not the end of the probe.
        old.leave();
        assertThat(address.enter(1)).isEmpty();
        old.failed("x");
        probe.failed("x");
        probe.leave();
        pass(Duration.ofSeconds(3));
        assertThat(address.enter(1)).as("the pause doubles").isEmpty();
        pass(Duration.ofSeconds(1));
        Address.Place second = enter(addresses, 1);
        address.succeeded();
        second.leave();
        assertThat(address.breaker()).isEqualTo(Address.Breaker.CLOSED);
        assertThat(address.tokens()).isZero();
        assertThat(address.requests()).isZero();
    }

    /** A long answer of the probe would keep all others away for as long as it takes. */
    @Test
    void othersMayAskOnceTheProbesAnswerHasBegun() throws ApiException {
        Addresses addresses = addresses(1);
        Address address = addresses.all().getFirst();
        Address.Place old = enter(addresses, 1);
        for (int i = 0; i < 3; i++) {
            old.failed("x");
        }
        old.leave();
        address.began();
        assertThat(address.enter(1)).as("an older answer goes on").isEmpty();
        pass(Duration.ofSeconds(2));
        Address.Place probe = enter(addresses, 1);
        assertThat(address.enter(1)).isEmpty();
        address.began();
        assertThat(address.breaker()).isEqualTo(Address.Breaker.CLOSED);
        Address.Place another = enter(addresses, 1);
        another.failed("x");
        another.leave();
        probe.leave();
        assertThat(address.breaker()).isEqualTo(Address.Breaker.OPEN);
        pass(Duration.ofSeconds(3));
        assertThat(address.enter(1)).as("the pause doubles").isEmpty();
        pass(Duration.ofSeconds(1));
        enter(addresses, 1).leave();
        address.began();
        address.succeeded();
        Address.Place last = enter(addresses, 1);
        last.failed("x");
        last.failed("x");
        assertThat(address.breaker()).isEqualTo(Address.Breaker.CLOSED);
        last.failed("x");
        pass(Duration.ofSeconds(2));
        assertThat(address.breaker()).isEqualTo(Address.Breaker.HALF_OPEN);
    }

    @Test
    void successesBetweenFailuresKeepTheBreakerClosed() throws ApiException {
        Address.Place place = enter(addresses(1), 1);
        Address address = place.address();
        for (int i = 0; i < 10; i++) {
            place.failed("x");
            place.failed("x");
            address.succeeded();
        }
        assertThat(address.breaker()).isEqualTo(Address.Breaker.CLOSED);
    }

    @Test
    void retriesAreATenthOfWhatSucceeds() {
        Addresses addresses = addresses(1);
        List<Boolean> first = IntStream.range(0, 11).mapToObj(_ -> addresses.mayRetry()).toList();
        assertThat(first.subList(0, 10)).containsOnly(true);
        assertThat(first.getLast()).isFalse();
        for (int i = 0; i < 9; i++) {
            addresses.succeeded();
        }
        assertThat(addresses.mayRetry()).isFalse();
        addresses.succeeded();
        assertThat(addresses.mayRetry()).isTrue();
        assertThat(addresses.counts().retried()).isEqualTo(11);
    }
}
