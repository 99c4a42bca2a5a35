package tramontane.ledger;

import java.util.Optional;

/**
 * The SHA-256 sums of the files that a model's answers are computed from.
 *
 * @param encoder of the image encoder's file; empty for a model that reads no images
 */
public record FileSums(String model, Optional<String> encoder) {}
