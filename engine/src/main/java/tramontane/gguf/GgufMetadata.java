package tramontane.gguf;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The metadata of a file: key-value pairs. If a key is missing, {@code get} throws a {@link
 * GgufException} and {@code find} returns empty. Both throw if the value has another type or is out
 * of range.
 *
 * <p>Arrays are decoded at each call, so callers should keep a result that they need twice.
 */
public final class GgufMetadata {
    private final Bytes bytes;
    private final Map<String, MetadataValue> values;

    GgufMetadata(Bytes bytes, Map<String, MetadataValue> values) {
        this.bytes = bytes;
        this.values = values;
    }

    /** All keys, in the order of the file. */
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    boolean isArray(String key) {
        return find(key).map(value -> value.type() == ValueType.ARRAY).orElse(false);
    }

    public String getString(String key) {
        return findString(key).orElseThrow(() -> missing(key, "a string"));
    }

    public int getInt(String key) {
        return findInt(key).orElseThrow(() -> missing(key, "an integer"));
    }

    long getLong(String key) {
        return findLong(key).orElseThrow(() -> missing(key, "an integer"));
    }

    public float getFloat(String key) {
        return (float) findFloat(key).orElseThrow(() -> missing(key, "a number"));
    }

    boolean getBool(String key) {
        return findBool(key).orElseThrow(() -> missing(key, "a boolean"));
    }

    public Texts getStrings(String key) {
        return findStrings(key).orElseThrow(() -> missing(key, "an array of strings"));
    }

    int[] getInts(String key) {
        return findInts(key).orElseThrow(() -> missing(key, "an array of integers"));
    }

    float[] getFloats(String key) {
        return findFloats(key).orElseThrow(() -> missing(key, "an array of numbers"));
    }

    public Optional<String> findString(String key) {
        return find(key)
                .map(value -> {
                    if (value.type() != ValueType.STRING) {
                        throw wrongType(key, "a string", value);
                    }
                    return bytes.text(key, value.offset(), (int) value.count());
                });
    }

    public OptionalLong findLong(String key) {
        Optional<MetadataValue> found = find(key);
        if (found.isEmpty()) {
            return OptionalLong.empty();
        }
        MetadataValue value = found.get();
        if (!value.type().isInteger()) {
            throw wrongType(key, "an integer", value);
        }
        return OptionalLong.of(integer(key, value.type(), value.offset()));
    }

    public OptionalInt findInt(String key) {
        OptionalLong found = findLong(key);
        return found.isPresent()
                ? OptionalInt.of(narrow(key, found.getAsLong()))
                : OptionalInt.empty();
    }

    /**
     * A float or an integer. The result is an {@code OptionalDouble}, because there is no optional
     * float.
     */
    public OptionalDouble findFloat(String key) {
        Optional<MetadataValue> found = find(key);
        if (found.isEmpty()) {
            return OptionalDouble.empty();
        }
        MetadataValue value = found.get();
        if (!value.type().isFloat() && !value.type().isInteger()) {
            throw wrongType(key, "a number", value);
        }
        return OptionalDouble.of(number(key, value.type(), value.offset()));
    }

    public Optional<Boolean> findBool(String key) {
        return find(key)
                .map(value -> {
                    if (value.type() != ValueType.BOOL) {
                        throw wrongType(key, "a boolean", value);
                    }
                    return bytes.integer(ValueType.BOOL, value.offset()) != 0;
                });
    }

    public Optional<Texts> findStrings(String key) {
        return find(key).map(value -> strings(key, array(key, value, "an array of strings")));
    }

    /** An array of integers of any size, or of booleans as 0 and 1. */
    public Optional<int[]> findInts(String key) {
        return find(key).map(value -> ints(key, array(key, value, "an array of integers")));
    }

    public Optional<float[]> findFloats(String key) {
        return find(key).map(value -> floats(key, array(key, value, "an array of numbers")));
    }

    private Optional<MetadataValue> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    private static MetadataValue array(String key, MetadataValue value, String expected) {
        if (value.type() != ValueType.ARRAY) {
            throw wrongType(key, expected, value);
        }
        if (value.count() > Integer.MAX_VALUE - 8) {
            throw new GgufException(
                    key, "has " + value.count() + " elements, too many for an array");
        }
        return value;
    }

    private Texts strings(String key, MetadataValue array) {
        if (array.element() != ValueType.STRING) {
            throw wrongType(key, "an array of strings", array);
        }
        return Texts.read(key, bytes, array.offset(), (int) array.count());
    }

    private int[] ints(String key, MetadataValue array) {
        ValueType element = array.element();
        if (!element.isInteger() && element != ValueType.BOOL) {
            throw wrongType(key, "an array of integers", array);
        }
        int[] ints = new int[(int) array.count()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] =
                    narrow(key, integer(key, element, array.offset() + (long) i * element.bytes()));
        }
        return ints;
    }

    private float[] floats(String key, MetadataValue array) {
        ValueType element = array.element();
        if (!element.isFloat() && !element.isInteger()) {
            throw wrongType(key, "an array of numbers", array);
        }
        float[] floats = new float[(int) array.count()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) number(key, element, array.offset() + (long) i * element.bytes());
        }
        return floats;
    }

    private double number(String key, ValueType type, long offset) {
        return type.isFloat() ? bytes.real(type, offset) : integer(key, type, offset);
    }

    private long integer(String key, ValueType type, long offset) {
        long value = bytes.integer(type, offset);
        if (type == ValueType.UINT64 && value < 0) {
            throw new GgufException(
                    key, "is " + Long.toUnsignedString(value) + ", at most 2^63 - 1 is allowed");
        }
        return value;
    }

    private static int narrow(String key, long value) {
        if (value != (int) value) {
            throw new GgufException(key, "is " + value + ", a 32-bit integer was expected");
        }
        return (int) value;
    }

    private static GgufException missing(String key, String expected) {
        return new GgufException(key, "is missing, " + expected + " was expected");
    }

    private static GgufException wrongType(String key, String expected, MetadataValue value) {
        return new GgufException(
                key, "is " + value.description() + ", " + expected + " was expected");
    }
}
