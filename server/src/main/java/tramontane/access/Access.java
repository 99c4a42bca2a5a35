package tramontane.access;

import tramontane.backend.Caller;

/** Who a request comes from, by its {@code Authorization} header. */
public sealed interface Access {
    /**
     * A caller who may use the API.
     *
     * @param admin true if the caller may also see what belongs to other callers
     * @param sum identifies the key's text, see {@link KeyRing#isInForce}
     */
    record Granted(Caller caller, boolean admin, KeyLimits limits, String sum) implements Access {}

    /**
     * No valid key.
     *
     * @param guess true if there was a key that is not known; false if there was none, or one that
     *     is not valid any more
     */
    record Refused(String message, boolean guess) implements Access {}
}
