package tramontane.upstream;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tramontane.api.ApiException;

/** The addresses of one model, which serve the same. Safe for use by many threads. */
final class Addresses {
    /** How long a client should wait while no address can be asked. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    // An address with the prompt's beginning in its cache is preferred until it has more expected
    // tokens than this ratio of the fewest, and these beside: the wait would cost more than the
    // cache saves. These are four long conversations; docs/SIZING.md simulates other numbers.
    private static final double MAX_LOAD_RATIO = 1.5;
    private static final int SPARE_TOKENS = 16_384;

    private final String model;
    private final List<Address> all;
    private final RetryBudget retries = new RetryBudget();
    private final AtomicLong retried = new AtomicLong();
    private final AtomicLong continued = new AtomicLong();
    private final AtomicLong affinityHits = new AtomicLong();
    private final AtomicLong affinityLost = new AtomicLong();

    /** The address that was sent a request last, so that idle ones take turns. */
    private final AtomicInteger last = new AtomicInteger(-1);

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
     * What decides where a request is sent.
     *
     * @param tokens expected of the request and its answer
     */
    record Load(long tokens, PromptPrefixes prefixes) {}

    /**
     * A place at the address that probably has the longest beginning of the prompt in its cache, or
     * else at the one with the fewest expected tokens.
     *
     * @param tried addresses that this request was sent to before
     * @throws ApiException if none can be asked
     */
    Address.Place enter(Load load, Set<Address> tried) throws ApiException {
        int turn = last.get();
        long[] prefixes = load.prefixes.hashes();
        List<Candidate> candidates =
                IntStream.range(0, all.size())
                        .filter(i -> all.get(i).isUp() && !tried.contains(all.get(i)))
                        .mapToObj(i ->
                                // Counted once, so that the order is one even if counts change.
                                new Candidate(
                                        all.get(i),
                                        all.get(i).tokens(),
                                        Math.floorMod(i - turn - 1, all.size()),
                                        all.get(i).prefixes().matching(prefixes)))
                        .sorted(
                                Comparator.comparingLong(Candidate::tokens)
                                        .thenComparingInt(Candidate::turn))
                        .toList();
        Optional<Candidate> claim = claim(candidates);
        for (Candidate candidate : inOrder(candidates, claim)) {
            Address address = candidate.address;
            Optional<Address.Place> place = address.enter(load.tokens);
            if (place.isPresent()) {
                last.set(all.indexOf(address));
                address.prefixes().add(prefixes);
                claim.ifPresent(each -> count(each, candidate, candidates.getFirst()));
                return place.get();
            }
        }
        throw noneUp();
    }

    /** Like {@link #enter}, without an error if no address can be asked. */
    Optional<Address.Place> find(Load load, Set<Address> excluded) {
        try {
            return Optional.of(enter(load, excluded));
        } catch (ApiException e) {
            return Optional.empty();
        }
    }

    /**
     * @param turn how long ago others were sent a request, as a distance in the list
     * @param known hashes of the prompt's beginnings that it was sent before
     */
    private record Candidate(Address address, long tokens, int turn, int known) {}

    /**
     * The candidate that was sent the longest beginning of the prompt; of equals the one with the
     * fewest tokens.
     */
    private static Optional<Candidate> claim(List<Candidate> byLoad) {
        int known = byLoad.stream().mapToInt(Candidate::known).max().orElse(0);
        return byLoad.stream().filter(each -> known > 0 && each.known == known).findFirst();
    }

    /**
     * The candidates in the order in which they are asked.
     *
     * @param byLoad the one with the fewest tokens first
     */
    private static List<Candidate> inOrder(List<Candidate> byLoad, Optional<Candidate> claim) {
        if (claim.isEmpty() || isTooBusy(claim.get(), byLoad.getFirst())) {
            return byLoad;
        }
        List<Candidate> order = new ArrayList<>(byLoad);
        order.remove(claim.get());
        order.addFirst(claim.get());
        return order;
    }

    private static boolean isTooBusy(Candidate claim, Candidate least) {
        return claim.tokens > MAX_LOAD_RATIO * least.tokens + SPARE_TOKENS;
    }

    private void count(Candidate claim, Candidate chosen, Candidate least) {
        if (chosen.known == claim.known) {
            affinityHits.incrementAndGet();
        } else if (isTooBusy(claim, least)) {
            affinityLost.incrementAndGet();
        }
    }

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

    /** A server went on with an answer of another one. */
    void continued() {
        continued.incrementAndGet();
    }

    UpstreamCounts counts() {
        return new UpstreamCounts(
                retried.get(), continued.get(), affinityHits.get(), affinityLost.get());
    }
}
