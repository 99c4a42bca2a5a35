package tramontane.upstream;

import java.security.MessageDigest;
import tramontane.api.Sha256;

/**
 * What the client has of one choice, as a length and a SHA-256 sum, so that a long answer takes no
 * memory; and the same of what another server has said of it. For one thread.
 */
final class ToldTrack {
    private final MessageDigest ofTold = Sha256.begin();
    private MessageDigest ofHeard = Sha256.begin();
    private long told;
    private long heard;

    boolean isEmpty() {
        return told == 0;
    }

    /** How much the server has still to say of what the client has. */
    long unheard() {
        return told - heard;
    }

    void hearAgain() {
        ofHeard = Sha256.begin();
        heard = 0;
    }

    /**
     * The server says more: all of it is known to the client, or all of it is new.
     *
     * @param length what {@link #unheard} counts; no more than that unless that is 0
     * @throws BrokenAnswerException if the server has said as much as the client has, but another
     *     thing
     */
    void take(byte[] content, long length) throws BrokenAnswerException {
        if (length == 0) {
            return;
        }
        if (unheard() == 0) {
            ofTold.update(content);
            told += length;
            heard = told;
            return;
        }
        ofHeard.update(content);
        heard += length;
        if (heard == told && !MessageDigest.isEqual(sum(ofTold), sum(ofHeard))) {
            throw differs();
        }
    }

    /** A copy is read, since a digest that was read begins anew. */
    private static byte[] sum(MessageDigest digest) {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's SHA-256 can be copied", e);
        }
    }

    static BrokenAnswerException differs() {
        return new BrokenAnswerException(
                BrokenAnswerException.Fault.OTHER_ANSWER,
                "it broke, and another server's answer to the same request begins differently");
    }
}
