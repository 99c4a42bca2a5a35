package tramontane.packed;

/** Weights that were about to be used for the first time have another checksum. */
public final class DamagedWeightsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DamagedWeightsException(String message) {
        super(message);
    }
}
