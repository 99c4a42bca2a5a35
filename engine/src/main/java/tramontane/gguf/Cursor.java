package tramontane.gguf;

/**
 * Walks the header of a file from front to back; nothing is passed over that is not inside the
 * file.
 */
final class Cursor {
    static final int STRING_BYTES_MAX = 64 << 20;
    static final int KEY_BYTES_MAX = 65_535;
    private static final int ARRAY_DEPTH_MAX = 4;

    private final Bytes bytes;
    private long position;

    Cursor(Bytes bytes) {
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    /** Claims the next {@code count} bytes and returns where they begin. */
    private long take(String subject, long count) {
        if (count < 0 || count > bytes.size() - position) {
            throw new GgufException(
                    subject,
                    "needs "
                            + Long.toUnsignedString(count)
                            + " bytes at offset "
                            + position
                            + ", the file has "
                            + (bytes.size() - position)
                            + " more");
        }
        bytes.require(subject, position + count);
        long start = position;
        position += count;
        return start;
    }

    int int32(String subject) {
        return bytes.int32(take(subject, 4));
    }

    long int64(String subject) {
        return bytes.int64(take(subject, 8));
    }

    /** A count which must not exceed {@code max}; numbers beyond 2^63 are refused too. */
    long count(String subject, long max) {
        long count = int64(subject);
        if (count < 0 || count > max) {
            throw new GgufException(
                    subject,
                    "is " + Long.toUnsignedString(count) + ", at most " + max + " are allowed");
        }
        return count;
    }

    String text(String subject, int bytesMax) {
        int length = (int) count(subject + " length", bytesMax);
        return bytes.text(subject, take(subject, length), length);
    }

    /** Passes over one value and remembers where it lies. */
    Value value(String key) {
        return value(key, ValueType.of(int32(key), key), 0);
    }

    private Value value(String key, ValueType type, int depth) {
        return switch (type) {
            case STRING -> {
                int length = (int) count(key + " length", STRING_BYTES_MAX);
                yield new Value(type, take(key, length), length, type);
            }
            case ARRAY -> array(key, depth);
            default -> new Value(type, take(key, type.bytes()), 1, type);
        };
    }

    private Value array(String key, int depth) {
        if (depth == ARRAY_DEPTH_MAX) {
            throw new GgufException(key, "has arrays nested deeper than " + ARRAY_DEPTH_MAX);
        }
        ValueType element = ValueType.of(int32(key), key);
        // An element takes at least one byte, so the bytes left bound the count and the loop below.
        long count = count(key + " count", bytes.size() - position);
        long start = position;
        if (element.bytes() > 0) {
            take(key, Math.multiplyExact(count, (long) element.bytes()));
        } else if (element == ValueType.STRING) {
            // A vocabulary has hundreds of thousands, too many to name each.
            String subject = key + " string length";
            for (long i = 0; i < count; i++) {
                take(key, count(subject, STRING_BYTES_MAX));
            }
        } else {
            for (long i = 0; i < count; i++) {
                value(key, element, depth + 1);
            }
        }
        return new Value(ValueType.ARRAY, start, count, element);
    }
}
