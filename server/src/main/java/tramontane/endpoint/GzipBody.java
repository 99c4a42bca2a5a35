package tramontane.endpoint;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/** Decompresses request bodies within the limits of uncompressed ones. */
final class GzipBody {
    /** JSON compresses to about a tenth; a much higher ratio is an attempt to exhaust memory. */
    private static final int MAX_RATIO = 200;

    /** Below this size any ratio is allowed: a few kilobytes of spaces are harmless. */
    private static final int FREE_BYTES = 1 << 20;

    private static final int BLOCK_BYTES = 1 << 16;

    private GzipBody() {}

    /**
     * Whether a body of this {@code Content-Encoding} is compressed.
     *
     * @throws ApiException 415 for an encoding other than gzip and identity
     */
    static boolean isGzip(Optional<String> encoding) throws ApiException {
        String name = encoding.orElse("").strip().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "", "identity" -> false;
            case "gzip", "x-gzip" -> true;
            default ->
                    throw new ApiException(
                            ErrorCode.UNSUPPORTED_ENCODING,
                            "Content-Encoding "
                                    + name
                                    + " is not supported; send the body as gzip, or plain with no Content-Encoding");
        };
    }

    /**
     * The decompressed body.
     *
     * @throws ApiException 413 if it is longer than {@code maxBytes}, 400 if it is not gzip, 503 if
     *     memory is not available in time
     */
    static byte[] unpack(byte[] packed, int maxBytes, BodyBudget.Share share)
            throws ApiException, InterruptedException {
        int most = (int) Math.min(maxBytes, Math.max(FREE_BYTES, (long) packed.length * MAX_RATIO));
        BodyBuffer plain = new BodyBuffer(share, most);
        byte[] block = new byte[BLOCK_BYTES];
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed), BLOCK_BYTES)) {
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                if (plain.size() + read > most) {
                    throw tooLarge(most, maxBytes);
                }
                plain.add(block, read);
            }
        } catch (ZipException | EOFException e) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "Content-Encoding is gzip, and the body is not a complete gzip stream");
        } catch (IOException e) {
            throw new IllegalStateException("no other failure while reading memory", e);
        }
        return plain.whole();
    }

    private static ApiException tooLarge(long most, int maxBytes) {
        return new ApiException(
                ErrorCode.BODY_TOO_LARGE,
                most == maxBytes
                        ? "the request body is longer than " + maxBytes + " bytes when decompressed"
                        : "the request body decompresses to more than "
                                + MAX_RATIO
                                + " times its size; send it plain");
    }
}
