package tramontane.gguf;

/** The types of metadata values in the order of their codes. {@code bytes} is 0 if it varies. */
enum ValueType {
    UINT8(1, "an 8-bit unsigned integer"),
    INT8(1, "an 8-bit integer"),
    UINT16(2, "a 16-bit unsigned integer"),
    INT16(2, "a 16-bit integer"),
    UINT32(4, "a 32-bit unsigned integer"),
    INT32(4, "a 32-bit integer"),
    FLOAT32(4, "a 32-bit float"),
    BOOL(1, "a boolean"),
    STRING(0, "a string"),
    ARRAY(0, "an array"),
    UINT64(8, "a 64-bit unsigned integer"),
    INT64(8, "a 64-bit integer"),
    FLOAT64(8, "a 64-bit float");

    private static final ValueType[] BY_NUMBER = values();

    private final int bytes;
    private final String description;

    ValueType(int bytes, String description) {
        this.bytes = bytes;
        this.description = description;
    }

    static ValueType of(int number, String subject) {
        if (number < 0 || number >= BY_NUMBER.length) {
            throw new GgufException(
                    subject,
                    "has value type " + Integer.toUnsignedString(number) + ", known are 0 to 12");
        }
        return BY_NUMBER[number];
    }

    int bytes() {
        return bytes;
    }

    String description() {
        return description;
    }

    boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
        };
    }

    boolean isFloat() {
        return this == FLOAT32 || this == FLOAT64;
    }
}
