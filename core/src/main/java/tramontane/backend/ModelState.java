package tramontane.backend;

/** Whether a served model can answer now. */
public sealed interface ModelState {
    record Loaded() implements ModelState {}

    /** It is being loaded, or waits for memory to be loaded into. */
    record Loading() implements ModelState {}

    /** The next request loads it. */
    record Unloaded() implements ModelState {}

    /**
     * Requests are refused.
     *
     * @param reason a clause without a full stop
     */
    record Failed(String reason) implements ModelState {}
}
