package tramontane.vision;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Identifies the content of a picture.
 *
 * @param sha256 of the width, the height and the pixels, in hexadecimal digits
 */
public record ImageDigest(String sha256) {
    static ImageDigest of(ImagePixels pixels) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer size = ByteBuffer.allocate(8).putInt(pixels.width()).putInt(pixels.height());
            digest.update(size.array());
            return new ImageDigest(HexFormat.of().formatHex(digest.digest(pixels.rgb())));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
