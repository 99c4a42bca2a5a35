package tramontane.config;

/**
 * A text or a TOML value that a setting does not accept.
 *
 * <p>The message continues the sentence "PORT is 70000, which": {@code is not a whole number from 0
 * to 65535}.
 */
public final class WrongValue extends Exception {
    private static final long serialVersionUID = 1;

    WrongValue(String message) {
        super(message);
    }

    /** The message, which is never null. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
