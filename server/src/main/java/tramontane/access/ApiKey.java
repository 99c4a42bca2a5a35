package tramontane.access;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import tramontane.api.Sha256;

/**
 * The text of an API key.
 *
 * <pre>
 * trm_ | 43 letters and digits: 256 random bits | 6 letters and digits: CRC-32 of all before it
 * </pre>
 *
 * <p>The prefix and the checksum let people and scanners recognise a key, and the server a key that
 * was not copied completely.
 *
 * <p>A key is stored as its plain SHA-256. A salt and a slow hash protect passwords, because people
 * choose them from few; nobody can try 2^256 keys, and a fast hash costs a request nothing.
 */
public final class ApiKey {
    private static final String PREFIX = "trm_";
    private static final int RANDOM_BYTES = 32;
    private static final int RANDOM_CHARS = 43;
    private static final int SUM_CHARS = 6;
    private static final int CHARS = PREFIX.length() + RANDOM_CHARS + SUM_CHARS;
    private static final String DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private ApiKey() {}

    /** A new key; the generator must be a cryptographic one. */
    public static String create(RandomGenerator random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        String key = PREFIX + digits(new BigInteger(1, bytes), RANDOM_CHARS);
        return key + sum(key);
    }

    /** True for a key of this server with a wrong length or checksum: it was not copied right. */
    static boolean isDamaged(String text) {
        return text.startsWith(PREFIX)
                && (text.length() != CHARS
                        || !text.endsWith(sum(text.substring(0, CHARS - SUM_CHARS))));
    }

    /** The form in which a key is stored and compared. */
    public static String sha256(String key) {
        return Sha256.of(key);
    }

    private static String sum(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return digits(BigInteger.valueOf(crc.getValue()), SUM_CHARS);
    }

    private static String digits(BigInteger number, int count) {
        BigInteger base = BigInteger.valueOf(DIGITS.length());
        StringBuilder text = new StringBuilder();
        BigInteger rest = number;
        for (int i = 0; i < count; i++) {
            text.append(DIGITS.charAt(rest.mod(base).intValue()));
            rest = rest.divide(base);
        }
        return text.reverse().toString();
    }
}
