package tramontane.upstream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the data of server-sent events as bytes, which may be no valid UTF-8. For one thread. */
final class EventLines {
    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

    private static final int[] MARK = {0xEF, 0xBB, 0xBF};

    /** Reads bytes, blocking until there are some; -1 at the end. */
    @FunctionalInterface
    interface Source {
        int read(byte[] block) throws IOException;
    }

    /** More came than the limits allow; the message says of what, in a clause for an error. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        private TooLongException(String message) {
            super(message);
        }
    }

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private static final int GZIP = 0x1F;

    private final Source source;
    private final Consumer<byte[]> comments;
    private final AnswerLimits limits;
    private final byte[] block = new byte[1 << 14];
    private int at;
    private int filled;
    private long total;
    private boolean afterReturn;
    private boolean hasData;
    private int first = -1;

    /**
     * @param comments takes each comment, a line that begins with a colon
     */
    EventLines(Source source, Consumer<byte[]> comments, AnswerLimits limits) {
        this.source = source;
        this.comments = comments;
        this.limits = limits;
    }

    /** True for the data of the event that ends a stream. */
    static boolean isDone(byte[] data) {
        return new String(data, StandardCharsets.US_ASCII).strip().equals("[DONE]");
    }

    /** What the body is instead of a stream of events, if that can be told. */
    Optional<String> otherForm() {
        if (hasData) {
            return Optional.empty();
        }
        return switch (first) {
            case GZIP -> Optional.of("its answer is compressed");
            case '{', '[' -> Optional.of("it sent JSON instead of a stream of events");
            case '<' -> Optional.of("it sent a page instead of a stream of events");
            default -> Optional.empty();
        };
    }

    /**
     * The data of the next event that has any; empty at the end of the stream. An event that the
     * end cuts off is none, except {@code [DONE]}: some servers end without an empty line.
     */
    Optional<byte[]> next() throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        boolean any = false;
        Optional<byte[]> line = line();
        while (line.isPresent()) {
            if (line.get().length == 0 && any) {
                return Optional.of(data.toByteArray());
            }
            int from = dataFrom(line.get());
            if (from >= 0) {
                if (any) {
                    data.write('\n');
                }
                data.write(line.get(), from, line.get().length - from);
                any = true;
                hasData = true;
            } else if (line.get().length > 0 && line.get()[0] == ':') {
                comments.accept(line.get());
            }
            if (data.size() > limits.eventBytes()) {
                throw new TooLongException(
                        "an event is longer than " + limits.eventBytes() + " bytes");
            }
            line = line();
        }
        return isDone(data.toByteArray()) ? Optional.of(DONE) : Optional.empty();
    }

    /** Where the data of a line begins; -1 for a comment or another field. */
    private static int dataFrom(byte[] line) {
        if (line.length < DATA.length) {
            return -1;
        }
        for (int i = 0; i < DATA.length; i++) {
            if (line[i] != DATA[i]) {
                return -1;
            }
        }
        return line.length > DATA.length && line[DATA.length] == ' '
                ? DATA.length + 1
                : DATA.length;
    }

    /** The next line without its end, which is LF, CR, both, or the end of the stream. */
    private Optional<byte[]> line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = readAfterMark(); next >= 0; next = read()) {
            boolean skipped = next == '\n' && afterReturn;
            afterReturn = next == '\r';
            if (skipped) {
                continue;
            }
            if (next == '\n' || next == '\r') {
                return Optional.of(line.toByteArray());
            }
            line.write(next);
            if (line.size() > limits.eventBytes()) {
                throw new TooLongException(
                        "a line is longer than " + limits.eventBytes() + " bytes");
            }
        }
        return line.size() == 0 ? Optional.empty() : Optional.of(line.toByteArray());
    }

    /** A byte order mark at the start belongs to no line. */
    private int readAfterMark() throws IOException {
        boolean start = total == 0;
        int next = read();
        if (!start || next != MARK[0]) {
            return next;
        }
        for (int i = 1; i < MARK.length; i++) {
            next = read();
            if (next != MARK[i]) {
                throw new IOException("the stream begins with half a byte order mark");
            }
        }
        return read();
    }

    private int read() throws IOException {
        if (at == filled) {
            at = 0;
            filled = Math.max(0, source.read(block));
            total += filled;
            if (filled == 0) {
                return -1;
            }
            if (total > limits.answerBytes()) {
                throw new TooLongException(
                        "the answer is longer than " + limits.answerBytes() + " bytes");
            }
        }
        int next = block[at++] & 0xFF;
        if (first < 0 && " \t\r\n".indexOf(next) < 0) {
            first = next;
        }
        return next;
    }
}
