package tramontane.upstream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the data of server-sent events as bytes, which may be no valid UTF-8. For one thread. */
final class EventLines {
    /** One event: logprobs are not asked for, so a part of an answer is small. */
    private static final int MAX_EVENT_BYTES = 8 << 20;

    /** An answer: no context holds more text. */
    private static final long MAX_ANSWER_BYTES = 1L << 30;

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

    private static final int[] MARK = {0xEF, 0xBB, 0xBF};

    /** Reads bytes, blocking until there are some; -1 at the end. */
    @FunctionalInterface
    interface Source {
        int read(byte[] block) throws IOException;
    }

    private final Source source;
    private final Consumer<byte[]> comments;
    private final byte[] block = new byte[1 << 14];
    private int at;
    private int filled;
    private long total;
    private boolean afterReturn;

    /**
     * @param comments takes each comment, a line that begins with a colon
     */
    EventLines(Source source, Consumer<byte[]> comments) {
        this.source = source;
        this.comments = comments;
    }

    /**
     * The data of the next event that has any; empty at the end of the stream. An event that the
     * end cuts off is none.
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
            } else if (line.get().length > 0 && line.get()[0] == ':') {
                comments.accept(line.get());
            }
            if (data.size() > MAX_EVENT_BYTES) {
                throw new IOException("an event is longer than " + MAX_EVENT_BYTES + " bytes");
            }
            line = line();
        }
        return Optional.empty();
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

    /** The next line without its end, which is LF, CR or both. */
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
            if (line.size() > MAX_EVENT_BYTES) {
                throw new IOException("a line is longer than " + MAX_EVENT_BYTES + " bytes");
            }
        }
        return Optional.empty();
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
            if (total > MAX_ANSWER_BYTES) {
                throw new IOException("the answer is longer than " + MAX_ANSWER_BYTES + " bytes");
            }
        }
        return block[at++] & 0xFF;
    }
}
