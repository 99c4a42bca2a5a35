package tramontane.gguf;

/** A file cannot be used. The message names the faulty part and what was expected of it. */
public final class GgufException extends RuntimeException {
    /**
     * @param subject the metadata key, tensor or other part of the file
     * @param expectation what is wrong with it, or what it should have been
     */
    public GgufException(String subject, String expectation) {
        super(subject + ": " + expectation);
    }

    GgufException(String subject, String expectation, Throwable cause) {
        super(subject + ": " + expectation, cause);
    }
}
