package tramontane.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A value of the body with its path. Each reader returns the value as a Java type, or reports a
 * fault and returns empty, so that parsing continues with the next field.
 */
record Value(Faults faults, List<Object> loc, JsonNode node) {

    Value at(Object step, JsonNode child) {
        List<Object> path = new ArrayList<>(loc);
        path.add(step);
        return new Value(faults, List.copyOf(path), child);
    }

    /** The same value with a variant's name added to {@code loc}, as pydantic does for unions. */
    Value as(String variant) {
        return at(variant, node);
    }

    void fault(String type, String msg) {
        fault(type, msg, Map.of());
    }

    void fault(String type, String msg, Map<String, Object> ctx) {
        faults.add(type, loc, msg, ctx, Optional.of(node));
    }

    void notSupported(String why) {
        fault("not_supported", why);
    }

    Optional<String> string(int maxChars) {
        if (!node.isString()) {
            fault("string_type", "Input should be a valid string");
            return Optional.empty();
        }
        String text = node.stringValue();
        if (text.length() > maxChars) {
            fault(
                    "string_too_long",
                    "String should have at most " + maxChars + " characters",
                    Map.of("max_length", maxChars));
            return Optional.empty();
        }
        if (!isUnicode(text)) {
            fault(
                    "string_unicode",
                    "Input should be a valid string, unable to parse raw data as a unicode string");
            return Optional.empty();
        }
        return Optional.of(text);
    }

    Optional<Boolean> bool() {
        if (!node.isBoolean()) {
            fault("bool_type", "Input should be a valid boolean");
            return Optional.empty();
        }
        return Optional.of(node.booleanValue());
    }

    Optional<Double> number(Range range) {
        if (!node.isNumber()) {
            fault("float_type", "Input should be a valid number");
            return Optional.empty();
        }
        double value = PlainJson.real(node);
        if (!Double.isFinite(value)) {
            fault("finite_number", "Input should be a finite number");
            return Optional.empty();
        }
        return range.admits(value, this) ? Optional.of(value) : Optional.empty();
    }

    /** An integer; 5.0 counts as one, as in JSON Schema. */
    Optional<Long> integer(long min, long max) {
        if (!node.isNumber()) {
            fault("int_type", "Input should be a valid integer");
            return Optional.empty();
        }
        double value = PlainJson.real(node);
        if (value != Math.rint(value)) {
            fault(
                    "int_from_float",
                    "Input should be a valid integer, got a number with a fractional part");
            return Optional.empty();
        }
        // Out of a long's range, a double is precise enough to tell which bound is violated.
        if (value < min) {
            fault(
                    "greater_than_equal",
                    "Input should be greater than or equal to " + min,
                    Map.of("ge", min));
            return Optional.empty();
        }
        boolean tooLarge = node.isIntegralNumber() ? !node.canConvertToLong() : value >= 0x1p63;
        if (value > max || tooLarge) {
            fault(
                    "less_than_equal",
                    "Input should be less than or equal to " + max,
                    Map.of("le", max));
            return Optional.empty();
        }
        return Optional.of(node.isIntegralNumber() ? node.longValue() : (long) value);
    }

    /** One of a fixed set of strings. */
    Optional<String> oneOf(List<String> words) {
        if (node.isString() && words.contains(node.stringValue())) {
            return Optional.of(node.stringValue());
        }
        String expected = quoted(words);
        fault("enum", "Input should be " + expected, Map.of("expected", expected));
        return Optional.empty();
    }

    Optional<Fields> object() {
        if (node instanceof ObjectNode object) {
            return Optional.of(new Fields(this, object));
        }
        fault(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from");
        return Optional.empty();
    }

    /** An object with arbitrary keys. */
    Optional<Map<String, Object>> map() {
        if (!(node instanceof ObjectNode object)) {
            fault("dict_type", "Input should be a valid dictionary");
            return Optional.empty();
        }
        return allFinite(object) ? Optional.of(PlainJson.map(object)) : Optional.empty();
    }

    /** Reports a fault if {@code tree} contains a number out of a double's range. */
    boolean allFinite(JsonNode tree) {
        Optional<String> pointer = PlainJson.tooLarge(tree);
        pointer.ifPresent(at ->
                faults.add(
                        "finite_number",
                        loc,
                        "Every number should be within the range of a double, and "
                                + at
                                + " is not",
                        Map.of(),
                        Optional.empty()));
        return pointer.isEmpty();
    }

    Optional<List<Value>> list(int maxSize) {
        if (!(node instanceof ArrayNode array)) {
            fault("list_type", "Input should be a valid list");
            return Optional.empty();
        }
        if (array.size() > maxSize) {
            fault(
                    "too_long",
                    "List should have at most " + maxSize + " items, not " + array.size(),
                    Map.of(
                            "field_type",
                            "List",
                            "max_length",
                            maxSize,
                            "actual_length",
                            array.size()));
            return Optional.empty();
        }
        List<Value> values = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            values.add(at(i, array.get(i)));
        }
        return Optional.of(values);
    }

    /** A list of token ids, which is too long to give each a path of its own. */
    Optional<int[]> tokens(int maxSize) {
        if (!(node instanceof ArrayNode array)) {
            fault("list_type", "Input should be a valid list");
            return Optional.empty();
        }
        int[] tokens = new int[array.size()];
        boolean valid = array.size() <= maxSize;
        for (int i = 0; valid && i < tokens.length; i++) {
            valid = array.get(i).isInt() && array.get(i).intValue() >= 0;
            tokens[i] = valid ? array.get(i).intValue() : 0;
        }
        if (!valid) {
            fault("int_type", "Input should be a list of at most " + maxSize + " token ids");
            return Optional.empty();
        }
        return Optional.of(tokens);
    }

    /** A list of words as pydantic writes it: {@code 'a', 'b' or 'c'}. */
    static String quoted(List<String> words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            String gap = i == 0 ? "" : i == words.size() - 1 ? " or " : ", ";
            text.append(gap).append('\'').append(words.get(i)).append('\'');
        }
        return text.toString();
    }

    /**
     * True if every surrogate is part of a pair: {@code "\ud800"} alone is JSON but not valid
     * Unicode.
     */
    private static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            } else if (Character.isLowSurrogate(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
