package tramontane.config;

import java.util.regex.Pattern;

/**
 * Hides the passwords in the addresses of a text, which may be shown then. Reads the text alone, so
 * it also works for an address that cannot be parsed.
 */
public final class PasswordMask {
    /** Stands for a password. */
    static final String MASK = "***";

    private static final Pattern PASSWORD =
            Pattern.compile("(://[^:/@\\s]*:)\\S+(?=@)|([?&]password=)[^&\"\\s]+");

    private PasswordMask() {}

    /** The text with the mask in place of each password. */
    public static String in(String text) {
        return PASSWORD.matcher(text)
                .replaceAll(match -> (match.group(1) == null ? "$2" : "$1") + MASK);
    }
}
