package tramontane.access;

/**
 * Someone who was let in.
 *
 * @param id the same for all requests made with one key, so that caches can be kept apart by it
 */
public record Caller(String id) {
    /** Whoever reaches a server that asks for no key. */
    public static final Caller LOCAL = new Caller("local");
}
