package tramontane.gguf;

/** Reads the header of a file from front to back, and checks that all of it is in the file. */
final class Cursor {
    static final int MAX_STRING_BYTES = 64 << 20;
    static final int MAX_KEY_BYTES = 65_535;
    private static final int MAX_ARRAY_DEPTH = 4;

    /** Advice for a file that ends too early, as after a download that was interrupted. */
    static final String INCOMPLETE = "the file is incomplete or damaged, copy or fetch it again";

    private final Bytes bytes;
    private long position;

    Cursor(Bytes bytes) {
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    /** Moves behind the next {@code count} bytes and returns their offset. */
    private long take(String subject, long count) {
        if (count < 0 || count > bytes.size() - position) {
            throw cut(subject, "needs " + Long.toUnsignedString(count) + " bytes");
        }
        bytes.require(subject, position + count);
        long start = position;
        position += count;
        return start;
    }

    private GgufException cut(String subject, String need) {
        return new GgufException(
                subject,
                need
                        + " at offset "
                        + position
                        + " of the file's header, and only "
                        + (bytes.size() - position)
                        + " bytes follow; "
                        + INCOMPLETE);
    }

    int int32(String subject) {
        return bytes.int32(take(subject, 4));
    }

    long int64(String subject) {
        return bytes.int64(take(subject, 8));
    }

    /** A count of at most {@code max}. Values of 2^63 and above are refused as well. */
    long count(String subject, long max) {
        long count = int64(subject);
        if (count < 0 || count > max) {
            throw new GgufException(
                    subject,
                    "is " + Long.toUnsignedString(count) + ", at most " + max + " are allowed");
        }
        return count;
    }

    String text(String subject, int maxBytes) {
        int length = (int) count(subject + " length", maxBytes);
        return bytes.text(subject, take(subject, length), length);
    }

    /** Skips one value and returns its position. */
    MetadataValue value(String key) {
        return value(key, ValueType.of(int32(key), key), 0);
    }

    private MetadataValue value(String key, ValueType type, int depth) {
        return switch (type) {
            case STRING -> {
                int length = (int) count(key + " length", MAX_STRING_BYTES);
                yield new MetadataValue(type, take(key, length), length, type);
            }
            case ARRAY -> array(key, depth);
            default -> new MetadataValue(type, take(key, type.bytes()), 1, type);
        };
    }

    private MetadataValue array(String key, int depth) {
        if (depth == MAX_ARRAY_DEPTH) {
            throw new GgufException(key, "has arrays nested deeper than " + MAX_ARRAY_DEPTH);
        }
        ValueType element = ValueType.of(int32(key), key);
        long count = count(key + " count", Long.MAX_VALUE);
        // An element has at least one byte, so the remaining bytes bound the count and the loop
        // below.
        if (count > bytes.size() - position) {
            throw cut(key, "has " + count + " elements");
        }
        long start = position;
        if (element.bytes() > 0) {
            take(key, Math.multiplyExact(count, (long) element.bytes()));
        } else if (element == ValueType.STRING) {
            skipStrings(key, count);
        } else {
            for (long i = 0; i < count; i++) {
                value(key, element, depth + 1);
            }
        }
        return new MetadataValue(ValueType.ARRAY, start, count, element);
    }

    /**
     * Vocabularies have hundreds of thousands of strings, and few methods for each are compiled
     * soon.
     */
    private void skipStrings(String key, long count) {
        String subject = key + " string length";
        for (long i = 0; i < count; i++) {
            long end = bytes.stringEnd(position, MAX_STRING_BYTES);
            if (end >= 0) {
                position = end;
            } else {
                take(key, count(subject, MAX_STRING_BYTES));
            }
        }
    }
}
