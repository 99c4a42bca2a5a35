package tramontane.ledger;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The SHA-256 sums of the served models' files, by the models' names. A sum that has to be computed
 * is added later, when rows have been written without it.
 */
final class ModelSums {
    private final Map<String, FileSums> sums = new ConcurrentHashMap<>();

    void put(String model, FileSums files) {
        sums.put(model, files);
    }

    Optional<FileSums> of(String model) {
        return Optional.ofNullable(sums.get(model));
    }

    Map<String, FileSums> all() {
        return Map.copyOf(sums);
    }
}
