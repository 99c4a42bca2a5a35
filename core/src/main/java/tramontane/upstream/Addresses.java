package tramontane.upstream;

import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import tramontane.api.ApiException;

/** The addresses of one model, which serve the same. Safe for use by many threads. */
final class Addresses {
    /** How long a client should wait while no address can be asked. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final String model;
    private final List<Address> all;
    private final RetryBudget retries = new RetryBudget();
    private final AtomicLong retried = new AtomicLong();

    Addresses(UpstreamModel model, LongSupplier nanos) {
        this.model = model.name();
        all =
                model.addresses().stream()
                        .map((URI base) -> new Address(model.name(), base, nanos))
                        .toList();
    }

    List<Address> all() {
        return all;
    }

    /**
     * The address with the fewest expected tokens, with a place taken in it.
     *
     * @param tried addresses that this request was sent to before
     * @throws ApiException if none can be asked
     */
    Address.Place enter(long expected, Set<Address> tried) throws ApiException {
        List<Address> candidates =
                all.stream()
                        .filter(address -> address.isUp() && !tried.contains(address))
                        // Counted once, so that the order is one even if counts change meanwhile.
                        .map(address -> new Candidate(address, address.tokens()))
                        .sorted(Comparator.comparingLong(Candidate::tokens))
                        .map(Candidate::address)
                        .toList();
        for (Address address : candidates) {
            Optional<Address.Place> place = address.enter(expected);
            if (place.isPresent()) {
                return place.get();
            }
        }
        throw noneUp();
    }

    private record Candidate(Address address, long tokens) {}

    private ApiException noneUp() {
        return ApiException.unavailable(
                "No upstream of model "
                        + model
                        + " can answer: "
                        + failure().orElse("all are busy")
                        + ".",
                RETRY_AFTER);
    }

    /** Why no address can be asked; empty if one can. */
    Optional<String> failure() {
        List<Optional<String>> troubles = all.stream().map(Address::trouble).toList();
        return troubles.stream().anyMatch(Optional::isEmpty)
                ? Optional.empty()
                : Optional.of(
                        troubles.stream()
                                .flatMap(Optional::stream)
                                .distinct()
                                .collect(Collectors.joining("; ")));
    }

    /** True if a request that failed may be sent again; then it counts. */
    boolean mayRetry() {
        boolean may = retries.take();
        if (may) {
            retried.incrementAndGet();
        }
        return may;
    }

    void succeeded() {
        retries.earn();
    }

    /** How many requests were sent again. */
    long retried() {
        return retried.get();
    }
}
