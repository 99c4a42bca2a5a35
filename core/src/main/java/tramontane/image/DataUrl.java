package tramontane.image;

import java.util.Base64;
import java.util.Locale;

/** Reads {@code data:} addresses. Their label is not read: the bytes say what they are. */
final class DataUrl {
    private static final String SCHEME = "data:";
    private static final String BASE64 = ";base64";

    private DataUrl() {}

    static boolean is(String url) {
        return url.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    /**
     * @param maxBytes maximum length of the content
     */
    static byte[] bytes(String url, int maxBytes) throws ImageException {
        int comma = url.indexOf(',');
        if (comma < 0 || !url.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(BASE64)) {
            throw new ImageException(
                    "A data URL must have the form data:image/png;base64, followed by the picture in base64");
        }
        // Four characters for three bytes; compared before anything is copied.
        if ((url.length() - comma - 1L) / 4 * 3 > maxBytes + 2L) {
            throw ImageSources.tooLarge(maxBytes);
        }
        byte[] bytes;
        try {
            // The decoder would take a text without its padding.
            if ((url.length() - comma - 1) % 4 != 0) {
                throw new IllegalArgumentException();
            }
            bytes = Base64.getDecoder().decode(url.substring(comma + 1));
        } catch (IllegalArgumentException e) {
            throw new ImageException(
                    "The data URL is not valid base64; it must have no white space and be padded with =");
        }
        if (bytes.length > maxBytes) {
            throw ImageSources.tooLarge(maxBytes);
        }
        if (bytes.length == 0) {
            throw new ImageException("The data URL is empty");
        }
        return bytes;
    }
}
