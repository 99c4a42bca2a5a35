package tramontane.ledger;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The SHA-256 sums of the served models' files, by the models' names. A sum that has to be computed
 * is added later, when rows have been written without it.
 */
final class ModelSums {
    private final Map<String, String> sums = new ConcurrentHashMap<>();

    void put(String model, String sum) {
        sums.put(model, sum);
    }

    Optional<String> of(String model) {
        return Optional.ofNullable(sums.get(model));
    }

    Map<String, String> all() {
        return Map.copyOf(sums);
    }
}
