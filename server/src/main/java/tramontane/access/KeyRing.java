package tramontane.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The keys that open the server; without any, everyone is let in as {@link Caller#LOCAL}. */
public final class KeyRing {
    private static final String SCHEME = "bearer ";
    private static final int ID_CHARS = 16;

    private final List<byte[]> sums;

    /**
     * @param keys none for a server that asks for no key
     */
    public KeyRing(Collection<String> keys) {
        this.sums = keys.stream().map(KeyRing::sum).toList();
    }

    public boolean asksForKey() {
        return !sums.isEmpty();
    }

    /** Whoever sent this {@code Authorization} header, or nobody where its key opens nothing. */
    public Optional<Caller> caller(Optional<String> authorization) {
        if (sums.isEmpty()) {
            return Optional.of(Caller.LOCAL);
        }
        return authorization
                .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .flatMap(header -> match(sum(header.substring(SCHEME.length()).strip())));
    }

    /** Looks at every key whatever it has found, so that the time tells nothing. */
    private Optional<Caller> match(byte[] offered) {
        boolean found = false;
        for (byte[] sum : sums) {
            found |= MessageDigest.isEqual(sum, offered);
        }
        return found
                ? Optional.of(new Caller(HexFormat.of().formatHex(offered).substring(0, ID_CHARS)))
                : Optional.empty();
    }

    private static byte[] sum(String key) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
