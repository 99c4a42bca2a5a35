package tramontane.backend;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.engine.GenerationRequest;
import tramontane.vision.ImageRows;

/**
 * The memory for pictures of all models: those of open requests, and the encoded ones used last,
 * which are kept so that a conversation's next turn finds them. Safe for use by many threads.
 */
public final class EncodedImages {
    /** The heap's parts for open requests and for pictures that are kept. */
    private static final int OPEN_PART = 4;

    private static final int KEPT_PART = 8;
    private static final Duration RETRY = Duration.ofSeconds(2);

    /**
     * The content of a picture's file.
     *
     * @param encoder compared by identity: others make other rows
     * @param owner callers do not find each other's
     * @param width of the pixels that are encoded, since one file can be read at several sizes
     */
    record Key(
            Object encoder, GenerationRequest.Owner owner, String sha256, int width, int height) {}

    private final long maxOpen;
    private final long maxKept;
    private final Map<Key, ImageRows> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long openBytes;
    private long keptBytes;

    /**
     * @param heapBytes size of the Java heap
     */
    public EncodedImages(long heapBytes) {
        maxOpen = heapBytes / OPEN_PART;
        maxKept = heapBytes / KEPT_PART;
    }

    /** Memory of one request, which closing gives back. */
    final class Share implements AutoCloseable {
        private long bytes;

        private Share(long bytes) {
            this.bytes = bytes;
        }

        /** Gives back all but this. */
        void shrink(long kept) {
            synchronized (EncodedImages.this) {
                openBytes -= Math.max(0, bytes - kept);
                bytes = Math.min(bytes, kept);
            }
        }

        @Override
        public void close() {
            shrink(0);
        }
    }

    /** Takes memory for the encoded pictures of a request. */
    synchronized Share open(long bytes) throws ApiException {
        if (bytes > maxOpen) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "The encoded images take "
                            + (bytes >> 20)
                            + " MiB, and this server has "
                            + (maxOpen >> 20)
                            + " MiB for them: send fewer or smaller ones",
                    "messages");
        }
        if (openBytes + bytes > maxOpen) {
            throw ApiException.busy(
                    "The images of other requests fill the memory for them; try again", RETRY);
        }
        openBytes += bytes;
        return new Share(bytes);
    }

    /** Takes memory for files that are still to be fetched, whose sizes are not known. */
    synchronized Share openFiles(long maxBytes) throws ApiException {
        return open(Math.min(maxBytes, maxOpen));
    }

    synchronized Optional<ImageRows> find(Key key) {
        return Optional.ofNullable(kept.get(key));
    }

    /** Keeps a picture; those not used for longest give way. */
    synchronized void keep(Key key, ImageRows rows) {
        if (rows.bytes() > maxKept || kept.containsKey(key)) {
            return;
        }
        kept.put(key, rows);
        keptBytes += rows.bytes();
        var oldest = kept.entrySet().iterator();
        while (keptBytes > maxKept) {
            keptBytes -= oldest.next().getValue().bytes();
            oldest.remove();
        }
    }

    /** Drops what an encoder made, when that is closed. */
    synchronized void forget(Object encoder) {
        kept.entrySet()
                .removeIf(entry -> {
                    boolean gone = entry.getKey().encoder == encoder;
                    keptBytes -= gone ? entry.getValue().bytes() : 0;
                    return gone;
                });
    }

    synchronized long keptBytes() {
        return keptBytes;
    }
}
